"""Answers to a message outside of forms: facts, texts, hand-overs, and what to say when nothing was understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actions.asking import asks, is_back, opens_with_question, wants_messages
from actions.besides import further, own
from actions.content import COMMON, Content
from actions.guesses import SOMETHING_ELSE, guesses
from actions.heard import Heard
from actions.replies import Outcome, Reply, say
from bot.nlu import OUT_OF_SCOPE
from bot.nlu.urgency import ALWAYS, SOMETIMES
from bot.packs.model import Intent, Option

Memory = Mapping[str, Any]

# intents that change what the backend sends from now on
EFFECTS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "comun.baja": ({"type": "opt_out"},),
    "comun.alta_de_nuevo": ({"type": "opt_in"},),
}
REASONS: Mapping[str, str] = {"comun.queja": "complaint"}

OPT_OUT, ENROLLING, COMING_BACK = "comun.baja", "salud_materna.inscribirse", "comun.alta_de_nuevo"

# said for an intent that has meaning only as an answer, when nothing was asked
WITHOUT_QUESTION: Mapping[str, str] = {"comun.cancelar": "nada_que_cancelar"}

DID_YOU_MEAN = "quisiste_decir"
AFTER_ALARM = "tras_alarma"  # whoever has just been in danger is not told that she is not understood
# ... nor answered on a guess: "ya se fue" is no birth. These are answered however doubtful
SURE_AFTER_ALARM = 0.9
# ... but a fact that is asked for as a question hurts nobody
SURE_OF_FACT = 0.5
# told of by whoever has more on her mind than a form
GRAVE = ALWAYS | SOMETIMES | {"salud_materna.informar_perdida", "salud_materna.parto_en_curso"}
CARE = GRAVE | {"comun.baja", "comun.hablar_con_persona", "salud_materna.clinica"}
MISUNDERSTOOD = ("no_entendi_1", "no_entendi_menu", "no_entendi_persona")
WHETHER_ON = "seguimos"  # asked of whoever would rather not answer a form's question
# texts that are said by the machinery: an installation without one of them does not start
SYSTEM = (
    *MISUNDERSTOOD, DID_YOU_MEAN, AFTER_ALARM, WHETHER_ON, *WITHOUT_QUESTION.values(), "sin_pregunta", "sin_dato",
    "te_comunico", "repetir_nada", "retomar", "corregido", "cancelado", "no_confirmado", "formulario_vencido",
)  # fmt: skip

TITLE_LENGTH = 20
MOST_TOPICS = 8


def answer(content: Content, heard: Heard, memory: Memory) -> Outcome:
    """What to say to a message, and the slots that change. `memory` are the conversation's slots."""
    intent = content.catalogue.intents.get(heard.intent)
    if intent is None or intent.id == OUT_OF_SCOPE:
        return _not_understood(content, heard, memory, intent)
    if intent.id == "comun.repetir":
        return Outcome(_again(content, heard, memory))
    clear = {"misunderstandings": None, "pending_intent": None}
    if heard.choice is None and (_may_be_new(intent.id, heard.text) or (heard.unsure and intent.id == OPT_OUT)):
        return Outcome((_in_or_out(content, heard),), clear)
    if (
        heard.alarm
        and intent.id not in CARE
        and (intent.context or heard.confidence < _sure_after_alarm(heard, intent))
    ):
        return Outcome((system(content, heard.jurisdiction, AFTER_ALARM, decision="misunderstood"),), clear)
    if heard.unsure and intent.id not in CARE and (_only_named(content, heard) or guesses(content, heard)):
        return _not_understood(content, heard, memory, intent)
    if intent.fact:
        found = _fact(content, own(heard), memory, intent)
        more = facts(content, heard, memory) if _is_told(heard) and "pending_intent" not in found.slots else ()
        return Outcome((*found.replies, *more), {**clear, **found.slots})
    if intent.context:
        key = WITHOUT_QUESTION.get(intent.id, "sin_pregunta")
        return Outcome((system(content, heard.jurisdiction, key, decision="no_question"),), clear)
    return Outcome(tuple(_said(content, heard, memory, intent)), clear)


def _sure_after_alarm(heard: Heard, intent: Intent) -> float:
    return SURE_OF_FACT if intent.fact and (asks(heard.text) or opens_with_question(heard.text)) else SURE_AFTER_ALARM


def _is_told(heard: Heard) -> bool:
    """Whether what a message of several wishes is about is one of them: then the others are understood as well."""
    return any(wish.intent == heard.intent for wish in heard.wishes)


def facts(content: Content, heard: Heard, memory: Memory) -> tuple[Reply, ...]:
    """What a message of several wishes asks besides the one that it is about. Of what is not known nothing is said."""
    found = (_fact(content, one, memory, intent) for intent, one in further(content, heard))
    return tuple(
        reply for outcome in found if not outcome.slots for reply in outcome.replies if reply.decision == "answer"
    )


def _may_be_new(intent: str, text: str) -> bool:
    """Asks for messages and was taken for leaving, or for coming back though nothing says that it was here before."""
    return wants_messages(text) and (intent == OPT_OUT or (intent == COMING_BACK and not is_back(text)))


def _in_or_out(content: Content, heard: Heard) -> Reply:
    """Nobody is signed off, nor promised messages that no programme would send, for what may be the contrary: asked."""
    offered = [name for name in (ENROLLING, COMING_BACK, OPT_OUT) if name in content.intent_titles]
    options = tuple(Option(content.intent_titles[name], f"ir:{name}") for name in offered)
    return system(content, heard.jurisdiction, DID_YOU_MEAN, options=(*options, SOMETHING_ELSE), decision="ask_what")


