"""Forms: which question comes next, what the validate action decides, and what is stored.

Every form of the packs is served by the same functions; a form is only data here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from actions.answer import MISUNDERSTOOD, WHETHER_ON, answer, facts, system
from actions.besides import instead
from actions.checks import FREE, prefilled
from actions.competence import other_authority, other_municipality
from actions.content import COMMON, Content, FormOf
from actions.heard import Heard
from actions.read_answer import (
    Answer,
    Cancel,
    Correct,
    Interruption,
    Invalid,
    Leave,
    Person,
    Reading,
    Repeat,
    Skip,
    read_answer,
)
from actions.replies import Reply, as_options, say
from actions.told import implied_choice, taken_back, told_ahead
from bot.packs.compile import CONFIRM, form_action
from bot.packs.model import LEFT_OUT, Field, Option, Text
from bot.text.spoken_days import spoken

Memory = Mapping[str, Any]

# stored for an optional question that was left out; None would ask it again
SKIPPED = ""
SATURDAY = 5

PERSONAL = "person"  # what is awaited is nobody else's to read, whatever its check
TYPES: Mapping[str, str] = {"due_date": "date"}


@dataclass(frozen=True)
class Step:
    """What a form does with a message: replies, slots that change, the next question, and whether it is over.

    `over` is None while it goes on, otherwise "done", "cancelled", "refused", "handed_over" or "switched"; then
    `other` is the form (by Rasa's name) that takes its place.
    """

    replies: tuple[Reply, ...]
    slots: Mapping[str, Any]
    ask: str | None
    over: str | None = None
    other: str | None = None


def questions(form: FormOf) -> list[Field]:
    """The fields in order; the confirmation is the last one."""
    fields = list(form.form.fields)
    if form.form.confirm:
        fields.append(Field(CONFIRM, form.form.confirm, "yes_no"))
    return fields


def values(form: FormOf, memory: Memory) -> dict[str, Any]:
    """What is filled in so far, by field name; questions left out are not in it."""
    found = {field.name: memory.get(form.slot(field.name)) for field in questions(form)}
    return {name: value for name, value in found.items() if value is not None and value != SKIPPED}


def applies(field: Field, filled: Mapping[str, Any]) -> bool:
    """Whether a field's `when` holds."""
    return all(str(filled.get(name, LEFT_OUT)) in wanted for name, wanted in field.when.items())


def following(form: FormOf, memory: Memory) -> Field | None:
    """The first question that still needs an answer."""
    filled = values(form, memory)
    return next((f for f in questions(form) if applies(f, filled) and memory.get(form.slot(f.name)) is None), None)


def cleared(form: FormOf) -> dict[str, Any]:
    """Every slot of the form set to nothing: the next one inherits no answer."""
    return {form.slot(field.name): None for field in questions(form)}


def shown(content: Content, form: FormOf, memory: Memory) -> dict[str, str]:
    """Field values as a citizen reads them, for the blanks of `confirm` and `done`."""
    fields = {field.name: field for field in questions(form)}
    return {name: _shown(content, fields[name], value) for name, value in values(form, memory).items()}


def _shown(content: Content, field: Field, value: Any) -> str:
    if field.check == "place":
        return str(value["text"])
    if field.check == "yes_no":
        return "sí" if value else "no"
    if isinstance(value, list):
        return " a ".join(map(str, value))
    if field.check in ("date", "due_date"):
        return spoken(date.fromisoformat(str(value)))
    title = next((option.title for option in field.options if option.value == value), None)
    return title or (content.title(field.from_entity, str(value)) if field.from_entity else str(value))


def text_key(form: FormOf, name: str) -> str:
    """How the content store names a text of the form: `<pack>/<form>.<name>`."""
    return f"{form.pack.id}/{form.form.name}.{name}"


def ask(content: Content, form: FormOf, name: str, heard: Heard, memory: Memory) -> Reply:
    """The question of a field, and what the backend may expect as answer."""
    field = next(field for field in questions(form) if field.name == name)
    key = text_key(form, CONFIRM if name == CONFIRM else f"{name}.ask")
    options = field.options or field.ask.options
    params, expect = shown(content, form, memory), expectation(form, field, options, key)
    return say(
        key, field.ask, content.places(heard.jurisdiction), params, options=options, expect=expect, decision="form_ask"
    )


def expectation(form: FormOf, field: Field, options: Sequence[Option], asked: str) -> dict[str, Any]:
    """The kind of answer that is awaited; `asked` is the key of the text that asks."""
    kind = PERSONAL if field.personal else TYPES.get(field.check, field.check)
    return {"type": kind, "options": as_options(options), "form": form.key, "field": field.name, "asked": asked}


def begin(content: Content, form: FormOf, heard: Heard, memory: Memory) -> Step:
    """Open a form: what the first message says already is not asked again."""
    slots: dict[str, Any] = {slot: memory.get(slot) for slot in cleared(form)}
    if all(value is None for value in slots.values()):
        for field in form.form.fields:
            value = prefilled(field, {**_carried(content, form, field, memory), **heard.entities})
            open_then = value is not None and _closed(content, form, field, heard, value.value) is None
            slots[form.slot(field.name)] = value.value if value and open_then else None
    first = following(form, {**memory, **slots})
    if first and first.check == "options":
        slots |= implied_choice(form, first, heard, {**memory, **slots})
    slots["misunderstandings"] = None
    slots["pending_intent"] = None
    asks_place = any(field.check == "place" for field in form.form.fields)
    said = _elsewhere(content, form, heard) if asks_place else None
    told = facts(content, heard, memory)
    return _onward(content, form, heard, {**memory, **slots}, slots, (*told, *((said,) if said else ())))


def _carried(content: Content, form: FormOf, field: Field, memory: Memory) -> dict[str, Any]:
    """What the talk was about before, for the entities that carry over, and the folio that it has just made."""
    entity = field.from_entity
    made: Memory = memory.get("last_folio") or {}
    if field.check == "folio" and entity and made.get("pack") == form.pack.id:
        return {entity: made["folio"]}
    value = memory.get(entity or "") if entity in content.topics else None
    # whoever has been told what there is to say of it asks for something else now
    return {} if value is None or value in field.told else {entity: value}


def understood(content: Content, form: FormOf, name: str, heard: Heard) -> tuple[Field, Reading]:
    """The question that is open, and what a message means for it."""
    field = next(field for field in questions(form) if field.name == name)
    own = {i.id for i in content.catalogue.intents.values() if i.form and _opens(content, i.id, form)}
    context = {i.id for i in content.catalogue.intents.values() if i.context}
    return field, read_answer(field, heard, own, context)


def _opens(content: Content, intent: str, form: FormOf) -> bool:
    return f"{content.catalogue.pack_of[intent]}.{content.catalogue.intents[intent].form}" == form.key


def decided(content: Content, form: FormOf, field: Field, reading: Reading, heard: Heard, memory: Memory) -> Step:
    """What follows from a reading. `memory` holds the slots as they were before the message."""
    slot = form.slot(field.name)
    if field.check == "options" and isinstance(reading, (Invalid, Interruption)):
        chosen = implied_choice(form, field, heard, memory)
        if chosen:
            slots = {**chosen, "misunderstandings": None}
            return _onward(content, form, heard, {**memory, **slots}, slots, ())
    if isinstance(reading, (Invalid, Leave, Skip, Cancel, Correct)) or (
        isinstance(reading, Answer) and field.check in FREE
    ):
        changed = taken_back(form, field, heard, values(form, memory))
        if changed:
            slots = {**changed, slot: None, "misunderstandings": None}
            said = system(content, heard.jurisdiction, "corregido", decision="correct")
            return _onward(content, form, heard, {**memory, **slots}, slots, (said,))
    if isinstance(reading, (Answer, Skip)):
        value = reading.value if isinstance(reading, Answer) else SKIPPED
        said = (
            _elsewhere(content, form, heard) if field.check == "place" else _closed(content, form, field, heard, value)
        )
        if said:
            return _misread(content, form, field, Invalid(), heard, memory, said)
        asks = isinstance(reading, Answer) and reading.asks
        besides = facts(content, replace(heard, intent=""), memory) if asks else ()
        slots = {slot: value, "misunderstandings": None}
        if value is False and field.check == "yes_no":
            refusal = _refusal(content, form, field, heard)
            if refusal:
                return Step((refusal,), cleared(form), None, "refused")
        return _onward(content, form, heard, {**memory, **slots}, slots, besides)
    if isinstance(reading, Cancel):
        return _cancelled(content, form, reading, heard, memory)
    if isinstance(reading, Leave):
        said = _instead(content, form, field, heard, WHETHER_ON, "leave")
        return Step((said,), {slot: None, "misunderstandings": None}, field.name)
    if isinstance(reading, Person):
        said = answer(content, _as_person(heard), memory)
        # whoever serves the form knows more of it than the front desk
        floor = {"to": "operator", "department": form.pack.owner, "reason": "asked"}
        replies = tuple(replace(reply, floor=floor) if reply.floor else reply for reply in said.replies)
        return Step(replies, {**cleared(form), **said.slots}, None, "handed_over")
    if isinstance(reading, Correct):
        return _back(content, form, field, heard, memory)
    if isinstance(reading, Interruption):
        return _interrupted(content, form, field, heard, memory)
    if isinstance(reading, Repeat):
        return Step((), {slot: None}, field.name)
    return _misread(content, form, field, reading, heard, memory)


def _cancelled(content: Content, form: FormOf, reading: Cancel, heard: Heard, memory: Memory) -> Step:
    said = system(content, heard.jurisdiction, "cancelado", decision="cancel")
    wished = instead(content, heard, lambda intent: _opens(content, intent.id, form)) if reading.then else None
    if wished is None:
        return Step((said,), cleared(form), None, "cancelled")
    opened = content.catalogue.intents[wished.intent].form
    if opened:
        action = form_action(f"{content.catalogue.pack_of[wished.intent]}.{opened}")
        return Step((said,), cleared(form), None, "switched", action)
    told = answer(content, wished, memory)
    return Step((said, *told.replies), {**cleared(form), **told.slots}, None, "cancelled")


def _instead(content: Content, form: FormOf, field: Field, heard: Heard, key: str, decision: str) -> Reply:
    """A question put in place of the form's, which waits: its options are for picking, and an answer to it is taken."""
    asked = f"{COMMON}/{key}"
    expect = expectation(form, field, content.answer(asked).options, asked)
    return system(content, heard.jurisdiction, key, expect=expect, decision=decision)


def _as_person(heard: Heard) -> Heard:
    return replace(heard, intent="comun.hablar_con_persona")


def _refusal(content: Content, form: FormOf, field: Field, heard: Heard) -> Reply | None:
    places = content.places(heard.jurisdiction)
    text = form.form.refused.get(field.name)
    if text:
        return say(text_key(form, f"refused.{field.name}"), text, places, decision="refused")
    if field.name == CONFIRM:
        return system(content, heard.jurisdiction, "no_confirmado", decision="refused")
    return None


def _onward(
    content: Content, form: FormOf, heard: Heard, memory: Memory, slots: Mapping[str, Any], replies: tuple[Reply, ...]
) -> Step:
    said = _told(content, form, heard, memory) or _not_ours(content, form, heard, memory)
    if said:
        return Step(said, {**slots, **cleared(form)}, None, "refused")
    field = following(form, memory)
    return Step(replies, slots, field.name if field else None, None if field else "done")


def _told(content: Content, form: FormOf, heard: Heard, memory: Memory) -> tuple[Reply, ...]:
    """The fact that is all the answer needs, where the form's `told` names one: nothing more is asked."""
    filled = values(form, memory)
    for field in form.form.fields:
        fact = field.told.get(str(filled.get(field.name)))
        if fact:
            about = {field.from_entity or field.name: filled[field.name]}
            return answer(content, replace(heard, intent=fact, entities=about), memory).replies
    return ()


def _not_ours(content: Content, form: FormOf, heard: Heard, memory: Memory) -> tuple[Reply, ...]:
    """Another authority looks after it: better said before anything more is asked."""
    text, authority = form.form.not_ours, other_authority(content, heard, values(form, memory))
    if text is None or authority is None:
        return ()
    places = content.places(heard.jurisdiction)
    return (say(text_key(form, "not_ours"), text, places, {"autoridad": authority}, decision="not_ours"),)


def _elsewhere(content: Content, form: FormOf, heard: Heard) -> Reply | None:
    """The place is another municipality's. Streets have such names too, so it is asked again, not refused."""
    text, municipality = form.form.elsewhere, other_municipality(content, heard)
    if text is None or municipality is None:
        return None
    places = content.places(heard.jurisdiction)
    return say(text_key(form, "elsewhere"), text, places, {"municipio": municipality}, decision="elsewhere")


def _closed(content: Content, form: FormOf, field: Field, heard: Heard, value: Any) -> Reply | None:
    """The day is a Saturday or a Sunday, where the field has a text for that."""
    if field.closed is None or value == SKIPPED or date.fromisoformat(value).weekday() < SATURDAY:
        return None
    places = content.places(heard.jurisdiction)
    return say(text_key(form, f"{field.name}.closed"), field.closed, places, decision="invalid")


def _back(content: Content, form: FormOf, field: Field, heard: Heard, memory: Memory) -> Step:
    """Ask the question before this one again; the first one stays."""
    filled = values(form, memory)
    before = [f for f in questions(form) if applies(f, filled)]
    place = [f.name for f in before].index(field.name)
    target = before[max(0, place - 1)]
    slots = {form.slot(target.name): None, form.slot(field.name): None, "misunderstandings": None}
    return Step((system(content, heard.jurisdiction, "corregido", decision="correct"),), slots, target.name)


def _interrupted(content: Content, form: FormOf, field: Field, heard: Heard, memory: Memory) -> Step:
    other = content.catalogue.intents[heard.intent]
    ahead = told_ahead(form, field, heard, memory)
    if ahead and other.form and content.catalogue.pack_of[other.id] == form.pack.id:
        slots = {**ahead, form.slot(field.name): None, "misunderstandings": None}
        return Step((system(content, heard.jurisdiction, "retomar", decision="told_ahead"),), slots, field.name)
    if other.form:
        action = form_action(f"{content.catalogue.pack_of[other.id]}.{other.form}")
        kept = {form.slot(name): value for name, value in values(form, memory).items() if name != field.name}
        return Step((), {**cleared(form), "suspended": {"form": form.action, "slots": kept}}, None, "switched", action)
    said = answer(content, replace(heard, unsure=False), memory)  # one question at a time
    replies = tuple(replace(reply, decision="interruption") for reply in said.replies)
    slots = {**said.slots, **ahead, form.slot(field.name): None, "misunderstandings": None, "pending_intent": None}
    if any(reply.floor for reply in replies):
        return Step(replies, {**cleared(form), **said.slots}, None, "handed_over")
    return Step((*replies, system(content, heard.jurisdiction, "retomar", decision="interruption")), slots, field.name)


def _misread(
    content: Content, form: FormOf, field: Field, reading: Invalid, heard: Heard, memory: Memory,
    why: Reply | None = None,
) -> Step:  # fmt: skip
    count = int(memory.get("misunderstandings") or 0) + 1
    slots = {form.slot(field.name): None, "misunderstandings": count}
    if count >= len(MISUNDERSTOOD) and form.form.gave_up:
        said = say(text_key(form, "gave_up"), form.form.gave_up, content.places(heard.jurisdiction), decision="gave_up")
        return Step((said,), {**cleared(form), "misunderstandings": None}, None, "refused")
    if count >= len(MISUNDERSTOOD):
        return Step((_instead(content, form, field, heard, MISUNDERSTOOD[-1], "invalid"),), slots, field.name)
    replies = [why or _invalid(content, form, field, heard, reading.unknown)]
    if field.optional and content.system("opcional") and reading.unknown is False:
        replies.append(system(content, heard.jurisdiction, "opcional", decision="invalid"))
    if count == 2 and not field.options:  # last, so that its options can be picked; the question stays open behind it
        question = ask(content, form, field.name, heard, memory)
        replies.append(replace(question, expect=None))
        replies.append(_instead(content, form, field, heard, MISUNDERSTOOD[1], "invalid"))
    return Step(tuple(replies), slots, field.name)


def _invalid(content: Content, form: FormOf, field: Field, heard: Heard, unknown: bool) -> Reply:
    name = "lacking" if unknown and field.lacking else "invalid"
    text: Text | None = field.lacking if name == "lacking" else field.invalid
    key = text_key(form, f"{field.name}.{name}")
    if text is None:
        key = f"{COMMON}/invalido_{field.check}"
        text = content.system(f"invalido_{field.check}") or content.answer(f"{COMMON}/no_entendi_1")
    return say(key, text, content.places(heard.jurisdiction), decision="invalid")
