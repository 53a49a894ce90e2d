"""Whose matter a conversation is: what was said last of a service decides, and small talk changes nothing."""

from __future__ import annotations

from sqlalchemy import text

from tests.fixtures_road import Town

DAY = (
    ("hola", None),  # nobody's yet: the reception looks after it
    ("cuanto cuesta el acta de nacimiento", "registro-civil"),
    ("gracias", "registro-civil"),
    ("hay un bache", "servicios-publicos"),
    ("calle Hidalgo 120 colonia Centro", "servicios-publicos"),
    ("cancelar", "servicios-publicos"),
    ("quiero hablar con una persona", "atencion-ciudadana"),
)


async def test_a_conversation_goes_to_the_department_it_is_about(town: Town) -> None:
    phone = town.simulator.phone()
    for words, department in DAY:
        assert await town.say(phone, words)
        assert await town.one("SELECT department FROM conversations") == department, words


async def test_a_danger_finds_its_department_even_without_the_bot(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("me sale mucha sangre")
    assert await quiet_town.one("SELECT department FROM conversations") == "salud"


async def test_a_danger_takes_nobodys_conversation_away(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("hola")
    async with quiet_town.sessions.begin() as session:
        await session.execute(text("UPDATE conversations SET department = 'registro-civil'"))
    await phone.send("me sale mucha sangre")
    assert await quiet_town.one("SELECT department FROM conversations") == "registro-civil"
