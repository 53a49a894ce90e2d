"""What citizens will read: length per channel, placeholders, links and telephones that were really allowed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.packs.model import Fault, Text
from channels.text import segments, transliterate

SMS_LONG, SMS_TOO_LONG = 2, 3  # more segments than this: warning, error
MESSENGER_LONGEST = 2000  # characters of one message of the Send API
MOST_OPTIONS, LONGEST_TITLE = 13, 20  # quick replies and their titles
PLACEHOLDERS: Mapping[str, str] = {  # allowed everywhere, with a value of usual length
    "institucion": "Municipio de Ejemplo",
    "aviso_url": "https://municipio.example/aviso",
    "telefono_emergencias": "911",
    "tramite": "acta de nacimiento",
    "tipo_reporte": "bache",
    "servicio": "agua",
}
_SAMPLE = "quince letras.."
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TLDS = "mx|com|org|net|gob|edu|info|app|io|me|ly|gl|co|us|example|test|link|site|online|xyz|page"
_LINK = re.compile(
    rf"(?<![@\w.-])(?:https?://[^\s<>\"']+|(?:[\w-]+\.)+(?:{_TLDS})(?![\w@-])(?::\d+)?(?:[/?#][^\s<>\"']*)?)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b(?:\d{4}-\d\d-\d\d|\d\d?[/-]\d\d?[/-]\d{4})\b")
# digits in groups, as telephones are written; money and times have other separators
_LONG_NUMBER = re.compile(r"(?<![\w$])(?<![$] )\+?\(?\d(?:\)?[ .\-\u00a0]?\(?\d){6,14}(?!\w)")
_SHORT_NUMBER = re.compile(
    r"(?:\b(?:ll[aá]m\w*|m[aá]rc\w*|tel|tels|tel[eé]fonos?|n[uú]mero|emergencias|l[ií]nea)\b[^\d.\n]{0,12}?)(\d{3,4})(?![\w$])"
    r"|(?<![\w$.,:/-])(911|0\d\d)(?![\w:/-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Allowed:
    """What texts may send people to: links as host and path prefixes, telephones as digits."""

    links: Collection[str]
    phones: frozenset[str]

    def link(self, found: str) -> bool:
        parts = urlsplit(found if "://" in found else f"https://{found}")
        if "@" in found or ".." in parts.path:
            return False
        wanted = f"{(parts.hostname or '').lower()}{parts.path}".rstrip("/")
        prefixes = [prefix.split("://")[-1].rstrip("/") for prefix in self.links]
        return any(wanted == prefix or wanted.startswith(f"{prefix}/") for prefix in prefixes)


def digits(number: str) -> str:
    """A telephone as the digits that identify it: without +52, 52 1, 01 and separators."""
    found = re.sub(r"\D", "", number)
    return found[-10:] if len(found) > 10 else found


def check_text(path: str, key: str, text: Text, own: Collection[str], allowed: Allowed) -> Iterator[Fault]:
    """All faults of one text; `own` are the placeholders that this text may have besides the common ones."""
    for name, words in (("", text.text), (".sms", text.sms), (".messenger", text.messenger)):
        for advice in _words(words, own, allowed) if words else ():
            yield Fault(path, f"{key}{name}", advice)
    yield from _lengths(path, key, text)


def _words(words: str, own: Collection[str], allowed: Allowed) -> Iterator[str]:
    for name in _PLACEHOLDER.findall(words):
        if name not in PLACEHOLDERS and name not in own:
            known = ", ".join(sorted({*PLACEHOLDERS, *own}))
            yield f"no existe el marcador {{{name}}}; existen: {known}"
    if re.search(r"[{}]", _PLACEHOLDER.sub("", words)):
        yield "tiene una { o } suelta; los marcadores se escriben {asi}"
    rest = _PLACEHOLDER.sub("x", words)
    for match in _LINK.finditer(rest):
        found = match[0].rstrip(".,;:!?)»\"'")
        if not allowed.link(found):
            yield f"el enlace {found} no está permitido; agrégalo a links en institution.yml o quítalo"
    for found in phones_in(_LINK.sub(" ", rest)):
        if digits(found) not in allowed.phones:
            yield f"el teléfono {found} no está en ninguna lista; agrégalo con su fuente a phones.yml o quítalo"


def phones_in(words: str) -> list[str]:
    """What reads like a telephone: 7 to 15 digits in groups, or a short one that people are told to call."""
    rest = _DATE.sub(" ", words)
    found = [match[0].strip() for match in _LONG_NUMBER.finditer(rest)]
    rest = _LONG_NUMBER.sub(" ", rest)
    return found + [match[1] or match[2] for match in _SHORT_NUMBER.finditer(rest)]


def _lengths(path: str, key: str, text: Text) -> Iterator[Fault]:
    sms = _rendered(text, "twilio_sms")
    cost = segments(transliterate(sms))
    odd = sorted({char for char in sms if not char.isspace() and transliterate(char).strip("? ") == ""} - {"?"})
    if odd:
        yield Fault(path, key, f"{' '.join(odd)} se pierde en un SMS; usa otras palabras ahí (sms: ...)", "warning")
    if cost.count > SMS_LONG:
        level = "error" if cost.count > SMS_TOO_LONG else "warning"
        advice = (
            f"ocupa {cost.count} SMS ({cost.units} letras); procura 1, máximo {SMS_TOO_LONG} (o acórtalo en sms: ...)"
        )
        yield Fault(path, key, advice, "error" if level == "error" else "warning")
    longest = len(_filled(text.for_channel("messenger")))
    if longest > MESSENGER_LONGEST:
        yield Fault(path, key, f"tiene {longest} letras para Messenger; máximo {MESSENGER_LONGEST}")
    if len(text.options) > MOST_OPTIONS:
        yield Fault(
            path, f"{key}.options", f"ofrece {len(text.options)} opciones; Messenger muestra máximo {MOST_OPTIONS}"
        )
    for option in text.options:
        if len(option.title) > LONGEST_TITLE:
            advice = f"'{option.title}' tiene {len(option.title)} letras; máximo {LONGEST_TITLE}"
            yield Fault(path, f"{key}.options", advice)


def _rendered(text: Text, channel: str) -> str:
    lines = [f"{number} {option.title}" for number, option in enumerate(text.options, 1)]
    return "\n".join([_filled(text.for_channel(channel)), *lines])


def _filled(words: str) -> str:
    return _PLACEHOLDER.sub(lambda match: PLACEHOLDERS.get(match[1], _SAMPLE), words)
