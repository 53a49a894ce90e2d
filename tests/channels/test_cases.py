"""Every channel file has cases, and every case means what its file says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import BadSignature, Unreadable, WebhookRequest
from tests.channels.harness import BASE_URL, SIGNERS, Case, build, cases, channel_names, document, plain

NAMES = channel_names()
ALL = [case for name in NAMES for case in cases(name)]
ACCEPTED = [case for case in ALL if "error" not in case.expected and case.request.method == "POST"]
ERRORS = {"BadSignature": BadSignature, "Unreadable": Unreadable}
# a channel without these was not tried
REQUIRED = {"text", "media", "empty", "status", "ignored", "unsigned", "unreadable"}
SECRETS = ("auth_token", "page_access_token", "app_secret", "verify_token")


def label(case: Case) -> str:
    return f"{case.channel}: {case.title}"


def test_channels_are_found() -> None:
    assert {"twilio_sms", "messenger"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_channel_has_its_cases(name: str) -> None:
    covered = {kind for case in cases(name) for kind in case.expected.get("covers", [])}
    assert covered >= REQUIRED, f"tests/channels/{name}.yml lacks cases for {sorted(REQUIRED - covered)}"
    assert name in SIGNERS, f"tests/channels/harness.py cannot sign for {name}"
    assert build(name).name == name


@pytest.mark.parametrize("case", ALL, ids=label)
def test_case(case: Case) -> None:
    channel, expected = build(case.channel), case.expected
    if "handshake" in expected:
        assert channel.handshake(case.request) == expected["handshake"]
    if "error" in expected:
        with pytest.raises(ERRORS[expected["error"]]):
            channel.verify(case.request)
            channel.receive(case.request)
        return
    channel.verify(case.request)
    if case.request.method == "GET":
        return
    found = channel.receive(case.request)
    assert all(one.channel == case.channel for one in found)
    if "inbound_text_length" in expected:
        assert [len(one.text) for one in found] == [expected["inbound_text_length"]]
        assert [one.note for one in found] == [expected["inbound_note"]]
    else:
        assert [plain(one) for one in found] == expected.get("inbound", [])
    assert [plain(one) for one in channel.status(case.request)] == expected.get("status", [])
    assert channel.ignored(case.request) == expected.get("ignored", [])


@pytest.mark.parametrize("case", ACCEPTED, ids=label)
def test_a_changed_byte_is_refused(case: Case) -> None:
    channel, body = build(case.channel), case.request.body
    for at in {0, len(body) // 2, len(body) - 1} if body else set():
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(BadSignature):
            channel.verify(replace(case.request, body=changed))


@pytest.mark.parametrize("case", ACCEPTED, ids=label)
def test_an_unsigned_copy_is_refused(case: Case) -> None:
    bare = {name: value for name, value in case.request.headers.items() if "signature" not in name}
    with pytest.raises(BadSignature):
        build(case.channel).verify(replace(case.request, headers=bare))


@pytest.mark.parametrize("case", ACCEPTED, ids=label)
def test_a_redelivery_has_the_same_ids(case: Case) -> None:
    ids = [[one.provider_id for one in build(case.channel).receive(case.request)] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_secret_nothing_is_accepted(name: str) -> None:
    case = next(case for case in cases(name) if "error" not in case.expected and case.request.method == "POST")
    empty = {"auth_token": "", "app_secret": ""}
    signed = SIGNERS[name](document(name)["settings"] | empty, case.request.url, case.request.body, {})
    bare: Any = replace(cast(Any, build(name)), **{key: "" for key in empty if key in document(name)["settings"]})
    with pytest.raises(BadSignature):
        bare.verify(replace(case.request, headers={**case.request.headers, **signed}))


@pytest.mark.parametrize("name", NAMES)
def test_secrets_stay_out_of_words(name: str) -> None:
    channel, given = build(name), document(name)["settings"]
    words = [repr(channel), str(channel)]
    for case in cases(name):
        try:
            channel.verify(case.request)
            channel.receive(case.request)
        except (BadSignature, Unreadable) as error:
            words += [repr(error), str(error)]
    assert not [secret for secret in SECRETS if secret in given and any(given[secret] in word for word in words)]


@pytest.mark.parametrize("name", NAMES)
def test_the_acknowledgement_is_a_body_and_its_type(name: str) -> None:
    body, media_type = build(name).acknowledgement()
    assert body
    assert media_type.startswith("text/")


header_text = st.text(max_size=60)
bodies = st.one_of(
    st.binary(max_size=400),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "object",
                        "entry",
                        "id",
                        "messaging",
                        "standby",
                        "sender",
                        "recipient",
                        "timestamp",
                        "message",
                        "mid",
                        "text",
                        "attachments",
                        "payload",
                        "postback",
                        "delivery",
                        "read",
                        "mids",
                        "watermark",
                        "is_echo",
                        "coordinates",
                        "lat",
                        "long",
                        "quick_reply",
                        "sticker_id",
                        "type",
                        "referral",
                        "ref",
                        "changes",
                    ]
                ),
                inner | st.just("page"),
                max_size=5,
            )
        ),
        max_leaves=20,
    ).map(lambda value: json.dumps(value).encode()),
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150, deadline=None)
@given(
    body=bodies,
    method=st.sampled_from(["POST", "GET"]),
    signature=header_text,
    kind=st.sampled_from(["", "application/json", "application/x-www-form-urlencoded", "text/plain"]),
    path=st.text(max_size=30),
)
def test_no_bytes_surprise_a_channel(
    name: str,
    body: bytes,
    method: str,
    signature: str,
    kind: str,
    path: str,
) -> None:
    headers = {
        "x-twilio-signature": signature,
        "x-hub-signature-256": signature,
        "content-type": kind,
        "x-twilio-webhooks-signature-settings": signature,
    }
    request = WebhookRequest(method, f"{BASE_URL}/{path}", headers, {"hub.mode": "subscribe"}, body)
    channel = build(name)
    channel.handshake(request)
    for read in (channel.verify, channel.receive, channel.status, channel.ignored):
        try:
            read(request)
        except (BadSignature, Unreadable):
            continue


@pytest.mark.parametrize("name", NAMES)
def test_deep_nesting_is_unreadable_or_ignored(name: str) -> None:
    channel = build(name)
    for depth in (200, 900, 990, 100_000):
        nested = b"[" * depth + b"]" * depth
        for body in (
            nested,
            b'{"object":"page","entry":[{"id":"1","messaging":[{"sender":{"id":"1"},"x":'
            + nested
            + b',"postback":{"payload":"p"}}]}]}',
            b'{"object":' + nested + b"}",
        ):
            request = WebhookRequest("POST", BASE_URL, {"content-type": "application/json"}, {}, body)
            for read in (channel.receive, channel.status, channel.ignored):
                try:
                    read(request)
                except Unreadable:
                    continue
