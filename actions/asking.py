"""Is a message an answer with a question about it, or a question with something like an answer in it?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from bot import safety
from bot.packs.model import Field
from bot.text import looks_like_question, normalise, words
from bot.text.tables import tables

# "cual... la del centro", "donde dice folio? EJ-7K3M-Q2P": asked of oneself, then answered
ASIDE = re.compile(
    r"^\W*(?:y |pues |ah |mm+ |a )?"
    r"(?:cu[aá]l(?:es)?|d[oó]nde|cu[aá]ndo|c[oó]mo|qu[eé]|qui[eé]n|cu[aá]nt[ao]s?)\b[\w ]{0,24}"
    r"(?:\.{2,}|…|,|\?)+\s*(?P<rest>\S.*)$",
    re.I | re.S,
)

# whoever says so asks, however it is spelt
WANTS_TO_KNOW = re.compile(r"\b(?:[qk]u?iero|[qk]u?isiera|necesito|ocupo|me ?gustaria) (?:sa[bv]er|preguntar)\b", re.I)

# "quiero los avisos, pero no tantos": more than leaving
WANTS_MESSAGES = re.compile(
    r"(?<!no )\b(?:[qk]u?iero|[qk]u?isiera|deseo)(?: (?:re[cs]i[bv]ir|los|sus|mis|unos|esos)){0,2}"
    r" (?:mensaj\w+|ms[jg]s?|avisos?|consej\w+|recordatorios?)\b",
    re.I,
)

# "no quiero dar mi CURP" is no farewell yet
WALKS_AWAY = re.compile(
    r"\bno (?:lo |la |los |las |me )?(?:quiero|ocupo|necesito|quisiera) "
    r"(?:lo del?|una?|el|la|los|las|ningun|ninguna|eso|ese|esa|nada|citas?|actas?|tramite|sacar|hacer|pedir|agendar)\b"
    r"|\b(?:solo|solamente|nomas|nada mas|unicamente) (?:es |era |fue |quiero |queria |quisiera |por |para |una |de )*"
    r"(?:pregunto|preguntaba|preguntar|pregunte|pregunta|preguntando|duda|informacion|informarme|informes|info|saber)\b",
)

RATHER = re.compile(r"\b(?:sino|mejor|quiero|prefiero)\b")  # "no quiero la de matrimonio, quiero la otra"
GIVES_UP = re.compile(
    r"(?:no |pues |mejor |siempre )*ya no(?: (?:lo|la|los|las))?"
    r"(?: (?:reporte|reportes|mande|mandes|haga|hagas|quiero|ocupo))?"
)
CANCELS = re.compile(r"\b(?:cancel|olvid|dejal|dejel|dejemos|deja |deje |no quiero|no lo |no la |empezar de)")
SOMEBODY = re.compile(
    r"\b(?:pasa|pase|pasen|comunica|comunique|comuniquen)(?:me)? (?:con el|con la|con los|al|a la|a el) "
)
THIS_NUMBER = re.compile(r"^(?:pues |si |al? |es )*(?:este|el) (?:mismo|numero|cel|celular|telefono|de ahorita)\b")
LACKS = re.compile(
    r"\bno (?:me )?(?:lo |la |los |las )?(?:tengo|traigo|trae|tiene|se(?! puede)|sabemos|encuentro|apunte|guarde"
    r"|recuerdo|acuerdo|hallo|dieron|llego)\b"
    r"|\b(?:lo|la|se me|me lo|me la) (?:perdi|perdio|borre|borro|olvido)\b|\bsin (?:folio|curp)\b"
)

# "que la fecha esta mal" tells, "que vacunas le tocan" asks
TELLS = re.compile(r"^\W*que (?:la|el|los|las|mi|mis|su|sus|no|ya|si|dice|dicen|pongan|haya|sea|sera)\b", re.I)

TABLES: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
ASKS, OPENERS, BEFORE_OPENERS, BESIDE, COURTESIES, GIVEN_NAMES, RECEIVES, REFUSES, AGAIN = (
    frozenset(TABLES[name].split())
    for name in (
        "asks", "openers", "before_openers", "beside", "courtesies", "given_names", "receives", "refuses", "again",
    )
)  # fmt: skip
LATER, GO_ON = frozenset(TABLES["later"]), frozenset(TABLES["go_on"])
LONGEST_NAME = 5  # words
LONGEST_TAKEN_BACK = 8  # words
PARTS = {check: frozenset(said.split()) for check, said in TABLES["parts"].items()}


def core(text: str) -> str:
    """The message without a question asked of oneself, and without marks around it."""
    match = ASIDE.match(text)
    if match and not looks_like_question(match["rest"]):
        text = match["rest"]
    return text.strip(" ¿?¡!.,;:…\"'")


def is_courtesy(text: str) -> bool:
    """Whether a message is thanks, a greeting or a farewell, and not a word besides."""
    said = words(core(text))
    return bool(said) and COURTESIES.issuperset(said)


def begins_with_name(text: str) -> bool:
    """Whether a message of a name's length begins with a given name that is a word besides: "luz villa correa"."""
    said = words(bare(text))
    return bool(said) and said[0] in GIVEN_NAMES and len(said) <= LONGEST_NAME


