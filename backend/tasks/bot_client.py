"""Asks the bots: many turns at once, the least busy bot first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson


class BotAway(Exception):
    """No bot answered: the turns were not looked at, or nobody knows; they are asked again."""


@dataclass
class _Bot:
    url: str
    asked: int = 0


class BotClient:
    """Speaks to the private service at one or several addresses."""

    def __init__(self, urls: Sequence[str], token: str, http: httpx.AsyncClient, timeout: float = 20.0) -> None:
        self._bots = [_Bot(url) for url in urls]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._http = http
        self._timeout = timeout

    @property
    def replicas(self) -> int:
        return len(self._bots)

    async def turns(self, turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """One result per turn, in order. Raises BotAway."""
        answer = await self._ask("/turns", {"turns": list(turns)})
        results = answer.get("turns")
        if not isinstance(results, list) or len(results) != len(turns):
            raise BotAway("el bot contestó otra cosa que un resultado por turno")
        return results

    async def parse(self, texts: Sequence[str], context: bool = True) -> list[dict[str, Any]]:
        """What each text means. Raises BotAway."""
        answer: Any = await self._ask("/parse", {"texts": list(texts), "context": context})
        return list(answer)

    async def _ask(self, path: str, body: dict[str, Any]) -> Any:
        failure: Exception | None = None
        for bot in sorted(self._bots, key=lambda one: one.asked):
            bot.asked += 1
            try:
                response = await self._http.post(
                    bot.url + path, content=orjson.dumps(body), headers=self._headers, timeout=self._timeout
                )
                if not response.is_success:
                    raise BotAway(f"HTTP {response.status_code}")
                return orjson.loads(response.content)
            except httpx.ConnectError as error:  # not even reached: another one may
                failure = error
            except (httpx.HTTPError, ValueError) as error:
                raise BotAway(f"{type(error).__name__}: {error}") from error
            finally:
                bot.asked -= 1
        raise BotAway(str(failure) if failure else "no hay ningún bot configurado")
