"""From the sections of a pack's files to the values of `bot.packs.model`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bot.packs.model import (
    CHECKS,
    CREATES,
    LOOK_UPS,
    Conversation,
    Entry,
    Field,
    Form,
    Intent,
    IntentList,
    Option,
    Pack,
    Sentence,
    Text,
    Turn,
)
from bot.packs.notices import NOTICES
from bot.packs.read_examples import NAME as EXAMPLES
from bot.packs.read_examples import check_names, read_examples
from bot.packs.yaml_file import File, Keys, Section, nearest

VERBS = ("say", "answer", "form", "look_up", "hand_over", "context")
CHANNELS = ("twilio_sms", "messenger")
_PACK_KEYS = (
    "service", "title", "owner", "jurisdiction", "health", "reviewed_by",
    "words", "procedures", "entities", "intents", "answers", "forms",
)  # fmt: skip
_PLACE = r"=?\w+(?:\|=?\w+)*"
_SIDE = rf"{_PLACE}(?: [+~]?{_PLACE})*"
_WORDING = re.compile(rf"{_SIDE}(?: & {_SIDE})*")


def read_pack(folder: Path, shown: str, names: IntentList) -> tuple[Pack, list[File]]:
    """One folder as a pack, and the files that were read with their faults."""
    service_file = File(folder / "service.yml", f"{shown}/service.yml")
    top = service_file.read()
    files = [service_file]
    top.only(*_PACK_KEYS)
    service = top.required("service")
    tests, notices, examples = (_beside(folder, shown, name, files) for name in ("tests.yml", "notices.yml", EXAMPLES))
    tests.only("sentences", "conversations")
    intents = _intents(top.section("intents"), examples, service, names)
    if service and not intents:
        top.fault("intents", "está vacío: un servicio sin intenciones no contesta nada")
    rasa = folder / "rasa.yml"
    pack = Pack(
        id=folder.name,
        path=folder,
        service=service,
        title=top.required("title"),
        owner=top.required("owner"),
        jurisdiction=top.text("jurisdiction"),
        health=top.flag("health"),
        reviewed_by=_signature(top),
        entities=_entities(top, names),
        intents=intents,
        answers={key: read_text(top.section("answers"), key) for key in top.section("answers")},
        notices=_notices(notices),
        forms={key: _form(section) for key, section in top.section("forms").sections()},
        sentences=tuple(_sentences(tests.section("sentences"), service, intents)),
        conversations=tuple(_conversations(tests)),
        rasa=rasa if rasa.exists() else None,
    )
    return pack, files


def _beside(folder: Path, shown: str, name: str, files: list[File]) -> Section:
    """A file that a pack may have, added to those read; empty where it has none."""
    file = File(folder / name, f"{shown}/{name}")
    if not file.path.exists():
        return Section(file, (), {})
    files.append(file)
    return file.read()


def _signature(top: Section) -> str | None:
    """`reviewed_by: ''` is a signature still to come, an absent key is none at all."""
    value = top.values.get("reviewed_by")
    if value is not None and not isinstance(value, str):
        top.fault("reviewed_by", "debe ser el nombre de quien firmó, o '' mientras tanto")
    if "reviewed_by" in top and value is None:
        return ""
    return value.strip() if isinstance(value, str) else None


def read_text(parent: Section, key: str) -> Text:
    """A text, or a mapping with its own words per channel and options."""
    if not isinstance(parent.values.get(key), dict):
        return Text(parent.required(key))
    section = parent.section(key)
    section.only("text", "sms", "messenger", "options")
    return Text(section.required("text"), section.text("sms"), section.text("messenger"), _options(section))


def _notices(top: Section) -> Mapping[str, Text]:
    for key in top:
        if key not in NOTICES:
            top.fault(key, f"el programa no dice ningún aviso con ese nombre{nearest(key, NOTICES)}")
    return {key: read_text(top, key) for key in top if key in NOTICES}


def _optional_text(parent: Section, key: str) -> Text | None:
    return read_text(parent, key) if key in parent else None


def _options(parent: Section) -> tuple[Option, ...]:
    return tuple(_option(parent.file, keys, value) for keys, value in parent.items("options"))


def _option(file: File, keys: Keys, value: object) -> Option:
    if isinstance(value, str):
        return Option(value, value)
    if not isinstance(value, dict):
        file.note(keys, "debe ser texto o {title, value}; pon entre comillas true y false")
        return Option("", "")
    section = Section(file, keys, value)
    section.only("title", "value", "also")
    title = section.required("title")
    return Option(title, section.text("value") or title, section.texts("also"))


def _entities(top: Section, names: IntentList) -> Mapping[str, tuple[Entry, ...]]:
    entities: dict[str, tuple[Entry, ...]] = {}
    families = _families(top.section("words"))
    if "procedures" in top:
        entities["tramite"] = _entries(top.section("procedures"), families)
    for entity, section in top.section("entities").sections():
        if entity in names.rules:
            section.fault("", "se lee con reglas y no lleva nombres")
        elif entity == "tramite" and "procedures" in top:
            section.fault("", "es lo mismo que `procedures`; escríbelo solo ahí")
        else:
            entities[entity] = _entries(section, families)
    return entities


def _families(parent: Section) -> Mapping[str, tuple[str, ...]]:
    families = {name: parent.texts(name) for name in parent}
    for name, members in families.items():
        if not members or not all(re.fullmatch(r"\w+", member) for member in members):
            parent.fault(name, "una familia es una lista de palabras sueltas, al menos una")
    return families


def _entries(parent: Section, families: Mapping[str, tuple[str, ...]]) -> tuple[Entry, ...]:
    entries = []
    for key, section in parent.sections():
        section.only("names", "wordings")
        names = section.texts("names")
        if not names:
            section.fault("names", "lleva al menos un nombre; el primero es el que se muestra")
        entries.append(Entry(key, names or (key,), _wordings(section, families)))
    return tuple(entries)


def _wordings(section: Section, families: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The wordings of an entry with the words of each family in place of its name; `=a` is the word, not the family."""
    wordings = section.texts("wordings")
    for wording in wordings:
        if not _WORDING.fullmatch(wording):
            section.fault("wordings", f"'{wording}' lleva solo palabras, familias, `|`, `+`, `~` y ` & `")
    return tuple(
        re.sub(r"=?\w+", lambda word: "|".join(families.get(word[0], (word[0],))), wording) for wording in wordings
    )


