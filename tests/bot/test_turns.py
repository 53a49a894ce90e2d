"""Turns in and out: nothing kept, nothing swallowed, nothing made up."""

from __future__ import annotations

import asyncio
import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.answer import TITLE_LENGTH, answer
from actions.content import installed_content
from actions.guesses import PLAUSIBLE, SOMETHING_ELSE
from actions.heard import Heard
from bot.engine.state import BadState, State, unpack
from bot.nlu import OUT_OF_SCOPE
from bot.nlu.urgency import ALWAYS
from tests.fixtures_bot import Bot, Registry, say, talk, words

CURP = "BADD110313HCMLNS06"


def inside(state: str) -> dict[str, Any]:
    return json.loads(zlib.decompress(base64.b64decode(state)))


def test_a_failed_turn_does_not_fail_its_neighbours(bot: Bot) -> None:
    good = {"turn_id": "a", "conversation": "c", "channel": "messenger", "text": "hola", "version": 7}
    bad = [{**good, "state": "broken"}, {**good, "text": 3}, "not a turn", {"turn_id": "x"}, None]
    answers = asyncio.run(bot.turns.run([good, *bad, good]))
    assert [answer["ok"] for answer in answers] == [True, False, False, False, False, False, True]
    assert answers[0]["version"] == 7
    assert all(answer["error"] for answer in answers[1:-1])


def test_the_same_turn_gives_the_same_answer(bot: Bot) -> None:
    turn = {"turn_id": "a", "conversation": "c", "channel": "messenger", "text": "cuanto cuesta el acta de nacimiento"}
    first, second = asyncio.run(bot.turns.run([turn, turn]))
    assert first == second


def test_many_turns_at_once_are_answered_as_one_by_one(bot: Bot, registry: Registry) -> None:
    texts = ["cuanto kuesta el akta de mi ijo", "me sale mucha sangre", "", "asdf qwer", "quiero reportar un bache"]
    turns = [
        {"turn_id": f"t{number}", "conversation": f"c{number}", "channel": "sms", "text": text}
        for number, text in enumerate(texts)
    ]

    async def run() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        async with registry.open():
            return await bot.turns.run(turns), [(await bot.turns.run([turn]))[0] for turn in turns]

    together, alone = asyncio.run(run())
    assert [(answer["replies"], answer["evidence"]["intent"]) for answer in together] == [
        (answer["replies"], answer["evidence"]["intent"]) for answer in alone
    ]


