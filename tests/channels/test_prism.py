"""Our requests against Twilio's published API description, served by Prism: a wrong field or value is answered 422."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.base import Choice, Outbound, Receipt, SendError
from channels.twilio_sms import TwilioSms
from tests.channels.harness import ORACLES

ROOT = Path(__file__).parents[2]
PRISM = ROOT / "node_modules" / ".bin" / "prism"
DESCRIPTION = ORACLES / "twilio-oai" / "messages_only_patched.json"
START_SECONDS = 60
MESSAGE = Outbound(
    "81", "+525500001234", "", "¿Está lista el acta? 😀", choices=(Choice("Sí", "si"), Choice("No", "no"))
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base address of a Prism of this description."""
    assert PRISM.exists(), "Prism is not installed: run `make setup`"
    port = _free_port()
    command = [str(PRISM), "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", str(DESCRIPTION)]
    log = tmp_path_factory.mktemp("prism") / "log"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as prism:
        try:
            _wait(prism, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            prism.terminate()
            prism.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(prism: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert prism.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"Prism did not start: {log.read_text()}")


def send(address: str, **settings: Any) -> Receipt:
    sms = TwilioSms(
        **{
            "account_sid": "AC" + "1" * 32,
            "auth_token": "t",
            "from_number": "+525500000001",
            "api_base_url": address,
            "public_base_url": "https://ventanilla.example",
            **settings,
        }
    )

    async def talk() -> Receipt:
        async with httpx.AsyncClient(timeout=20) as http:
            return await sms.send(MESSAGE, http)

    return asyncio.run(talk())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"charset": "ucs2"},
        {"charset": "ascii"},
        {"public_base_url": ""},
        {"messaging_service_sid": "MG" + "2" * 32},
        {"content_retention": "discard", "address_retention": "obfuscate"},
    ],
    ids=["number", "ucs2", "ascii", "no callback", "service", "privacy"],
)
def test_what_we_send_is_what_twilio_describes(address: str, settings: dict[str, Any]) -> None:
    assert send(address, **settings).provider_id.startswith(("SM", "MM"))


@pytest.mark.parametrize(
    "settings",
    [
        {"messaging_service_sid": "no-service"},
        {"content_retention": "perhaps"},
        {"public_base_url": "not an address"},
    ],
    ids=["service", "privacy", "callback"],
)
def test_what_twilio_does_not_describe_is_refused(address: str, settings: dict[str, Any]) -> None:
    with pytest.raises(SendError) as caught:
        send(address, **settings)
    assert caught.value.code == "422"
