"""The trained bot and a stand-in for the backend, for the tests of this folder."""

from tests.fixtures_bot import bot, registry

__all__ = ["bot", "registry"]