def test_a_text_that_breaks_the_reading_breaks_no_other(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(messages: list[object]) -> list[object]:
        raise ValueError("mi secreto")

    monkeypatch.setattr(bot.turns._processor, "ahead", broken)
    turn = {"turn_id": "a", "conversation": "c", "channel": "messenger", "text": "hola"}
    assert all(answer["ok"] for answer in asyncio.run(bot.turns.run([turn, turn])))
    assert "one by one" in caplog.text and "secreto" not in caplog.text


def test_a_backend_that_is_away_fails_the_turn_and_makes_no_folio(bot: Bot, registry: Registry) -> None:
    texts = ["quiero reportar un bache", "calle Juarez 12", "es muy hondo", "no"]

    async def run() -> tuple[dict[str, Any], dict[str, Any]]:
        async with registry.open():
            last = None
            for number, text in enumerate(texts[:-1]):
                last = await say(bot, text, last, number)
            registry.away = True
            failed = await say(bot, "no", last, 3)
            registry.away = False
            return failed, await say(bot, "no", last, 3)

    failed, again = asyncio.run(run())
    assert not failed["ok"] and "BackendAway" in failed["error"] and "replies" not in failed
    assert again["ok"] and "EJ-7K3M-Q2P" in words(again)


def test_a_turn_asked_twice_makes_one_record(bot: Bot, registry: Registry) -> None:
    texts = ["quiero reportar un bache", "calle Juarez 12", "es muy hondo"]

    async def run() -> list[dict[str, Any]]:
        async with registry.open():
            last = None
            for number, text in enumerate(texts):
                last = await say(bot, text, last, number)
            return [await say(bot, "no", last, 3) for _ in range(2)]

    first, second = asyncio.run(run())
    assert first["replies"] == second["replies"]
    assert list(registry.made) == ["turn-3:1"]


def test_the_state_does_not_grow_with_the_conversation(bot: Bot, registry: Registry) -> None:
    answers = talk(bot, ["cuanto cuesta el acta de nacimiento", "a que hora abren"] * 10, registry)
    assert len(answers[-1]["state"]) < 1.2 * len(answers[1]["state"])


def test_personal_data_leave_the_state_with_the_form(bot: Bot, registry: Registry) -> None:
    answers = talk(bot, ["quiero una copia de mi acta de nacimiento", CURP, "ana@correo.com", "cancelar"], registry)
    assert CURP in json.dumps(inside(answers[1]["state"]))
    assert CURP not in json.dumps(inside(answers[3]["state"]))


def test_a_form_that_lapsed_is_ended_and_said_so(bot: Bot) -> None:
    async def run() -> dict[str, Any]:
        first = await say(bot, "quiero una copia de mi acta de nacimiento", None)
        context = {"jurisdiction": "ejemplo", "locale_date": "2026-11-25", "form_expired": True}
        return await say(
            bot, {"text": "cuanto cuesta el acta de matrimonio", "expect": None, "context": context}, first, 1
        )

    answer = asyncio.run(run())
    assert answer["replies"][0]["ref"]["say"] == "comun/formulario_vencido"
    assert answer["replies"][1]["ref"]["about"] == "acta_matrimonio"
    assert inside(answer["state"])["form"] is None and answer["expect"] is None


@pytest.mark.parametrize(
    "choice", ["ir:nadie.nada", "ir:tramites.costo:tramite=nada", "/restart", "ir:", "1; DROP TABLE"]
)
def test_a_payload_that_was_not_offered_is_no_choice(bot: Bot, choice: str) -> None:
    answer = asyncio.run(say(bot, {"text": "hola", "choice": choice}, None))
    assert answer["evidence"]["intent"] == "comun.saludo"


def test_a_payload_of_ours_is_honoured(bot: Bot) -> None:
    answer = asyncio.run(say(bot, {"text": "Actas", "choice": "ir:tramites.costo:tramite=curp"}, None))
    assert answer["replies"][0]["ref"] == {"fact": "tramites.costo", "about": "curp", "about_entity": "tramite"}


# courtesies, the menu itself, and what nobody should be asked by mistake
DELICATE = {
    "comun.saludo", "comun.despedida", "comun.agradecimiento", "comun.ayuda", "salud_materna.parto_en_curso",
    "salud_materna.apoyo_emocional", "salud_materna.violencia", "salud_materna.informar_perdida",
}  # fmt: skip
GUESSES = (("tramites.costo", 0.3), ("tramites.donde", 0.1))


@pytest.mark.parametrize(
    ("ranking", "entities", "offered"),
    [
        (GUESSES, {}, ["ir:tramites.costo", "ir:tramites.donde", "ir:comun.ayuda"]),
        (
            ((OUT_OF_SCOPE, 0.5), *GUESSES),
            {"tramite": "curp", "servicio": "agua", "semanas_embarazo": [8, 9]},
            ["ir:tramites.costo:tramite=curp", "ir:tramites.donde:tramite=curp", "ir:comun.ayuda"],
        ),
        (
            (("municipio.reportar", 0.3), ("municipio.horario_basura", 0.2)),
            {"tipo_reporte": "bache"},
            ["ir:municipio.reportar:tipo_reporte=bache", "ir:municipio.horario_basura", "ir:comun.ayuda"],
        ),
        ((("tramites.costo", PLAUSIBLE - 0.01), ("tramites.donde", 0.1)), {}, []),
        ((("tramites.costo", 0.3), ("comun.negar", 0.2)), {}, []),
        ((("salud_materna.alarma_bebe", 0.3), ("tramites.donde", 0.2)), {}, []),
        (((OUT_OF_SCOPE, 0.6), ("tramites.costo", 0.3)), {}, []),
        ((), {}, []),
    ],
)
def test_two_plausible_guesses_are_offered(
    ranking: tuple[tuple[str, float], ...], entities: dict[str, Any], offered: list[str]
) -> None:
    heard = Heard("x", OUT_OF_SCOPE, ranking=ranking, entities=entities, jurisdiction="ejemplo")
    outcome = answer(installed_content(), heard, {})
    assert [option.value for option in outcome.replies[0].options] == offered
    assert outcome.slots == {"misunderstandings": 1}


@pytest.mark.parametrize(
    ("intent", "second", "said"),
    [
        ("tramites.costo", "tramites.donde", "comun/quisiste_decir"),
        ("tramites.costo", "comun.negar", None),  # nobody is asked whether a no was meant: the best guess is answered
        ("comun.hablar_con_persona", "tramites.donde", "comun/te_comunico"),
        ("comun.baja", "comun.alta_de_nuevo", "comun/quisiste_decir"),  # nobody is signed off on a guess
        ("salud_materna.violencia", "tramites.donde", "salud_materna/violencia"),
        ("salud_materna.clinica", "tramites.donde", None),
    ],
)
def test_a_guess_is_asked_about_but_for_what_cannot_wait(intent: str, second: str, said: str | None) -> None:
    ranking = ((intent, 0.3), (OUT_OF_SCOPE, 0.25), (second, 0.2))
    heard = Heard("x", intent, 0.3, {"tramite": "curp"}, ranking=ranking, jurisdiction="ejemplo", unsure=True)
    outcome = answer(installed_content(), heard, {})
    ((reply, *_),) = (outcome.replies,)
    assert (reply.ref or {}).get("say") == said
    assert (reply.decision in ("misunderstood", "ask_what")) is (said == "comun/quisiste_decir")


@pytest.mark.parametrize(
    ("intent", "confidence", "said"),
    [
        ("salud_materna.informar_nacimiento", 0.82, "comun/tras_alarma"),
        ("comun.negar", 1.0, "comun/tras_alarma"),
        ("salud_materna.informar_nacimiento", 0.97, "salud_materna/nacimiento"),
        ("salud_materna.violencia", 0.4, "salud_materna/violencia"),
    ],
)
def test_after_a_danger_nothing_is_answered_on_a_guess(intent: str, confidence: float, said: str) -> None:
    heard = Heard("ya se fue", intent, confidence, jurisdiction="ejemplo", alarm=True)
    assert [reply.ref and reply.ref["say"] for reply in answer(installed_content(), heard, {}).replies] == [said]


def test_every_intent_has_a_short_title_or_is_never_offered() -> None:
    content = installed_content()
    titles, intents = content.intent_titles, content.catalogue.intents
    never = {key for key, intent in intents.items() if intent.context} | ALWAYS | {OUT_OF_SCOPE} | DELICATE
    assert titles.keys() == intents.keys() - never
    named = [*titles.values(), SOMETHING_ELSE.title]
    assert len(set(named)) == len(named) and max(map(len, named)) <= TITLE_LENGTH


def test_a_guess_picked_by_button_fills_the_form(bot: Bot) -> None:
    first = asyncio.run(say(bot, {"text": "que abogado me recomiendan pa divorciarme", "channel": "messenger"}, None))
    assert len(first["replies"][0]["options"]) == 3
    choice = {"text": "Reportar problema", "channel": "messenger", "choice": "ir:municipio.reportar:tipo_reporte=bache"}
    picked = asyncio.run(say(bot, choice, first, 1))
    assert picked["expect"]["type"] == "place"
    slots = inside(picked["state"])["slots"]
    assert slots["municipio__reporte__tipo_reporte"] == "bache" and not slots.get("misunderstandings")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=300))
