"""Flows on the real road: who has the floor, what the bot may answer meanwhile, and what ends a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.campaigns import life
from backend.campaigns.enrolment import SILENCE, pause
from backend.campaigns.scheduler import FlowStart
from backend.clock import clock, now
from backend.flows.runs import open_flows
from backend.simulator.phones import Phone
from tests.fixtures_road import Town


async def _begin(town: Town, phone: Phone, flow: str, key: str = "k1") -> list[str]:
    """Somebody who has written before is asked something."""
    await town.say(phone, "hola")
    (contact, conversation) = (await town.rows("SELECT contact_id, id FROM conversations"))[0]
    async with town.sessions.begin() as session:
        await open_flows(town.desk).start(session, [FlowStart(flow, int(contact), int(conversation), key)])  # type: ignore[call-overload]  # whole numbers
    return await _passes(town, phone)


async def _passes(town: Town, phone: Phone, **time: int) -> list[str]:
    """Time goes by, and what it brings is done."""
    start = _noon(max(datetime.now(UTC), now())) + timedelta(**time)
    with clock(lambda: start):
        await town.look_after()
        return await town.replies(phone)


def _noon(moment: datetime) -> datetime:
    """The next noon in Mexico, which is in nobody's quiet hours."""
    noon = moment.replace(hour=18, minute=0)
    return noon if noon > moment else noon + timedelta(days=1)


async def test_an_explicit_answer_goes_on_and_saves(town: Town) -> None:
    phone = town.simulator.phone()
    asked = await _begin(town, phone, "salud_materna/parto")
    assert "tu bebé? Contesta SI o NO" in asked[-1]
    assert "Por ejemplo: 3 de mayo" in (await town.say(phone, "siii"))[-1]
    assert "Felicidades" in (await town.say(phone, "ayer"))[-1]
    assert await town.one("SELECT count(*) FROM contact_dates WHERE field = 'fecha_nacimiento'") == 1
    assert await town.one("SELECT floor FROM conversations") == "flow"


async def test_the_question_by_which_she_tells_of_the_birth_goes_on(town: Town) -> None:
    """Her pregnancy's campaign is over by then, and whatever else it asks; not the exchange that she is in."""
    phone = town.simulator.phone()
    await town.say(phone, "hola")
    async with town.sessions.begin() as session:
        await life.joined(session, 1, 1, "salud_materna", "embarazo", now())
    await _begin(town, phone, "salud_materna/parto", key="1:salud_materna.embarazo::emb_parto:280")
    await town.say(phone, "sí")
    assert "¿Como estan?" in (await town.say(phone, "ayer"))[-1]
    assert await town.rows("SELECT campaign, status FROM enrolments ORDER BY campaign") == [
        ("salud_materna.bebe", "active"), ("salud_materna.embarazo", "ended"),
    ]  # fmt: skip
    assert await town.one("SELECT status FROM flow_runs") == "active"


async def test_whoever_is_still_there_after_half_a_year_goes_on(town: Town) -> None:
    phone = town.simulator.phone()
    await town.say(phone, "hola")
    async with town.sessions.begin() as session:
        await life.joined(session, 1, 1, "salud_materna", "embarazo", now())
        await pause(session, 1, SILENCE, now())
    assert "sigamos escribiendo" in (await _begin(town, phone, "salud_materna/reactivacion"))[-1]
    assert "Volvemos a escribirte" in (await town.say(phone, "sí, soy yo"))[-1]
    assert await town.rows("SELECT status, reason FROM enrolments") == [("active", None)]


async def test_a_question_that_the_bot_knows_is_answered_and_the_flows_asked_once_more(town: Town) -> None:
    phone = town.simulator.phone()
    await _begin(town, phone, "salud_materna/parto")
    fact, again = await town.say(phone, "cuanto cuesta el acta de nacimiento")
    assert "copia" in fact and "tu bebé? Contesta SI o NO" in again
    assert await town.one("SELECT status FROM flow_runs") == "active"


async def test_what_nobody_understands_gets_the_flows_own_words(town: Town) -> None:
    phone = town.simulator.phone()
    await _begin(town, phone, "salud_materna/parto")
    (words,) = await town.say(phone, "asdf qwer zxcv")
    assert "SI o NO" in words


async def test_danger_wins_and_the_question_stays_open(town: Town) -> None:
    phone = town.simulator.phone()
    await _begin(town, phone, "salud_materna/parto")
    assert "911" in (await town.say(phone, "me sale mucha sangre"))[0]
    assert await town.one("SELECT count(*) FROM alarms") == 1
    assert "Todo a su tiempo" in (await town.say(phone, "todavía no"))[-1]


async def test_a_sign_told_to_a_flow_rings_whoever_is_on_call(town: Town) -> None:
    phone = town.simulator.phone()
    await _begin(town, phone, "salud_materna/senales_embarazo")
    assert "Ve YA a urgencias" in (await town.say(phone, "si"))[-1]
    await _passes(town, phone)
    assert await town.rows("SELECT kind, sign FROM alarms") == [("danger", "salud_materna.senales_embarazo")]
    assert await town.rows("SELECT e.service, r.step FROM escalations e JOIN alarm_rings r USING (alarm_id)") == [
        ("salud_materna", 1)
    ]
    (note,) = await town.rows("SELECT sealed_text FROM staff_notes")
    assert town.desk.vault.open(str(note[0])).startswith("Contestó que sí a las señales de peligro del embarazo")


async def test_leaving_beats_every_flow(town: Town) -> None:
    phone = town.simulator.phone()
    await _begin(town, phone, "salud_materna/parto")
    await town.say(phone, "ya no quiero mensajes")
    await _passes(town, phone, days=6)
    assert await town.rows("SELECT status, outcome FROM flow_runs") == [("ended", "interrupted")]
    assert await town.one("SELECT floor FROM conversations") == "bot"


async def test_a_person_is_called_out_of_a_flow(town: Town) -> None:
    phone = town.simulator.phone()
    await _begin(town, phone, "salud_materna/parto")
    await town.say(phone, "quiero hablar con una persona")
    assert await town.one("SELECT floor FROM conversations") == "operator"
    assert await town.one("SELECT status FROM flow_runs") == "ended"


async def test_a_loss_holds_everything_and_asks_gently_once(town: Town) -> None:
    phone = town.simulator.phone()
    words = await town.say(phone, "perdi a mi bebe")
    assert "¿nos dices que perdiste a alguien?" in words[-1]
    assert "Lo sentimos mucho" in " ".join(await town.say(phone, "si"))
    assert await town.one("SELECT count(*) FROM staff_notes") == 1


async def test_a_flow_begins_once_and_waits_for_an_open_form(town: Town) -> None:
    phone = town.simulator.phone()
    await town.say(phone, "hay un bache")
    asked = await _begin_again(town, phone)
    assert asked == []
    assert await town.rows("SELECT status FROM flow_runs") == [("queued",)]


async def _begin_again(town: Town, phone: Phone) -> list[str]:
    (contact, conversation) = (await town.rows("SELECT contact_id, id FROM conversations"))[0]
    start = FlowStart("salud_materna/parto", int(contact), int(conversation), "k1")  # type: ignore[call-overload]  # whole numbers
    for _ in range(2):
        async with town.sessions.begin() as session:
            await open_flows(town.desk).start(session, [start])
    return await _passes(town, phone)
