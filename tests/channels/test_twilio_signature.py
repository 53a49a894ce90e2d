"""Twilio's own signature vectors, and what proxies do to addresses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from channels.base import BadSignature, WebhookRequest
from channels.twilio_sms import TwilioSms
from tests.channels.harness import ORACLES, sign_twilio

DOCUMENT = json.loads((ORACLES / "twilio-signature" / "vectors.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
TOKEN = DOCUMENT["auth_token"]
BODY = urlencode({"From": "+525500001234", "Body": " hola ", "FromCity": "", "MessageSid": "SM1"}).encode()


def of_vector(vector: dict[str, Any]) -> WebhookRequest:
    headers = {"x-twilio-signature": vector["signature"]}
    if "body" in vector:
        headers["content-type"] = "application/json"
        return WebhookRequest("POST", vector["url"], headers, {}, vector["body"].encode())
    params = VECTORS[0]["params"] if vector["params"] == "as basic" else vector["params"]
    return WebhookRequest("POST", vector["url"], headers, {}, urlencode([tuple(pair) for pair in params]).encode())


def signed(url: str, received_at: str, token: str = TOKEN) -> WebhookRequest:
    return WebhookRequest("POST", received_at, sign_twilio({"auth_token": token}, url, BODY, {}), {}, BODY)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_official_vector(vector: dict[str, Any]) -> None:
    TwilioSms(auth_token=TOKEN).verify(of_vector(vector))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_official_vector_with_another_token(vector: dict[str, Any]) -> None:
    with pytest.raises(BadSignature):
        TwilioSms(auth_token="54321").verify(of_vector(vector))


@pytest.mark.parametrize(
    ("public", "signed_for", "received_at"),
    [
        ("https://a.example", "https://a.example/webhooks/twilio_sms", "http://127.0.0.1:8000/webhooks/twilio_sms"),
        ("https://a.example/", "https://a.example/webhooks/twilio_sms", "http://10.0.0.3/webhooks/twilio_sms"),
        ("https://a.example", "https://a.example/w?id=7&x=", "http://a.example/w?id=7&x="),
        ("https://a.example/mesa", "https://a.example/mesa/w", "http://inside/w"),
        ("https://a.example/mesa", "https://a.example/mesa/w", "http://inside/mesa/w"),
        ("https://a.example", "https://a.example:443/w", "http://inside/w"),
        ("https://a.example:8443", "https://a.example:8443/w", "http://inside/w"),
        ("", "https://a.example/w", "https://a.example/w"),
    ],
)
def test_behind_a_proxy(public: str, signed_for: str, received_at: str) -> None:
    TwilioSms(auth_token=TOKEN, public_base_url=public).verify(signed(signed_for, received_at))


@pytest.mark.parametrize(
    "signed_for",
    [
        "http://a.example/w",
        "https://a.example/w/",
        "https://a.example/w?id=1",
        "https://b.example/w",
        "https://a.example/w#x",
    ],
)
def test_signed_for_another_address(signed_for: str) -> None:
    with pytest.raises(BadSignature):
        TwilioSms(auth_token=TOKEN, public_base_url="https://a.example").verify(signed(signed_for, "http://inside/w"))


@pytest.mark.parametrize(
    "lost",
    [BODY.replace(b"&FromCity=", b""), BODY.replace(b"+hola+", b"hola"), BODY + b"&Extra=1", BODY + b"&Body=otra", b""],
)
def test_every_field_counts(lost: bytes) -> None:
    request = signed("https://a.example/w", "https://a.example/w")
    with pytest.raises(BadSignature):
        TwilioSms(auth_token=TOKEN).verify(WebhookRequest("POST", request.url, request.headers, {}, lost))


def test_a_hash_that_the_sender_chooses_is_refused() -> None:
    request = signed("https://a.example/w", "https://a.example/w")
    headers = {**request.headers, "x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_MD5"}
    with pytest.raises(BadSignature):
        TwilioSms(auth_token=TOKEN).verify(WebhookRequest("POST", request.url, headers, {}, BODY))