def wants_messages(text: str) -> bool:
    """Whether a message asks to be written to ("que me lleguen los avisos"), or refuses to be signed off."""
    if safety.stays(text) or WANTS_MESSAGES.search(text):
        return True
    said = words(text)
    asked = any(said[at : at + 2] in (["que", "me"], ["que", "nos"], ["que", "le"]) for at in range(len(said)))
    return asked and not RECEIVES.isdisjoint(said) and REFUSES.isdisjoint(said)


def is_back(text: str) -> bool:
    """Whether whoever asks for messages had them before ("otra vez")."""
    return not AGAIN.isdisjoint(words(text))


def bare(text: str) -> str:
    """Only the words that say something of their own."""
    return " ".join(word for word in words(core(text)) if word not in BESIDE)


def asks(text: str) -> bool:
    """Whether a message puts a question; a self-answered one or a bare mark does not."""
    match = ASIDE.match(text)
    if match and not looks_like_question(match["rest"]):
        return False
    if TELLS.match(text) and "?" not in text:
        return False
    if WANTS_TO_KNOW.search(text):
        return True
    return looks_like_question(text) and bool(ASKS & set(words(text)))


def opens_with_question(text: str) -> bool:
    """Whether a message, its asides left out, begins with a question word."""
    first = words(core(text))[:2]
    return bool(first) and (first[0] in OPENERS or (first[0] in BEFORE_OPENERS and first[-1] in OPENERS))


def gives_up(text: str) -> bool:
    """Whether the whole message stops what is under way: "mejor no, ya no", "ya no lo reporte"."""
    return GIVES_UP.fullmatch(normalise(text)) is not None


def says_cancel(text: str) -> bool:
    """Whether a message has a word of stopping, where any words may be the answer."""
    return CANCELS.search(normalise(text)) is not None


def asks_for_somebody(text: str) -> bool:
    """Whether a message asks for those who see to it: "pásame al de parques"."""
    return SOMEBODY.search(normalise(text)) is not None


def is_this_number(text: str) -> bool:
    """Whether the telephone asked for is the one that writes: "a este mismo"."""
    return THIS_NUMBER.search(normalise(text)) is not None


def lacks(text: str) -> bool:
    """Whether whoever is asked for a folio or a key has none: "no lo apunté", "ya la perdí"."""
    return LACKS.search(normalise(text)) is not None


def walks_away(text: str) -> bool:
    """Whether a message wants nothing of a form: "no quiero ningún acta", "nomás pregunto"."""
    said = normalise(text)
    found = WALKS_AWAY.search(said)
    return found is not None and RATHER.search(said[found.end() :]) is None


def takes_back(text: str) -> bool:
    """Whether a short message says something else instead of what was said: "no, mejor una fuga"; not "no hay luz"."""
    said = words(text)
    after_no = " ".join(said[1:] if said[:1] == ["no"] else said)
    return len(said) <= LONGEST_TAKEN_BACK and after_no.startswith(tables().instead)


def more(field: Field, text: str) -> int:
    """How many words a message has beside what an answer to `field` is made of."""
    own = BESIDE | PARTS.get(field.check, frozenset())
    own |= {word for option in field.options for said in (option.title, *option.also) for word in words(said)}
    return sum(1 for word in words(text) if word not in own and not word[0].isdigit())