def test_any_text_is_answered(bot: Bot, text: str) -> None:
    async def run() -> list[dict[str, Any]]:
        first = await say(bot, "quiero reportar un bache", None)
        return [await say(bot, text, None), await say(bot, text, first, 1)]

    assert all(answer["ok"] and answer["replies"] for answer in asyncio.run(run()))


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "🤰🏽🤰🏽", "\u202eاكتب\u202c", "a" * 1_000_000, "ñ" * 5000, "hola " * 200_000, "¿?¡!..."]
)
def test_strange_texts_are_answered_in_time(bot: Bot, text: str) -> None:
    answer = asyncio.run(asyncio.wait_for(say(bot, text, None), 5))
    assert answer["ok"] and answer["replies"]


def test_state_packs_and_unpacks() -> None:
    state = State({"tramite": "curp", "nombre": "Ñoño 🤰"}, "form_x_y")
    assert unpack(state.pack()) == state
    assert unpack(None) == State()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "eA==",
        base64.b64encode(zlib.compress(b"[]")).decode(),
        base64.b64encode(zlib.compress(b'{"v":0}')).decode(),
    ],
)
def test_a_damaged_state_is_an_error(text: str) -> None:
    with pytest.raises(BadState):
        unpack(text)


def test_a_state_that_inflates_without_end_is_an_error() -> None:
    bomb = base64.b64encode(zlib.compress(b'{"v":1,"slots":{}}' + b" " * 50_000_000)).decode()
    assert len(bomb) < 200_000
    with pytest.raises(BadState):
        unpack(bomb)


def test_no_word_of_a_citizen_is_logged(bot: Bot, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    asyncio.run(say(bot, {"text": "mi secreto xyzzy", "state": "broken"}, None))
    asyncio.run(say(bot, "mi secreto xyzzy", None))
    printed = capfd.readouterr()
    assert "xyzzy" not in caplog.text + printed.out + printed.err


def test_a_model_is_never_chosen_by_chance(tmp_path: Path) -> None:
    from bot.engine.bot import CannotServe

    (tmp_path / "other.tar.gz").write_bytes(b"not a model")
    for missing in (tmp_path, tmp_path / "missing.tar.gz", tmp_path / "other.tar.gz"):
        with pytest.raises(CannotServe):
            Bot.load(missing)
