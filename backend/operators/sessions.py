"""Who is signed in: sessions in Redis, found by a hash of the cookie, so that a copy of Redis opens nothing."""

from __future__ import annotations

import hmac
import json
import secrets
from dataclasses import dataclass
from hashlib import sha256

from redis.asyncio import Redis

from backend.clock import now

IDLE_SECONDS = 30 * 60
WHOLE_SECONDS = 10 * 60 * 60  # a shift
UNMASKED_SECONDS = 15 * 60


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `token` is the cookie; `csrf` must come back with whatever changes something."""

    token: str
    operator_id: int
    epoch: int
    csrf: str
    started_at: float


@dataclass(frozen=True)
class SessionStore:
    """Sessions that end after 30 minutes without use, or 10 hours after signing in."""

    redis: Redis

    async def start(self, operator_id: int, epoch: int) -> Session:
        """A new session with a new token; whatever cookie the browser had before is worth nothing here."""
        session = Session(secrets.token_urlsafe(32), operator_id, epoch, secrets.token_urlsafe(24), now().timestamp())
        kept = {
            "operator": operator_id,
            "epoch": epoch,
            "csrf": session.csrf,
            "started": session.started_at,
            "used": session.started_at,
        }
        await self.redis.set(_key(session.token), json.dumps(kept), ex=IDLE_SECONDS)
        return session

    async def find(self, token: str, *, used: bool = True) -> Session | None:
        """The session of a cookie. `used` False: what a page asks by itself does not keep the session alive."""
        raw = await self.redis.get(_key(token)) if token else None
        if raw is None:
            return None
        kept = json.loads(raw)
        moment = now().timestamp()
        if moment - kept["used"] > IDLE_SECONDS or moment - kept["started"] > WHOLE_SECONDS:
            await self.end(token)
            return None
        if used:
            # only where it still exists: signing out at this very moment wins
            await self.redis.set(_key(token), json.dumps({**kept, "used": moment}), ex=IDLE_SECONDS, xx=True)
        return Session(token, kept["operator"], kept["epoch"], kept["csrf"], kept["started"])

    async def end(self, token: str) -> None:
        """Sign out."""
        await self.redis.delete(_key(token))

    async def unmask(self, session: Session, conversation_id: int) -> None:
        """This session sees the original text of one conversation for a while."""
        await self.redis.set(_unmasked(session, conversation_id), 1, ex=UNMASKED_SECONDS)

    async def mask(self, session: Session, conversation_id: int) -> None:
        await self.redis.delete(_unmasked(session, conversation_id))

    async def is_unmasked(self, session: Session, conversation_id: int) -> bool:
        return bool(await self.redis.exists(_unmasked(session, conversation_id)))

    async def once(self, key: str, seconds: int) -> bool:
        """True the first time within `seconds`, False afterwards."""
        return bool(await self.redis.set(f"ventanilla:once:{key}", 1, ex=seconds, nx=True))

    async def forget_once(self, key: str) -> None:
        await self.redis.delete(f"ventanilla:once:{key}")


def same_secret(expected: str, given: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _key(token: str) -> str:
    return f"ventanilla:session:{sha256(token.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _unmasked(session: Session, conversation_id: int) -> str:
    return f"{_key(session.token)}:original:{conversation_id}"
