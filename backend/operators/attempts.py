"""Failed sign-ins: a few are free, then each makes the next wait twice as long, by account and by address."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from redis.asyncio import Redis

from backend.clock import now

FORGET_SECONDS = 60 * 60
LONGEST_WAIT = 15 * 60


@dataclass(frozen=True)
class Limit:
    """`free` failures cost nothing; the next waits `first` seconds, and each one after it twice as long."""

    free: int
    first: int

    def wait(self, failures: int) -> int:
        """Seconds until the next attempt after so many failures."""
        if failures < self.free:
            return 0
        doubled: int = self.first * 2 ** min(failures - self.free, 12)
        return min(doubled, LONGEST_WAIT)


ACCOUNT = Limit(free=5, first=15)
ADDRESS = Limit(free=20, first=15)  # an office shares one


class TooManyAttempts(Exception):
    """Wait `seconds` before the next attempt."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"espera {seconds} segundos")
        self.seconds = seconds


@dataclass(frozen=True)
class Attempts:
    """Counts in Redis. An attempt counts before the password is looked at, so many at once gain nothing."""

    redis: Redis

    async def begin(self, email: str, address: str) -> None:
        """Count an attempt; raises TooManyAttempts while one has to wait."""
        keys = _keys(email, address)
        wait = max([await self._left(key) for key, _ in keys])
        if wait > 0:
            raise TooManyAttempts(wait)
        for key, limit in keys:
            failures = int(await self.redis.incr(key))
            await self.redis.expire(key, FORGET_SECONDS)
            pause = limit.wait(failures)
            if pause and not await self._claim(key, pause):
                await self.redis.decr(key)  # somebody else was let through at this very moment
                raise TooManyAttempts(max(1, await self._left(key)))

    async def succeeded(self, email: str, address: str) -> None:
        """The password was right: the account starts anew, the address loses the one attempt."""
        (account, _), (shared, _) = _keys(email, address)
        await self.redis.delete(account, f"{account}:until")
        if int(await self.redis.decr(shared)) <= 0:
            await self.redis.delete(shared)
        await self.redis.delete(f"{shared}:until")

    async def _claim(self, key: str, pause: int) -> bool:
        return bool(await self.redis.set(f"{key}:until", now().timestamp() + pause, ex=pause, nx=True))

    async def _left(self, key: str) -> int:
        until = await self.redis.get(f"{key}:until")
        if until is None:
            return 0
        left = float(until) - now().timestamp()
        if left <= 0:
            await self.redis.delete(f"{key}:until")
        return max(0, int(left + 0.999))


def _keys(email: str, address: str) -> tuple[tuple[str, Limit], tuple[str, Limit]]:
    account = sha256(email.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return (f"ventanilla:attempts:account:{account}", ACCOUNT), (f"ventanilla:attempts:address:{address}", ADDRESS)
