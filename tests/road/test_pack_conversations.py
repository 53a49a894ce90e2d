"""Every conversation of every pack's `tests.yml`, through the real road: webhook, PostgreSQL, bot, delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from backend.embedded.postgres import EmbeddedPostgres
from backend.pack_tests import Miss
from backend.settings import Settings
from bot.packs.load import load_packs
from bot.packs.model import Conversation
from tests.fixtures_road import BotProcess, Town, open_town, town_settings

PACKS = load_packs(Settings(_env_file=None).content_dir, None)
pytestmark = pytest.mark.asyncio(loop_scope="module")
CONVERSATIONS = [(pack.id, talk) for pack in PACKS for talk in pack.conversations]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_town(
    embedded_postgres: EmbeddedPostgres,
    template_database: str,
    redis_url: str,
    bot_process: BotProcess,
    api_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Town]:
    """One desk for all conversations; each is held by somebody new."""
    folder: Path = tmp_path_factory.mktemp("conversaciones")
    url = embedded_postgres.create_database("conversaciones", template_database)
    async with AsyncExitStack() as stack:
        yield await open_town(stack, town_settings(url, redis_url, folder, bot_process.url), api_port)


@pytest.mark.parametrize(("pack", "talk"), CONVERSATIONS, ids=[f"{pack}: {talk.title}" for pack, talk in CONVERSATIONS])
async def test_the_bot_holds_it(one_town: Town, pack: str, talk: Conversation) -> None:
    phone = one_town.simulator.phone(talk.channel)
    for number, turn in enumerate(talk.turns, 1):
        replies = "\n".join(await one_town.say(phone, turn.citizen))
        rest = _plain(replies)
        for fragment in turn.bot:
            _, found, rest = rest.partition(_plain(fragment))
            assert found, Miss(pack, f"{talk.title}.{number}", turn.citizen, fragment, replies)
        for fragment in turn.not_bot:
            said = Miss(pack, talk.title, turn.citizen, f"no {fragment}", replies)
            assert _plain(fragment) not in _plain(replies), said


def _plain(text: str) -> str:
    """As an SMS carries it: the letters that GSM-7 lacks without their accents."""
    return text.translate(str.maketrans("áíóúÁÍÓÚ", "aiouAIOU"))
