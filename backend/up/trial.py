"""A whole installation in a folder of its own, gone afterwards: to try packs and to talk in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine

from backend.settings import Settings
from backend.up.installation import Installation
from backend.up.talk import Talk

Say = Callable[[str, str], list[str]]  # (channel, text) -> the replies in words


@contextmanager
def trial_installation(settings: Settings) -> Iterator[tuple[Installation, Engine]]:
    """Everything running on example accounts, and a way into its database."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="ventanilla-"))
        apart = settings.model_copy(
            update={"data_dir": Path(folder), "database_url": "", "redis_url": "", "bot_url": "", "env": "development"}
        )
        installation = stack.enter_context(Installation(apart, port=0, fast=True))
        engine = create_engine(installation.env["VENTANILLA_DATABASE_URL"])
        stack.callback(engine.dispose)
        yield installation, engine


def citizen(base_url: str, engine: Engine) -> Say:
    """Somebody new; the channel of the first message says which phone they hold."""
    talk = Talk(base_url, engine)

    def say(channel: str, words: str) -> list[str]:
        talk.channel = channel
        return talk.say(words)

    return say
