"""Every conversation of every pack's `tests.yml`, through the real road: webhook, PostgreSQL, bot, delivery."""

from __future__ import annotations

import pytest

from backend.pack_tests import Miss
from backend.settings import Settings
from bot.packs.load import load_packs
from bot.packs.model import Conversation
from tests.fixtures_road import Town

PACKS = load_packs(Settings(_env_file=None).content_dir, None)
CONVERSATIONS = [(pack.id, talk) for pack in PACKS for talk in pack.conversations]


@pytest.mark.parametrize(("pack", "talk"), CONVERSATIONS, ids=[f"{pack}: {talk.title}" for pack, talk in CONVERSATIONS])
async def test_the_bot_holds_it(town: Town, pack: str, talk: Conversation) -> None:
    phone = town.simulator.phone(talk.channel)
    for number, turn in enumerate(talk.turns, 1):
        replies = "\n".join(await town.say(phone, turn.citizen))
        rest = _plain(replies)
        for fragment in turn.bot:
            _, found, rest = rest.partition(_plain(fragment))
            assert found, Miss(pack, f"{talk.title}.{number}", turn.citizen, fragment, replies)
        for fragment in turn.not_bot:
            assert _plain(fragment) not in _plain(replies), Miss(pack, talk.title, turn.citizen, f"no {fragment}", replies)


def _plain(text: str) -> str:
    """As an SMS carries it: the letters that GSM-7 lacks without their accents."""
    return text.translate(str.maketrans("áíóúÁÍÓÚ", "aiouAIOU"))