def untold(content: Content) -> list[str]:
    """Keys that the machinery would say and the packs lack."""
    asked = {which_key(content, intent) for intent in content.catalogue.intents.values() if intent.about}
    said = [f"{COMMON}/{key}" for key in SYSTEM]
    return [key for key in (*said, *sorted(asked)) if key not in content.catalogue.answers]


def system(
    content: Content, jurisdiction: str, key: str, params: Mapping[str, Any] | None = None, **more: Any
) -> Reply:
    """A text of the machinery, by its key in the pack `comun`. Raises KeyError where the packs lack it."""
    return say(f"{COMMON}/{key}", content.answer(f"{COMMON}/{key}"), content.places(jurisdiction), params, **more)


def topic(content: Content, heard: Heard, memory: Memory, entity: str) -> str | None:
    """What the talk is about: named in this message, or carried over from an earlier one."""
    value = heard.entities.get(entity) or memory.get(entity)
    return value if isinstance(value, str) else None


def _fact(content: Content, heard: Heard, memory: Memory, intent: Intent) -> Outcome:
    about = topic(content, heard, memory, intent.about) if intent.about else None
    if intent.about and about is None and content.fact(heard.jurisdiction, intent.id, None) is None:
        return Outcome((_which(content, heard, intent),), {"pending_intent": intent.id})
    text = content.fact(heard.jurisdiction, intent.id, about)
    ref = {"fact": intent.id, "about": about, "about_entity": intent.about}
    if text is None:
        missing = system(content, heard.jurisdiction, "sin_dato")
        return Outcome((Reply(missing.text, ref, missing.options, decision="no_fact"),))
    params = {intent.about: content.title(intent.about, about)} if intent.about and about else {}
    filled = say("", text, content.places(heard.jurisdiction), params)
    return Outcome((Reply(filled.text, ref, filled.options),))


def _which(content: Content, heard: Heard, intent: Intent) -> Reply:
    entries = list(content.entries(intent.about or "").values())[:MOST_TOPICS]
    options = tuple(Option(_short(entry.title), f"ir:{intent.id}:{intent.about}={entry.id}") for entry in entries)
    key = which_key(content, intent)
    return say(key, content.answer(key), content.places(heard.jurisdiction), options=options, decision="ask_topic")


def which_key(content: Content, intent: Intent) -> str:
    """The question about what a fact is meant: `comun` has it for the usual entities, a pack for its own."""
    common = f"{COMMON}/de_que_{intent.about}"
    own = f"{content.catalogue.pack_of[intent.id]}/pregunta_{intent.about}"
    return common if common in content.catalogue.answers else own


def _short(title: str) -> str:
    title = title[:1].upper() + title[1:]
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "."


def _said(content: Content, heard: Heard, memory: Memory, intent: Intent) -> list[Reply]:
    pack = content.catalogue.pack_of[intent.id]
    floor = None
    if intent.hand_over:
        department = content.catalogue.packs[pack].owner if intent.hand_over == "owner" else intent.hand_over
        floor = {"to": "operator", "department": department, "reason": REASONS.get(intent.id, "asked")}
    key = f"{pack}/{intent.say}" if intent.say else f"{COMMON}/te_comunico"
    params = {
        entity: content.title(entity, about)
        for entity in content.topics
        if (about := topic(content, heard, memory, entity))
    }
    more: dict[str, Any] = {"floor": floor, "effects": EFFECTS.get(intent.id, ())}
    more["decision"] = "hand_over" if floor else "answer"
    return [say(key, content.answer(key), content.places(heard.jurisdiction), params, **more)]


def _not_understood(content: Content, heard: Heard, memory: Memory, intent: Intent | None) -> Outcome:
    named = _only_named(content, heard)
    if named:
        params = {named: content.title(named, heard.entities[named])}
        return Outcome(
            (system(content, heard.jurisdiction, f"que_de_{named}", params, decision="ask_what"),),
            {"misunderstandings": None},
        )
    if heard.alarm:
        reply = system(content, heard.jurisdiction, AFTER_ALARM, decision="misunderstood")
        return Outcome((reply,), {"misunderstandings": None})
    count = int(memory.get("misunderstandings") or 0) + 1
    known = intent is not None and intent.id == OUT_OF_SCOPE and heard.trained_out_of_scope
    key = MISUNDERSTOOD[min(count, len(MISUNDERSTOOD)) - 1]
    more: dict[str, Any] = {"decision": "out_of_scope" if known else "misunderstood"}
    offered = guesses(content, heard) if count == 1 else ()
    if offered:
        key, more["options"] = DID_YOU_MEAN, offered
    elif count == 1 and known and intent and intent.say:
        key = intent.say
    return Outcome((system(content, heard.jurisdiction, key, **more),), {"misunderstandings": count})


def _only_named(content: Content, heard: Heard) -> str | None:
    """The entity of a message that names something and asks nothing of it, where that can be asked."""
    named = next((e for e in sorted(content.topics) if e in heard.entities), None) if heard.only_names else None
    return named if named and content.system(f"que_de_{named}") else None


def _again(content: Content, heard: Heard, memory: Memory) -> tuple[Reply, ...]:
    last = memory.get("last_replies") or []
    replies = tuple(
        Reply(
            said["text"],
            said.get("ref"),
            tuple(Option(**o) for o in said.get("options", ())),
            expect=said.get("expect"),
            decision="repeat",
        )
        for said in last
    )
    return replies or (system(content, heard.jurisdiction, "repetir_nada", decision="repeat"),)
