"""Scores of what the bot understood against what was meant, as a plain report and as lines to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend.evaluation.sentences import UNKNOWN, Sentence

Report = dict[str, Any]
Understood = Mapping[str, Any]

MOST_CONFUSIONS = 25


def evaluate(sentences: Sequence[Sentence], answers: Sequence[Understood]) -> Report:
    """The report on `answers` of the bot's `/parse`, one per sentence, in order."""
    found = [f"{answer['service']}.{answer['intent']}" for answer in answers]
    meant = [sentence.intent for sentence in sentences]
    right = [one == other for one, other in zip(meant, found, strict=True)]
    joint = [
        hit and names_all(sentence.entities, answer["entities"])
        for hit, sentence, answer in zip(right, sentences, answers, strict=True)
    ]
    intents = _per_intent(meant, found)
    times = sorted(float(answer["ms"]) for answer in answers)
    return {
        "sentences": len(sentences),
        "intent_accuracy": _share(right),
        "macro_f1": _mean([row["f1"] for row in intents if row["sentences"]]),
        "joint_accuracy": _share(joint),
        "unknown": _unknown(meant, found),
        "danger": _danger(sentences, answers),
        "entities": _entities(sentences, answers),
        "intents": intents,
        "confusions": _confusions(meant, found),
        "ms": {"mean": _mean(times), "p95": times[int(0.95 * (len(times) - 1))]},
        "mistakes": list(_mistakes(sentences, answers, found, joint)),
    }


def names_all(meant: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether every labelled entity was found with its value; a date is compared by its day."""
    return all(_value(found.get(name)) == _value(value) for name, value in meant.items())


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return value.get("date")
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _per_intent(meant: Sequence[str], found: Sequence[str]) -> list[Report]:
    rows = []
    for intent in sorted({*meant, *found}):
        due, claimed = meant.count(intent), found.count(intent)
        right = sum(one == other == intent for one, other in zip(meant, found, strict=True))
        rows.append(
            {
                "intent": intent, "sentences": due, "precision": _ratio(right, claimed), "recall": _ratio(right, due),
                "f1": _ratio(2 * right, due + claimed),
            }
        )  # fmt: skip
    return rows


def _unknown(meant: Sequence[str], found: Sequence[str]) -> Report:
    caught = [other == UNKNOWN for one, other in zip(meant, found, strict=True) if one == UNKNOWN]
    refused = [other == UNKNOWN for one, other in zip(meant, found, strict=True) if one != UNKNOWN]
    return {"sentences": len(caught), "caught": _share(caught), "known_refused": _share(refused)}


def _danger(sentences: Sequence[Sentence], answers: Sequence[Understood]) -> Report:
    pairs = list(zip(sentences, answers, strict=True))
    heard = [bool(answer["danger"]) for sentence, answer in pairs if sentence.danger]
    alarmed = [bool(answer["danger"]) for sentence, answer in pairs if not sentence.danger]
    return {
        "sentences": len(heard),
        "recall": _share(heard),
        "false_alarms": _share(alarmed),
        "missed": [sentence.text for sentence, answer in pairs if sentence.danger and not answer["danger"]],
        "alarmed": [sentence.text for sentence, answer in pairs if answer["danger"] and not sentence.danger],
    }


def _entities(sentences: Sequence[Sentence], answers: Sequence[Understood]) -> list[Report]:
    pairs = list(zip(sentences, answers, strict=True))
    rows = []
    for name in sorted({name for sentence in sentences for name in sentence.entities}):
        due = [(sentence, answer) for sentence, answer in pairs if name in sentence.entities]
        right = sum(names_all({name: sentence.entities[name]}, answer["entities"]) for sentence, answer in due)
        claimed = sum(name in answer["entities"] for _, answer in pairs)
        rows.append(
            {"entity": name, "sentences": len(due), "recall": _ratio(right, len(due)),
             "precision": _ratio(right, claimed)}
        )  # fmt: skip
    return rows


def _confusions(meant: Sequence[str], found: Sequence[str]) -> list[Report]:
    wrong = Counter((one, other) for one, other in zip(meant, found, strict=True) if one != other)
    return [
        {"meant": one, "understood": other, "sentences": count}
        for (one, other), count in wrong.most_common(MOST_CONFUSIONS)
    ]


def _mistakes(
    sentences: Sequence[Sentence], answers: Sequence[Understood], found: Sequence[str], joint: Sequence[bool]
) -> Iterator[Report]:
    for sentence, answer, understood, right in zip(sentences, answers, found, joint, strict=True):
        if not right:
            yield {
                "text": sentence.text, "meant": sentence.intent, "understood": understood,
                "entities": {"meant": dict(sentence.entities), "understood": answer["entities"]},
                "confidence": answer["confidence"],
            }  # fmt: skip


def _share(hits: Sequence[bool]) -> float | None:
    return _ratio(sum(hits), len(hits))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _mean(values: Sequence[float | None]) -> float | None:
    real = [value for value in values if value is not None]
    return round(sum(real) / len(real), 4) if real else None


def lines(report: Report) -> Iterator[str]:
    """The report for a terminal, in Spanish."""
    unknown, danger = report["unknown"], report["danger"]
    yield f"Oraciones                          {report['sentences']:>6}"
    yield f"Intención correcta                 {_percent(report['intent_accuracy'])}"
    yield f"F1 macro                           {_percent(report['macro_f1'])}"
    yield f"Intención y datos correctos        {_percent(report['joint_accuracy'])}"
    yield f"Desconocidas reconocidas           {_percent(unknown['caught'])}  de {unknown['sentences']}"
    yield f"Conocidas rechazadas               {_percent(unknown['known_refused'])}"
    yield f"Peligro reconocido                 {_percent(danger['recall'])}  de {danger['sentences']}"
    yield f"Falsas alarmas                     {_percent(danger['false_alarms'])}"
    yield f"Milisegundos por mensaje           {report['ms']['mean']:>6.2f}  (p95 {report['ms']['p95']:.2f})"
    yield from _table("Intención", "intent", report["intents"], ("precision", "recall", "f1"))
    yield from _table("Dato", "entity", report["entities"], ("precision", "recall"))
    yield from _listed("Confusiones", [_confusion(row) for row in report["confusions"]])
    yield from _listed("Peligros no reconocidos", danger["missed"])
    yield from _listed("Falsas alarmas", danger["alarmed"])


def _table(title: str, key: str, rows: Sequence[Report], columns: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"{title:<36}{'n':>6}" + "".join(f"{column:>11}" for column in columns)
    for row in rows:
        yield f"{row[key]:<36}{row['sentences']:>6}" + "".join(f"{_percent(row[column]):>11}" for column in columns)


def _confusion(row: Report) -> str:
    return f"{row['sentences']:>4}  {row['meant']} → {row['understood']}"


def _listed(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield ""
        yield f"{title} ({len(texts)}):"
        yield from (f"  {text}" for text in texts)


def _percent(share: float | None) -> str:
    return f"{100 * share:>6.1f}" if share is not None else "     –"
