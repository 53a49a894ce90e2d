"""From the YAML of `data/services/<pack>/flows/<flow>.yml` to a Flow. What does not fit is noted with its line."""

from __future__ import annotations

from pathlib import Path

from backend.flows import model
from backend.flows.model import END, EXPECTS, Branch, Flow, Matrix, Question, Step, Timeout
from backend.flows.read_tests import read_test_of, read_trials
from backend.flows.read_verbs import VERBS, read_do
from backend.flows.read_words import minutes, read_words, template, templates
from bot.packs.yaml_file import File, Section, nearest

_FLOW_KEYS = (
    "title", "expires", "start", "dialect", "language", "fields", "reviewed_by", "matrix", "steps", "tests",
)  # fmt: skip
_STEP_KEYS = (
    "do", "ask", "expect", "between", "field", "invalid", "tries", "give_up", "timeout",
    "on", "random", "branches", "else", "result", "goto",
)  # fmt: skip
_QUESTION_KEYS = ("between", "field", "invalid", "tries", "give_up", "timeout")


def read_flow(path: Path, shown: str, pack: str) -> tuple[Flow, File]:
    """One file as a flow, and the file with its faults."""
    file = File(path, shown)
    top = file.read()
    top.only(*_FLOW_KEYS)
    steps = top.section("steps")
    ids = list(steps)
    if not ids:
        top.fault("steps", "falta o está vacío: un flujo tiene al menos un paso")
    following = dict(zip(ids, [*ids, END][1:], strict=True))
    read = {key: _step(key, section, following[key], pack) for key, section in steps.sections()}
    flow = Flow(
        id=f"{pack}/{path.stem}",
        title=top.required("title"),
        steps=read,
        start=top.one_of("start", ids) or (ids[0] if ids else END),
        expires=minutes(top, "expires") or model.DEFAULT_EXPIRY,
        dialect="excel" if top.one_of("dialect", ("excel", "goflow")) == "excel" else "goflow",
        language=top.text("language") or "",
        fields=top.texts("fields"),
        reviewed_by=_signature(top),
        matrix=_matrix(top, ids) if "matrix" in top else None,
        trials=read_trials(top),
        path=path,
    )
    return flow, file


def _signature(top: Section) -> str | None:
    value = top.values.get("reviewed_by")
    return value if isinstance(value, str) else "" if "reviewed_by" in top else None


def _matrix(top: Section, ids: list[str]) -> Matrix | None:
    section = top.section("matrix")
    section.only("per_person", "steps")
    steps, few = section.texts("steps"), section.required("per_person")
    for step in steps:
        if step not in ids:
            section.fault("steps", f"no hay un paso '{step}'{nearest(step, ids)}")
    if not few.isdecimal() or not 1 <= int(few) <= len(steps):
        section.fault("per_person", f"debe ser un número de 1 a {len(steps)}: cuántos de esos pasos ve cada persona")
        return None
    return Matrix(int(few), steps)


def _step(key: str, section: Section, following: str, pack: str) -> Step:
    section.only(*_STEP_KEYS, *VERBS)
    asks = "ask" in section or "expect" in section
    looks = "on" in section or "random" in section
    goto = section.text("goto")
    otherwise, category = _otherwise(section)
    if not asks:
        for name in (*_QUESTION_KEYS, *(("branches", "else", "result") if not looks else ())):
            if name in section:
                section.fault(name, "solo lo lleva una pregunta (ask)" + ("" if looks else ", o un paso con `on`"))
    if "on" in section and not asks and otherwise is None and goto is None:
        section.fault("else", "falta: di a qué paso va lo que no cabe en ninguna rama")
    return Step(
        id=key,
        do=read_do(section, pack),
        question=_question(section) if asks else None,
        on=template(section, "on") if "on" in section else None,
        random=section.texts("random"),
        branches=_branches(section, goto or following),
        otherwise=otherwise,
        otherwise_as=category or "other",
        result=section.text("result"),
        goto=END if "random" in section else goto or otherwise or following,
    )


def _otherwise(section: Section) -> tuple[str | None, str | None]:
    """`else: paso`, or `else: {goto: paso, as: categoria}`."""
    if not isinstance(section.values.get("else"), dict):
        return section.text("else"), None
    part = section.section("else")
    part.only("goto", "as")
    return part.required("goto"), part.text("as")


def _question(section: Section) -> Question:
    bounds = templates(section, "between")
    if bounds and len(bounds) != 2:
        section.fault("between", "lleva dos valores: [desde, hasta]")
    return Question(
        words=read_words(section, "ask") if section.values.get("ask") is not None else None,
        expect=section.one_of("expect", EXPECTS) or _implied(section),
        between=(bounds[0], bounds[1]) if len(bounds) == 2 else None,
        field=section.text("field"),
        invalid=read_words(section, "invalid") if "invalid" in section else None,
        tries=_tries(section),
        give_up=section.text("give_up") or END,
        timeout=_timeout(section),
    )


def _implied(section: Section) -> str:
    """A question with options expects one of them."""
    asked = section.values.get("ask")
    return "options" if isinstance(asked, dict) and "options" in asked else "text"


def _tries(section: Section) -> int:
    value = section.text("tries")
    if value is None:
        return model.DEFAULT_TRIES
    if not value.isdigit() or not 1 <= int(value) <= 9:
        section.fault("tries", "debe ser un número de 1 a 9")
        return model.DEFAULT_TRIES
    return int(value)


def _timeout(section: Section) -> Timeout | None:
    if "timeout" not in section:
        return None
    part = section.section("timeout")
    part.only("after", "goto", "as")
    after = minutes(part, "after")
    if after is None and "after" not in part:
        part.fault("after", "falta: cuánto se espera (30 min, 2 h, 1 d)")
    return Timeout(after or 1, part.required("goto"), part.text("as") or "timeout")


def _branches(section: Section, following: str) -> tuple[Branch, ...]:
    branches = []
    for keys, value in section.items("branches"):
        if not isinstance(value, dict):
            section.file.note(keys, "debe ser un mapa: {<prueba>: <valor>, goto: <paso>}")
            continue
        part = Section(section.file, keys, value)
        test, name = read_test_of(part, ("goto", "as"))
        if test:
            branches.append(Branch(test, part.text("goto") or following, part.text("as") or name))
    return tuple(branches)
