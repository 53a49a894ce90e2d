"""Scores of the understanding benchmark, and when a kept result is measured again."""

import json
import sys

import pytest

from bench.nlu import results, workers
from bench.nlu.metrics import calibration_error, macro_f1
from bench.nlu.results import CLEAN, HURRY, input_of, measure, score
from bench.nlu.sets import DataSet, Example
from bench.nlu.workers import Answer, Worker

# a system that answers with the first intent it learnt; each start is a line in a file
WORKER = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
with (folder / "starts").open("a") as starts: print("start", file=starts)
intent = json.loads((folder / "train.json").read_text())[0][1]
(folder / "trained.json").write_text(json.dumps({"seconds": 1.5, "bytes": 2000}))
if (folder / "ask.json").exists():
    asked = json.loads((folder / "ask.json").read_text())
    (folder / "answers.json").write_text(json.dumps({"answers": [[intent, 0.9, False, 2.0] for _ in asked]}))
"""
DATA = DataSet(
    "few", "Few", (Example("hola", "saludo"), Example("adiós", "despedida")), (),
    (Example("buenas", "saludo"), Example("hasta luego", "despedida")),
)  # fmt: skip


@pytest.fixture
def worker(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "MODELS", tmp_path / "models")
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    return Worker("echo", "Echo", (sys.executable, "-c", WORKER), lambda: {"version": 1})


def test_refusing_counts_where_a_message_has_no_intent():
    examples = [Example("a", "saludo"), Example("b", "saludo"), Example("c", None), Example("d", None)]
    answers = [Answer("saludo", 0.9, False, 1.0), Answer("saludo", 0.2, True, 1.0),
               Answer("saludo", 0.2, True, 1.0), Answer("saludo", 0.9, False, 1.0)]  # fmt: skip
    found = score(examples, answers)
    assert (found.accuracy, found.in_scope, found.rejected) == (0.5, 0.5, 0.5)


def test_elsewhere_the_best_guess_is_judged():
    found = score([Example("a", "saludo")], [Answer("saludo", 0.2, True, 1.0)])
    assert (found.accuracy, found.in_scope) == (1.0, None)


def test_macro_f1_weighs_intents_alike():
    assert macro_f1(["a", "a", "a", "b"], ["a", "a", "a", "a"]) == pytest.approx((6 / 7 + 0) / 2)


def test_a_system_that_is_as_sure_as_it_is_right_has_no_calibration_error():
    assert calibration_error([True, True, True, False], [0.75] * 4) == pytest.approx(0.0)
    assert calibration_error([False, False], [0.95, 0.95]) == pytest.approx(0.95)


def test_a_result_holds_every_kind_of_noise_and_is_read_as_it_was_kept(worker):
    result = measure(worker, "a machine", DATA)
    assert result.scores[CLEAN].accuracy == result.scores[HURRY].accuracy == 0.5
    assert (result.seconds, result.bytes, result.ms) == (1.5, 2000, 2.0)
    results.keep("echo", "few", result)
    assert results.kept("echo") == {"few": result}


def test_answers_to_several_parts_are_counted_together(worker):
    other = DataSet("other", "Other", (Example("adiós", "despedida"),), (), (Example("chao", "despedida"),))
    result = measure(worker, "a machine", DATA, other)
    assert result.scores[CLEAN].accuracy == pytest.approx(2 / 3)
    assert (result.seconds, result.bytes) == (1.5, 2000)
    assert result.input != input_of(worker, DATA) == measure(worker, "a machine", DATA).input


def test_a_model_is_trained_once(worker):
    worker.train(DATA.train)
    worker.train(DATA.train)
    assert (worker.folder(DATA.train) / "starts").read_text().split() == ["start"]
    assert json.loads((worker.folder(DATA.train) / "train.json").read_text()) == [
        ["hola", "saludo"],
        ["adiós", "despedida"],
    ]


def test_other_sentences_or_another_version_make_another_input(worker):
    other = Worker("echo", "Echo", worker.command, lambda: {"version": 2})
    fewer = DataSet("few", "Few", DATA.train[:1], (), DATA.test)
    assert len({input_of(worker, DATA), input_of(other, DATA), input_of(worker, fewer)}) == 3
    assert input_of(worker, DATA) == input_of(worker, DATA)
