"""What a programme's texts must be before anybody signs them: one segment, easy, safe, and not said before.

`path` of a fault is the programme, `key` the message.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from backend.campaigns.programme import ORIGIN_DAYS, WEEK, Event, Programme, load_programmes
from backend.campaigns.readability import ease
from backend.flows.load import flow_files
from bot.packs.check import allowed_in
from bot.packs.check_facts import PENDING
from bot.packs.check_sentences import plain
from bot.packs.check_texts import Allowed, check_text
from bot.packs.load import PackError, load_jurisdiction, load_phones
from bot.packs.model import Fault, Text
from channels.text import segments, transliterate

LEAST_EASE = 65.0  # from here on INFLESZ calls a text quite easy
NEARLY = 75.0  # per cent alike, words in any order: the same advice twice
SAMPLE = "quince letras.."  # stands for what will be filled in
_PLACEHOLDER = re.compile(r"\{\w+\}")

# Word parts that only appear where ñ was taken out of an accent-free text.
_LOST_N = re.compile(
    r"\b(an(i)?os?|nin(i)?[oa]s?|sen(i)?al(es)?|ban(i)?o|man(i)?ana|pan(i)?al(es)?|pequen(i)?[oa]s?|dan(i)?o|suen(i)?o"
    r"|acompan(i)?\w+|carin(i)?o)\b",
    re.IGNORECASE,
)
# What people are told to write: the commands that beat every flow, and words whose meaning the bot knows.
KEYWORDS = frozenset({"ALTA", "BAJA", "BORRA MIS DATOS", "MI CITA", "NO SE", "PERSONA", "YA NACIO"})
_ASKED_WORD = re.compile(r"\b(?:[Ee]scribe|[Ee]scríbenos) ([A-ZÑ]{2,}(?: [A-ZÑ]{2,})*)")

# What a text of a health programme never says, and why.
REFUSED: Sequence[tuple[re.Pattern[str], str]] = (
    (
        re.compile(r"\d+\s?(mg|mcg|ml|g|gr|gotas|tabletas|pastillas|cucharad\w+)\b", re.IGNORECASE),
        "indica una dosis; eso lo dice quien atiende",
    ),
    (re.compile(r"\d\s?%|por ciento\b", re.IGNORECASE), "da un porcentaje; dilo sin cifras"),
    (
        re.compile(r"\b(gratis|gratuit\w+|sin costo)\b", re.IGNORECASE),
        "promete que no se cobra; eso es un dato de cada lugar (facts)",
    ),
    (
        re.compile(r"\b(paracetamol|ibuprofeno|aspirina|tempra|misoprostol|oxitocina|amoxicilina)\b", re.IGNORECASE),
        "nombra una medicina; manda a preguntar en la clínica",
    ),
)


@dataclass(frozen=True)
class Said:
    """One wording of one message."""

    programme: str
    event: Event
    arm: str
    text: str

    @property
    def key(self) -> str:
        return f"{self.event.id}.{self.arm}" if self.arm else self.event.id


def wordings(programme: Programme) -> list[Said]:
    """Every text that somebody may get: that of each message, or those of its arms."""
    said = []
    for event in programme.events:
        texts = event.arms or ((("", event.text),) if event.text else ())
        said += [Said(programme.key, event, arm, text) for arm, text in texts]
    return said


def check_programme_files(data_dir: Path, jurisdiction: str, fields: Collection[str]) -> list[Fault]:
    """The faults of every programme under `data_dir`, as said in a jurisdiction; `fields` are those of contacts."""
    try:
        programmes = load_programmes(data_dir)
        allowed = allowed_in(load_jurisdiction(data_dir, jurisdiction), load_phones(data_dir))
    except PackError as error:
        return list(error.faults)
    flows = {f"{path.parents[1].name}/{path.stem}" for path in flow_files(data_dir)}
    return check_programmes(programmes, allowed, flows, fields)


def check_programmes(
    programmes: Sequence[Programme], allowed: Allowed, flows: Collection[str], fields: Collection[str] = ()
) -> list[Fault]:
    """All faults. `flows` are the known ones as `<pack>/<flow>`; `fields` what a text may have between { and }."""
    said = [one for programme in programmes for one in wordings(programme)]
    faults = [fault for programme in programmes for fault in _whole(programme, flows)]
    faults += [f for one in said for f in check_wording(one.programme, one.key, one.text, allowed, fields)]
    return [*faults, *_repeated_ids(programmes), *_said_before(said)]


def weekly(programme: Programme, saying: str = "") -> Mapping[int, int]:
    """Messages with words per week; with `saying`, only those whose text has it (a regular expression)."""
    origin = ORIGIN_DAYS.get(programme.relative_to or "", 0)
    wanted = re.compile(saying, re.IGNORECASE)
    found = {one.event.id: one.event.days for one in wordings(programme) if wanted.search(one.text)}
    return Counter((days - origin) // WEEK for days in found.values())


def _whole(programme: Programme, flows: Collection[str]) -> Iterator[Fault]:
    if programme.health and programme.reviewed_by and programme.source == PENDING:
        yield Fault(programme.key, "reviewed_by", "está firmado sin decir de dónde salen los textos (source)")
    pack = programme.key.partition(".")[0]
    days = Counter(event.days for event in programme.events if event.flow is None)
    for event in programme.events:
        if event.flow is not None and f"{pack}/{event.flow}" not in flows and event.flow not in flows:
            yield Fault(programme.key, event.id, f"no existe el flujo {event.flow}")
        if event.flow is None and days[event.days] > 1:
            yield Fault(programme.key, event.id, "cae el mismo día que otro mensaje; cambia uno de día")


def check_wording(path: str, key: str, text: str, allowed: Allowed, fields: Collection[str] = ()) -> Iterator[Fault]:
    """One text, of a programme or of a flow that it starts."""
    yield from check_text(path, key, Text(text), fields, allowed)
    filled = _PLACEHOLDER.sub(SAMPLE, text)
    for advice in (*_cost(filled), *_letters(text), *_refused(text), *_hard(filled)):
        yield Fault(path, key, advice)


def _cost(filled: str) -> Iterator[str]:
    cost = segments(transliterate(filled))
    if cost.count > 1:
        yield f"ocupa {cost.count} SMS ({cost.units} letras); debe caber en uno de 160"


def _letters(text: str) -> Iterator[str]:
    if lost := _LOST_N.search(text):
        yield f"'{lost[0]}' perdió la ñ; escríbela, sí cabe en un SMS"
    for asked in _ASKED_WORD.findall(text):
        if asked not in KEYWORDS:
            yield f"pide escribir {asked}, que nadie atiende; existen: {', '.join(sorted(KEYWORDS))}"


def _refused(text: str) -> Iterator[str]:
    yield from (advice for pattern, advice in REFUSED if pattern.search(text))


def _hard(filled: str) -> Iterator[str]:
    if (found := ease(filled)) < LEAST_EASE:
        yield f"es difícil de leer ({found:.0f} de {LEAST_EASE:.0f}); usa frases y palabras más cortas"


def _repeated_ids(programmes: Iterable[Programme]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for programme in programmes:
        for event in programme.events:
            if (other := seen.setdefault(event.id, programme.key)) != programme.key:
                yield Fault(programme.key, event.id, f"ese id ya está en {other}")


def _said_before(said: Sequence[Said]) -> Iterator[Fault]:
    """Two messages, not two arms of one, with nearly the same words."""
    words = [" ".join(sorted(plain(one.text).split())) for one in said]
    for place, one in enumerate(said):
        for other in range(place):
            if said[other].event is one.event:
                continue
            if fuzz.ratio(words[place], words[other], score_cutoff=NEARLY):
                yield Fault(one.programme, one.key, f"dice casi lo mismo que {said[other].key}")
