"""Payloads that other projects collected: nothing in them is lost, nothing in them breaks a channel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.base import WebhookRequest
from channels.messenger import Messenger
from channels.twilio_sms import TwilioSms
from tests.channels.harness import ORACLES, plain, sign_messenger, sign_twilio

SECRET = {"app_secret": "s", "auth_token": "t"}
URL = "https://ventanilla.example/webhooks/x"
BOTTENDER = json.loads((ORACLES / "bottender" / "messenger_events.json").read_text(encoding="utf-8"))
REQUESTS = json.loads((ORACLES / "bottender" / "messenger_requests.json").read_text(encoding="utf-8"))
MICROSOFT = ORACLES / "botbuilder-dotnet"
# what each event of Bottender is to us; everything else in the file is ignored and named
MEANING: dict[str, dict[str, Any]] = {
    "textMessage": {"kind": "text", "text": "Sharp tools make good work."},
    "textMessageFromCustomerChatPlugin": {"kind": "text", "text": "Sharp tools make good work."},
    "imageMessage": {"kind": "media"},
    "audioMessage": {"kind": "media"},
    "videoMessage": {"kind": "media"},
    "fileMessage": {"kind": "media"},
    "fallbackMessage": {"kind": "media"},
    "locationMessage": {"kind": "location", "location": [0.0, 0.0]},
    "likeStickerMessage": {"kind": "text", "text": "👍"},
    "largeLikeStickerMessage": {"kind": "text", "text": "👍"},
    "hugeLikeStickerMessage": {"kind": "text", "text": "👍"},
    "quickReplyMessage": {"kind": "choice", "text": "Red", "choice": "DEVELOPER_DEFINED_PAYLOAD_FOR_PICKING_RED"},
    "postback": {"kind": "choice", "choice": "USER_DEFINED_PAYLOAD"},
    "postbackReferral": {"kind": "choice", "text": "Get Started", "choice": "aaaa"},
    "linkReferral": {"kind": "choice", "choice": "aaaa"},
    "customerChatPluginReferral": {"kind": "choice", "choice": "bbbb"},
}


def request(body: bytes) -> WebhookRequest:
    return WebhookRequest("POST", URL, sign_messenger(SECRET, URL, body, {}), {}, body)


def read(body: bytes, app_id: str = "") -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[str]]:
    channel = Messenger(app_secret="s", app_id=app_id)
    channel.verify(request(body))
    return (
        [plain(one) for one in channel.receive(request(body))],
        [plain(one) for one in channel.status(request(body))],
        channel.ignored(request(body)),
    )


@pytest.mark.parametrize("name", BOTTENDER)
def test_bottender_event(name: str) -> None:
    body = {"object": "page", "entry": [{"id": "1", "time": 1, "messaging": [BOTTENDER[name]]}]}
    messages, updates, ignored = read(json.dumps(body).encode())
    if name in MEANING:
        assert len(messages) == 1
        assert MEANING[name].items() <= messages[0].items()
        assert not ignored
    else:
        assert (messages, updates) == ([], [])
        assert len(ignored) == 1
        assert ignored[0] in {key.replace(" ", "_") for key in BOTTENDER[name]}


def test_bottender_batch_loses_nothing() -> None:
    messages, _, _ = read(json.dumps(REQUESTS["batchRequest"]).encode())
    assert [one["text"] for one in messages] == ["test 1", "test 2"]
    assert [one["line"] for one in messages] == ["1895382890692545", "189538289069256"]


def test_bottender_echo_is_ours_or_a_persons() -> None:
    body = json.dumps(REQUESTS["echoRequest"]).encode()
    assert read(body, app_id="1821152484774199")[0] == []
    messages, _, _ = read(body, app_id="1")
    assert [(one["kind"], one["sender"]) for one in messages] == [("echo", "1244813222196986")]


def test_bottender_other_requests() -> None:
    assert [one["text"] for one in read(json.dumps(REQUESTS["request"]).encode())[0]] == ["text"]
    assert read(json.dumps(REQUESTS["standbyRequest"]).encode()) == ([], [], ["standby.empty"])
    assert read(json.dumps(REQUESTS["webhookTestRequest"]["body"]).encode()) == ([], [], ["changes.messages"])


@pytest.mark.parametrize(
    ("file", "texts", "ignored"),
    [
        ("Payload.json", ["text"], []),
        ("PayloadWithStandby.json", ["text"], ["standby.empty", "standby.empty"]),
        ("PayloadWithReferral.json", [""], []),
        ("PayloadWithPassThreadControl.json", [], ["pass_thread_control"]),
        ("PayloadWithTakeThreadControl.json", [], ["take_thread_control"]),
        ("PayloadWithRequestThreadControl.json", [], ["request_thread_control"]),
        ("RequestResponse.json", ["asd"], []),
    ],
)
def test_botbuilder_messenger(file: str, texts: list[str], ignored: list[str]) -> None:
    messages, _, names = read((MICROSOFT / "facebook" / file).read_bytes())
    assert [one.get("text", "") for one in messages] == texts
    assert sorted(names) == sorted(ignored)


def test_botbuilder_messages_without_ids() -> None:
    events = json.loads((MICROSOFT / "facebook" / "FacebookMessages.json").read_text(encoding="utf-8-sig"))
    body = json.dumps({"object": "page", "entry": [{"id": "1", "messaging": events}]}).encode()
    messages, _, ignored = read(body)
    assert [one["kind"] for one in messages] == ["choice", "text", "media"]
    assert len({one["provider_id"] for one in messages}) == 3
    assert all(one["provider_id"].startswith("made.") for one in messages)
    assert ignored == ["empty", "optin", "message"]


@pytest.mark.parametrize("path", sorted((MICROSOFT / "twilio").iterdir()), ids=lambda path: path.name)
def test_botbuilder_twilio(path: Path) -> None:
    body = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if path.suffix == ".json":
        body = urlencode(json.loads(body)).encode()
    channel = TwilioSms(auth_token="t")
    received = WebhookRequest("POST", URL, sign_twilio(SECRET, URL, body, {}), {}, body)
    channel.verify(received)
    [message] = channel.receive(received)
    assert (message.provider_id, message.sender, message.line) == ("3333", "+2222", "+1111")
    assert (message.kind, message.text) == ("text", "Hello")
    assert [one.url for one in message.attachments] == (["www.contoso.com"] if b"MediaUrl0" in body else [])
