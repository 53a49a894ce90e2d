"""Recall and false alarms of `bot.safety.read` on the tables beside this file.

Five batches by imagined people; each was read once before the rules were tuned on it. At that first sight recall was
92, 88, 87, 86 and 97 of 100, false alarms 5.7, 4.2, 1.8, 2.5 and 3.3. Expect those of strangers, not the figures below.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety import Reading, read, read_all, stays, texts

HERE = Path(__file__).parent
OWN_WORDS = [
    "no",
    "ya",
    "me",
    "sale",
    "sangre",
    "sangro",
    "bebe",
    "mi",
    "se",
    "mueve",
    ",",
    ".",
    "?",
    "año",
    "pasado",
    "38",
]


def load(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((HERE / f"{name}.yml").read_text(encoding="utf-8"))
    assert all(isinstance(sentence, str) for group in groups for sentence in group["sentences"])
    return groups


def sentences(name: str) -> list[str]:
    return [sentence for group in load(name) for sentence in group["sentences"]]


def is_danger(text: str) -> bool:
    found = read(text)
    return found is not None and found.danger


def test_recall() -> None:
    dangers = sentences("dangers")
    missed = [text for text in dangers if not is_danger(text)]
    recall = 1 - len(missed) / len(dangers)
    print(f"recall {recall:.3f} of {len(dangers)} dangers; missed: {missed}")
    assert recall >= 0.99


def test_false_alarms() -> None:
    harmless = sentences("not_dangers")
    alarmed = [(text, read(text)) for text in harmless if is_danger(text)]
    print(f"false alarms {len(alarmed) / len(harmless):.3f} of {len(harmless)}: {alarmed}")
    assert len(alarmed) <= 0.03 * len(harmless)


def test_kind_of_danger() -> None:
    pairs = [(text, group["kind"]) for group in load("dangers") for text in group["sentences"]]
    wrong = [(text, kind) for text, kind in pairs if kind not in {reading.kind for reading in read_all(text)}]
    print(f"another kind of danger: {len(wrong)} of {len(pairs)}: {wrong}")
    assert len(wrong) <= 0.03 * len(pairs)


@pytest.mark.parametrize("group", load("opt_outs"), ids=lambda group: str(group["kind"]))
def test_leaving_and_coming_back(group: dict[str, Any]) -> None:
    wrong = [text for text in group["sentences"] if group["kind"] not in ({r.kind for r in read_all(text)} or {None})]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("no quiero darme de baja", True),
        ("oiga no me vayan a dar d vaja, si los leo", True),
        ("no dejen de mandarme los avisos", True),
        ("no me kiten d la lista", True),
        ("quiero darme de baja", False),
        ("ya no quiero recibir nada, no me manden mensajes", False),
        ("no he podido darme de baja", False),
        ("por que no me dan de baja", False),
        ("no me quiten el tiempo, quitenme de la lista", False),
    ],
)
def test_refusing_to_be_signed_off(text: str, refuses: bool) -> None:
    assert stays(text) == refuses
    assert refuses != ("opt_out" in {reading.kind for reading in read_all(text)})


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("m sta saliendo sngre", "sangrado"),
        ("se me rompio la fuente", "liquido"),
        ("veo lusesitas", "vision"),
        ("me zumban los oidos", "zumbido"),
        ("no siento a mi bebe en la panza", "bebe_no_se_mueve"),
        ("mi bebe esta moradito", "bebe_color"),
        ("mi bebe no respira", "bebe_no_respira"),
        ("mi bb no kiere chichi", "bebe_no_come"),
        ("mi bebe tiene calentura", "bebe_fiebre"),
        ("tengo contracciones y apenas voy en 30 semanas", "contracciones"),
        ("tengo contracciones cada 5 minutos ya cumpli 39 semanas", "parto"),
        ("CANCELA", "cancela"),
        ("baja", "baja"),
        ("ALTA", "alta"),
    ],
)
def test_sign(text: str, sign: str) -> None:
    assert sign in {reading.sign for reading in read_all(text)}


@pytest.mark.parametrize(
    ("denied", "still"),
    [
        ("ya no sangro", "ya no sangro pero el bebe no se mueve"),
        ("no tengo fiebre", "no deja de sangrar"),
        ("mi prima sangro el año pasado", "el año pasado sangre y ahora otra vez estoy sangrando"),
        ("ya se le quito la calentura", "no se le quita la calentura"),
        ("analisis de sangre", "me hicieron analisis de sangre y me duele mucho la cabeza"),
        ("sin sangrado", "no, estoy sangrando"),
    ],
)
def test_denied_past_and_cured(denied: str, still: str) -> None:
    assert not is_danger(denied)
    assert is_danger(still)


@pytest.mark.parametrize(
    ("harmless", "danger"),
    [
        ("ayer no sangraba", "ayer no sangraba pero hoy sí"),
        ("calentura no ha tenido", "calentura no tiene medicina, arde en calentura mi bebé"),
        ("con mi primera niña me dio preeclampsia", "con mi primera niña no me dolía así, me zumban los oídos"),
        ("cursó con eclampsia en 2019", "cursó con eclampsia en 2019, ahora ve lucecitas"),
        ("mi ex me golpeaba, eso fue hace años", "mi ex me golpeaba hace años, hoy volvió y me pegó"),
        ("ya se le quitó la calentura", "ya se le quitó la calentura pero no despierta mi bebé"),
        ("ya se le quitó la calentura a mi niña", "ya se le había quitado la calentura y le volvió"),
        ("qué hago si un día me sangra", "qué hago si un día me desmayo, estoy sangrando"),
        ("la pastilla del día siguiente da sangrado?", "tomé la pastilla y me da sangrado, me mareo"),
        ("dicen que hace sangrar", "dicen que hace sangrar y ya me lo tomé, estoy sangrando"),
        ("no dejo de imaginar que me desangro", "no dejo de sangrar"),
        ("si un día tiembla, ¿dónde dormimos?", "si un día me muero nadie me va a extrañar"),
    ],
)
def test_what_is_over_or_supposed_hides_only_its_own_part(harmless: str, danger: str) -> None:
    assert not is_danger(harmless)
    assert is_danger(danger)


@pytest.mark.parametrize(
    ("harmless", "danger"),
    [
        ("no se mueve la fila", "no se mueve mi bebé, voy en el camión"),
        ("el diu hace sangrar?", "me pusieron el diu, y ahora estoy embarazada y sangro"),
        ("la foto se ve borrosa", "veo borroso, le mandé foto"),
    ],
)
def test_another_topic_speaks_only_between_its_commas(harmless: str, danger: str) -> None:
    assert not is_danger(harmless)
    assert is_danger(danger)


@pytest.mark.parametrize(
    "frame",
    [
        "gracias por contestar, {}",
        "ayer no tenía nada pero hoy {}",
        "en mi primer embarazo no me pasó así, {}",
        "{}, con mi primer hijo nunca me pasó",
        "en 2024 tuve mi otro bebé y todo bien. {}",
        "me dijeron que no era nada pero {}",
        "ya se le quitó la gripa pero {}",
        "estaba viendo la novela y {}",
        "fui atendida ayer y me mandaron a mi casa, {}",
        "{}, no tengo dinero ni carro",
        "{}, vivo en la colonia Centro cerca de la escuela",
    ],
)
def test_a_danger_is_heard_whatever_else_is_told(frame: str) -> None:
    dangers = [text for text in sentences("dangers") if len(text.split()) > 2 and is_danger(text)]
    missed = [text for text in dangers if not is_danger(frame.format(text))]
    print(f"{frame}: missed {missed} of {len(dangers)}")
    assert len(missed) <= 0.01 * len(dangers)


@pytest.mark.parametrize("text", ["un chiste de abogados", "quiero que me lo enseñe", "señorita, se cayó la barda"])
def test_a_word_that_exists_is_no_misspelt_danger(text: str) -> None:
    assert not is_danger(text)


def test_first_pregnancy_is_not_the_past() -> None:
    assert is_danger("es mi primer embarazo y me bajo sangre")
    assert is_danger("ya me bajo sangre")
    assert is_danger("ya pasaron 2 dias y no se mueve mi bebe")


def test_danger_and_opt_out_in_one_message() -> None:
    found = read_all("ya no me manden mensajes, estoy sangrando y no me ayudan")
    assert [reading.kind for reading in found] == ["alarm", "opt_out"]


def test_labour_at_term_is_urgent_and_no_danger() -> None:
    found = read("ya empezo el trabajo de parto")
    assert found is not None
    assert (found.kind, found.danger, found.intent) == ("urgent", False, "salud_materna.parto_en_curso")


def test_bare_cancel_leaves_the_decision_to_the_caller() -> None:
    found = read("cancelar")
    assert found is not None
    assert (found.kind, found.sign) == ("opt_out", "cancela")
    assert found.confidence < 0.7


def test_confidence_falls_with_guessing_and_asking() -> None:
    plain, guessed, asked = read("estoy sangrando"), read("estoy sangrndo"), read("es normal sangrar?")
    assert plain and guessed and asked
    assert plain.confidence > guessed.confidence > asked.confidence


def test_every_reading_has_its_words() -> None:
    for text in [*sentences("dangers"), "BAJA", "ALTA", "dolores de parto"]:
        found = read(text)
        assert found is not None
        assert texts.say(found.text_key) and texts.say(found.text_key, further=True)


@pytest.mark.parametrize("padding", [0, 1_500, 1_990, 3_650, 200_000])
def test_danger_at_the_end_of_a_long_text(padding: int) -> None:
    assert is_danger("hola " * (padding // 5) + "me sale mucha sangre")


@pytest.mark.parametrize(
    "hostile", ["no sangre " * 100_000, "a" * 1_000_000, "🩹" * 250_000, "@ " + "a" * 1_000_000, "no " * 333_000]
)
def test_a_megabyte_takes_linear_time(hostile: str) -> None:
    started = time.perf_counter()
    read(hostile)
    assert time.perf_counter() - started < 15


def test_a_message_takes_a_fraction_of_a_millisecond() -> None:
    messages = sentences("not_dangers")
    for message in messages:
        read(message)
    best = min(_time(messages) for _ in range(3)) / len(messages)
    print(f"{best * 1000:.3f} ms a message")
    assert best < 0.002, "a loaded machine is slower; idle it is below 0.3 ms"


def _time(messages: list[str]) -> float:
    started = time.perf_counter()
    for message in messages:
        read(message)
    return time.perf_counter() - started


@settings(deadline=None, max_examples=300)
@given(st.text(st.characters(), max_size=300))
def test_never_raises(text: str) -> None:
    found = read_all(text)
    assert all(isinstance(reading, Reading) for reading in found)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(OWN_WORDS), max_size=40))
def test_never_raises_on_its_own_words(words: list[str]) -> None:
    read_all(" ".join(words))


@pytest.mark.parametrize(
    ("said", "alarm"),
    [
        ("calle lerdo 3, esta tirando agua a chorros", False),
        ("se han caido dos de la moto, tiene semanas", False),
        ("estoy embarazada y estoy tirando agua", True),
        ("me sale mucha sangre", True),
    ],
)
def test_what_leaks_where_a_place_or_a_description_was_asked_is_a_pipe(said: str, alarm: bool) -> None:
    reading = read(said, describes=True)
    assert (reading is not None and reading.danger) == alarm