def _intents(parent: Section, examples: Section, service: str, names: IntentList) -> Mapping[str, Intent]:
    check_names(examples, parent)
    known = names.services.get(service)
    if known is None and service and not any("means" in section for _, section in parent.sections()):
        parent.file.note(
            ("service",),
            f"'{service}' no está en data/common/intents.yml{nearest(service, names.services)} "
            "(un servicio nuevo dice en cada intención qué significa: `means`)",
        )
    return {name: _intent(section, examples, service, name, known) for name, section in parent.sections()}


def _intent(section: Section, apart: Section, service: str, name: str, known: Mapping[str, str] | None) -> Intent:
    section.only("examples", "about", "means", *VERBS)
    means = section.text("means")
    if known is not None and name not in known and means is None:
        section.fault("", f"no es una intención de '{service}'{nearest(name, known)}")
    verbs = [verb for verb in VERBS if verb in section]
    if len(verbs) != 1 and verbs != ["say", "hand_over"]:
        section.fault("", f"lleva exactamente uno de {', '.join(VERBS)} (hand_over puede llevar además say)")
    if section.one_of("answer", ("fact",)) is None and "about" in section:
        section.fault("about", "solo va con `answer: fact`")
    examples = read_examples(section, apart)
    if not examples:
        section.fault("examples", "falta o está vacío: se aprende de lo que escribe la gente")
    return Intent(
        service=service,
        name=name,
        examples=examples,
        say=section.text("say"),
        fact="answer" in section,
        about=section.text("about"),
        form=section.text("form"),
        look_up=section.one_of("look_up", LOOK_UPS),
        hand_over=section.text("hand_over"),
        context=section.flag("context"),
        means=means,
    )


