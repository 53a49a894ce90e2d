"""`make bench-nlu`: every system on the same sentences. Minutes, since the others' results are kept.

python -m bench.nlu [--sets massive,…] [--systems ours,rasa-diet,…] [--fresh] [--times] [--ablation] [--held-out]
                    [--write]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bench.nlu import held_out, mariateguino, page, sets
from bench.nlu.results import CLEAN, HURRY, Result, input_of, keep, keep_services, kept, measure, timed
from bench.nlu.workers import ABLATION, OTHERS, OURS, Worker
from bench.report import machine

NAMES = (*sets.TITLES, mariateguino.ID)


def main(arguments: argparse.Namespace) -> None:
    workers = ABLATION if arguments.ablation else (OURS, *OTHERS)
    chosen = [worker for worker in workers if not arguments.systems or worker.id in arguments.systems]
    for name in arguments.sets or (held_out.SMALL if arguments.held_out else NAMES):
        data = _load(name)
        for worker in (one for one in chosen if data and name in one.sets):
            result = _held_out(worker, data, arguments) if arguments.held_out else _result(worker, data, arguments)
            clean, hurried = result.scores[CLEAN].accuracy, result.scores[HURRY].accuracy
            print(f"{name:14} {worker.id:22} {clean:6.1%} {hurried:6.1%} {result.ms:7.2f} ms {result.seconds:8.1f} s",
                  flush=True)  # fmt: skip
    if arguments.write:
        page.write()


def _load(name: str) -> sets.DataSet | None:
    if name != mariateguino.ID:
        return sets.load(name)
    study = mariateguino.load()
    if study is None:
        print(f"{name}: left out, {mariateguino.VARIABLE} names no clone of {mariateguino.REPOSITORY}")
        return None
    keep_services([example.intent for example in study.data.test], study.answers)
    return study.data


def _result(worker: Worker, data: sets.DataSet, arguments: argparse.Namespace) -> Result:
    known = kept(worker.id).get(data.id)
    if arguments.fresh:
        worker.forget(data.train)
    if not known or arguments.fresh or known.input != input_of(worker, data):
        known = keep(worker.id, data.id, measure(worker, machine(), data))
    if arguments.times:
        known = keep(worker.id, data.id, timed(worker, data, machine(), known))
    return known


def _held_out(worker: Worker, data: sets.DataSet, arguments: argparse.Namespace) -> Result:
    folds, name = held_out.folds(data), held_out.name(data.id)
    known = kept(worker.id).get(name)
    if not known or arguments.fresh or known.input != input_of(worker, *folds):
        known = keep(worker.id, name, measure(worker, machine(), *folds))
        for fold in folds:  # half a gigabyte of models that nobody asks again
            worker.forget(fold.train)
    return known


def _names(listed: str) -> list[str]:
    return listed.split(",")


def _parsed(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.nlu")
    parser.add_argument("--sets", type=_names, help="only these data sets")
    parser.add_argument("--systems", type=_names, help="only these systems")
    parser.add_argument("--fresh", action="store_true", help="measure again what has a result")
    parser.add_argument("--times", action="store_true", help="take only the time per message again, from kept models")
    parser.add_argument("--ablation", action="store_true", help="our model without one of its components each")
    parser.add_argument("--held-out", action="store_true", help="the small sets' training sentences, a fifth at a time")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/evaluation.md")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(_parsed())
