"""E-mail to staff: written in the transaction of what it tells, sent by SMTP afterwards, tried until it is gone."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.models import StaffMail
from backend.clock import now
from backend.crypto import Vault
from backend.db import Sessions
from backend.settings import SmtpSettings

log = structlog.get_logger()
LEASE = timedelta(minutes=2)  # a process that died while sending is followed by another after that
TIMEOUT = 20.0  # seconds
TRIES = 10
BATCH = 20


@dataclass(frozen=True)
class Mailer:
    """Sends one message; blocking, for a thread. Raises OSError or smtplib.SMTPException."""

    settings: SmtpSettings

    def send(self, message: EmailMessage) -> None:
        wanted = self.settings
        kind: Callable[..., smtplib.SMTP] = smtplib.SMTP_SSL if wanted.security == "tls" else smtplib.SMTP
        secure = {"context": ssl.create_default_context()} if wanted.security == "tls" else {}
        with kind(wanted.host, wanted.port, timeout=TIMEOUT, **secure) as server:
            if wanted.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if wanted.username:
                server.login(wanted.username, wanted.password.get_secret_value())
            server.send_message(message)


async def queue_mail(session: AsyncSession, vault: Vault, key: str, to: str, subject: str, body: str) -> None:
    """Write an e-mail, once for each key. The subject names no person: it is not encrypted."""
    row = {
        "key": key, "sealed_to": vault.seal(to), "subject": subject, "sealed_body": vault.seal(body),
        "created_at": now(), "next_attempt_at": now(),
    }  # fmt: skip
    await session.execute(insert(StaffMail).on_conflict_do_nothing(index_elements=["key"]), [row])


async def send_mails(sessions: Sessions, vault: Vault, mailer: Mailer) -> int:
    """One batch: claim, commit, send, commit; answers how many were claimed.

    An e-mail whose sender died before saying that it was sent goes again, under the same Message-ID."""
    async with sessions.begin() as session:
        mails = await _claim(session, now())
    if not mails:
        return 0
    errors = await asyncio.gather(*(_send(mailer, _message(vault, mailer.settings, mail)) for mail in mails))
    async with sessions.begin() as session:
        for mail, error in zip(mails, errors, strict=True):
            await _settle(session, mail, error)
    return len(mails)


async def _claim(session: AsyncSession, moment: datetime) -> list[StaffMail]:
    due = (
        select(StaffMail.id)
        .where(StaffMail.next_attempt_at <= moment)
        .order_by(StaffMail.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    claimed = await session.scalars(
        update(StaffMail)
        .where(StaffMail.id.in_(due.scalar_subquery()))
        .values(next_attempt_at=moment + LEASE, attempts=StaffMail.attempts + 1)
        .returning(StaffMail)
    )
    return list(claimed)


def _message(vault: Vault, settings: SmtpSettings, mail: StaffMail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = settings.from_address, vault.open(mail.sealed_to)
    message["Subject"], message["Date"] = mail.subject, mail.created_at
    message["Message-ID"] = f"<{mail.key.replace(':', '.')}@{settings.from_address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(vault.open(mail.sealed_body))
    return message


async def _send(mailer: Mailer, message: EmailMessage) -> str | None:
    """What went wrong, or None."""
    try:
        await asyncio.to_thread(mailer.send, message)
    except Exception as error:  # one that cannot be sent must not hold up the others
        return f"{type(error).__name__}: {error}"[:300]
    return None


async def _settle(session: AsyncSession, mail: StaffMail, error: str | None) -> None:
    again = error is not None and mail.attempts < TRIES
    if error is not None:
        log.warning("e-mail not sent", mail=mail.id, attempts=mail.attempts, error=error)
    await session.execute(
        update(StaffMail)
        .where(StaffMail.id == mail.id)
        .values(
            sent_at=None if error else now(),
            error=error,
            next_attempt_at=now() + timedelta(seconds=min(2**mail.attempts, 300)) if again else None,
        )
    )