def _form(section: Section) -> Form:
    section.only(
        "fields", "confirm", "create", "look_up", "missing", "done", "refused", "gave_up", "not_ours", "elsewhere"
    )
    if ("create" in section) == ("look_up" in section):
        section.fault("", "lleva exactamente uno de create, look_up: qué se hace con las respuestas")
    fields = tuple(_field(part) for _, part in section.section("fields").sections())
    if not fields:
        section.fault("fields", "falta o está vacío: un formulario pregunta algo")
    refused = section.section("refused")
    return Form(
        name=section.keys[-1],
        fields=fields,
        done=read_text(section, "done"),
        create=section.one_of("create", CREATES),
        look_up=section.one_of("look_up", LOOK_UPS),
        confirm=_optional_text(section, "confirm"),
        missing=_optional_text(section, "missing"),
        refused={key: read_text(refused, key) for key in refused},
        gave_up=_optional_text(section, "gave_up"),
        not_ours=_optional_text(section, "not_ours"),
        elsewhere=_optional_text(section, "elsewhere"),
    )


def _field(section: Section) -> Field:
    section.only(
        "ask", "check", "invalid", "optional", "options", "from_entity", "prefers_options", "when", "told", "lacking",
        "closed", "personal",
    )  # fmt: skip
    when, told = section.section("when"), section.section("told")
    return Field(
        name=section.keys[-1],
        ask=read_text(section, "ask"),
        check=section.one_of("check", CHECKS) or "text",
        invalid=_optional_text(section, "invalid"),
        optional=section.flag("optional"),
        options=_options(section),
        from_entity=section.text("from_entity"),
        prefers_options=section.flag("prefers_options"),
        when={key: tuple(when.required(key).split("|")) for key in when},
        told={value: told.required(value) for value in told},
        personal=section.flag("personal"),
        lacking=_optional_text(section, "lacking"),
        closed=_optional_text(section, "closed"),
    )


def _sentences(parent: Section, service: str, intents: Mapping[str, Intent]) -> list[Sentence]:
    sentences = []
    for intent in parent:
        own, _, name = intent.partition(".")
        if not name or (own == service and name not in intents):
            parent.fault(
                intent, f"no es una intención de esta carpeta{nearest(intent, [i.id for i in intents.values()])}"
            )
        for keys, value in parent.items(intent):
            sentence = _sentence(parent.file, keys, value, intent)
            sentences += [sentence] if sentence else []
    return sentences


def _sentence(file: File, keys: Keys, value: object, intent: str) -> Sentence | None:
    if isinstance(value, str) and value.strip():
        return Sentence(value.strip(), intent)
    if not isinstance(value, dict):
        file.note(keys, "debe ser texto o {text, entities, danger}; pon entre comillas true y false")
        return None
    section = Section(file, keys, value)
    section.only("text", "entities", "danger")
    entities = section.section("entities")
    values = {key: _entity_value(item) for key, item in entities.values.items()}
    return Sentence(section.required("text"), intent, values, section.flag("danger"))


def _entity_value(value: object) -> object:
    """Weeks come as numbers, [low, high] as a list; long digit runs (telefono, folio) stay text."""
    if isinstance(value, list):
        return [_entity_value(item) for item in value]
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 2:
        return int(value)
    return value


def _conversations(top: Section) -> list[Conversation]:
    conversations = []
    for keys, value in top.items("conversations"):
        if not isinstance(value, dict):
            top.file.note(keys, "debe ser un mapa {title, channel, turns}")
            continue
        section = Section(top.file, keys, value)
        section.only("title", "channel", "turns")
        turns = tuple(turn for place, item in section.items("turns") if (turn := _turn(top.file, place, item)))
        if not turns:
            section.fault("turns", "falta o está vacío")
        channel = section.one_of("channel", CHANNELS) or CHANNELS[0]
        conversations.append(Conversation(section.required("title"), turns, channel))
    return conversations


def _turn(file: File, keys: Keys, value: object) -> Turn | None:
    if not isinstance(value, dict):
        file.note(keys, "debe ser un mapa {citizen, bot, not_bot}")
        return None
    section = Section(file, keys, value)
    section.only("citizen", "bot", "not_bot")
    citizen = value.get("citizen")
    if not isinstance(citizen, str):
        section.fault("citizen", "debe ser el texto que escribe la persona (entre comillas)")
        return None
    return Turn(citizen, section.texts("bot"), section.texts("not_bot"))
