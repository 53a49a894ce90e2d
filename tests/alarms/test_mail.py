"""E-mail to staff over a real SMTP server: what arrives, and what happens when the server does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler

from backend.alarms.mail import Mailer, send_mails
from backend.settings import SmtpSettings
from tests.alarms.conftest import Ward
from tests.fixtures_road import free_port
from tests.road.killing import Killed


class Post(MessageHandler):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.received.append(message)


@pytest.fixture
def post() -> Iterator[tuple[Post, Mailer]]:
    office = Post()
    port = free_port()
    server = Controller(office, hostname="127.0.0.1", port=port)
    server.start()
    settings = SmtpSettings(host="127.0.0.1", port=port, security="none", from_address="mesa@municipio.example")
    yield office, Mailer(settings)
    server.stop()


async def test_whoever_is_on_duty_gets_an_e_mail_once(ward: Ward, post: tuple[Post, Mailer]) -> None:
    office, mailer = post
    await ward.alarm()
    assert await send_mails(ward.town.sessions, ward.desk.vault, mailer) == 1
    assert await send_mails(ward.town.sessions, ward.desk.vault, mailer) == 0
    (mail,) = office.received
    subject = str(make_header(decode_header(mail["Subject"])))
    assert (mail["To"], subject) == ("enfermeria@municipio.example", "ALARMA de Embarazo y bebé")
    assert mail["Message-ID"] == "<alarma.1.guardia.1@municipio.example>"
    words = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]  # a plain mail has bytes
    assert "Señal: sangrado." in words and "/conversaciones/1" in words and "mucha sangre" not in words


async def test_a_server_that_is_away_is_tried_again(ward: Ward, post: tuple[Post, Mailer]) -> None:
    office, mailer = post
    away = Mailer(mailer.settings.model_copy(update={"port": 1}))
    await ward.alarm()
    assert await send_mails(ward.town.sessions, ward.desk.vault, away) == 1
    assert await ward.town.one("SELECT error FROM staff_mails") is not None
    ward.later(seconds=3)
    assert await send_mails(ward.town.sessions, ward.desk.vault, mailer) == 1
    assert len(office.received) == 1
    assert await ward.town.rows("SELECT attempts, error, sent_at IS NOT NULL FROM staff_mails") == [(2, None, True)]


async def test_who_died_while_sending_is_followed_by_another(ward: Ward, post: tuple[Post, Mailer]) -> None:
    """The first claims and dies; after its lease the e-mail goes, under the same Message-ID."""
    office, mailer = post
    await ward.alarm()

    class Dying(Mailer):
        def send(self, message: object) -> None:
            raise Killed

    with pytest.raises(Killed):
        await send_mails(ward.town.sessions, ward.desk.vault, Dying(mailer.settings))
    assert await send_mails(ward.town.sessions, ward.desk.vault, mailer) == 0
    ward.later(minutes=2)
    assert await send_mails(ward.town.sessions, ward.desk.vault, mailer) == 1
    assert len(office.received) == 1
