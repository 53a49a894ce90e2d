"""The JSON API behind the page."""

from __future__ import annotations

import json

import pytest

API = "/simulator/api"


async def state(bench, since=0):
    return (await bench.http.get(f"{API}/state", params={"since": since})).json()


async def test_the_page_allows_nothing_inline_and_nothing_from_elsewhere(bench):
    page = await bench.http.get("/simulator")
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    assert "<style" not in page.text and " style=" not in page.text and "onclick" not in page.text
    assert "http://" not in page.text and "https://" not in page.text
    for asset in ("simulator.css", "simulator.js", "handset.js", "bubble.js", "faults.js", "api.js", "icons.svg"):
        assert (await bench.http.get(f"/simulator/static/{asset}")).status_code == 200


async def test_two_people_wait_at_the_start(bench):
    people = (await state(bench))["people"]
    assert [(person["name"], person["shown"]) for person in people] == [
        ("Teléfono de prueba 1", "55 0000 1001"),
        ("Perfil de prueba 1", "5500000000001001"),
    ]


async def test_writing_answers_at_once_and_shows_in_the_state(bench):
    sms = (await state(bench))["people"][0]["id"]
    answer = await bench.http.post(f"{API}/phones/{sms}/messages", json={"text": "hay un bache"})
    assert answer.status_code == 202
    await bench.simulator.drain()
    assert [inbound.text for inbound in bench.desk.inbound] == ["hay un bache"]
    now = await state(bench)
    (message,) = now["messages"]
    assert (message["text"], message["status"], message["segments"]) == ("hay un bache", "delivered", 1)
    assert [(attempt["kind"], attempt["status"]) for attempt in now["attempts"]] == [("inbound", 200)]
    assert (await state(bench, now["revision"]))["messages"] == []


@pytest.mark.parametrize("what", [{"photo": True}, {"voice": True}, {"file": True}, {"location": [25.6, -100.3]}])
@pytest.mark.parametrize("phone", ["+525500001001", "5500000000001001"])
async def test_everything_a_phone_can_send(bench, phone, what):
    assert (await bench.http.post(f"{API}/phones/{phone}/messages", json=what)).status_code == 202
    await bench.simulator.drain()
    assert len(bench.desk.inbound) == 1 and bench.desk.forged == 0


async def test_more_people(bench):
    made = await bench.http.post(f"{API}/phones", json={"channel": "twilio_sms"})
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["shown"]) == ("Teléfono de prueba 2", "55 0000 1002")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/phones/+525500001001/messages", {"texto": "hola"}, 422),
        ("/phones/+525500001001/messages", {"text": ""}, 422),
        ("/phones/+525500001001/messages", {"text": "a" * 1601}, 422),
        ("/phones/+525500001001/messages", ["hola"], 422),
        ("/phones/+525500001001/messages", {"location": ["norte", 3]}, 422),
        ("/phones/+525500001001/messages", {"location": [91, 0]}, 422),
        ("/phones/5500000000001001/messages", {"tap": "ir:nada"}, 409),
        ("/phones/911/messages", {"text": "hola"}, 422),
        ("/phones", {"channel": "fax"}, 422),
    ],
)
async def test_what_cannot_be_done_says_so(bench, path, body, status):
    answer = await bench.http.post(API + path, json=body)
    assert answer.status_code == status and answer.json()["error"]
    assert not bench.desk.inbound


async def test_a_form_of_another_site_is_refused(bench):
    answer = await bench.http.post(f"{API}/phones/+525500001001/messages", data={"text": "hola"})
    assert answer.status_code == 415
    broken = await bench.http.post(f"{API}/reset", content="{", headers={"content-type": "application/json"})
    assert broken.status_code == 400


async def test_faults_are_set_and_read(bench):
    put = await bench.http.put("/simulator/faults", json={"timeout_every": 2, "opted_out": ["+525500001001"]})
    assert put.status_code == 200
    assert (await bench.http.get("/simulator/faults")).json() == put.json()
    assert (put.json()["timeout_every"], put.json()["opted_out"]) == (2, ["+525500001001"])
    wrong = await bench.http.put("/simulator/faults", json={"lluvia": 1})
    assert (wrong.status_code, "lluvia" in wrong.json()["error"]) == (422, True)
    assert (await bench.http.put("/simulator/faults", json={})).json()["timeout_every"] == 0


@pytest.mark.parametrize(
    ("text", "encoding", "count", "outside"),
    [
        ("", "GSM-7", 1, []),
        ("¿Mañana?", "GSM-7", 1, []),
        ("á" * 71, "UCS-2", 2, ["á"]),
        ("Sí, 👶", "UCS-2", 1, ["í", "👶"]),
    ],
)
async def test_the_counter(bench, text, encoding, count, outside):
    size = (await bench.http.get(f"{API}/segments", params={"text": text})).json()
    assert (size["encoding"], size["count"], size["outside"]) == (encoding, count, outside)


async def test_the_stream_tells_changes_and_goes_on_where_it_was(bench, monkeypatch):
    monkeypatch.setattr("backend.simulator.page.STREAM_SECONDS", 0.2)
    phone = bench.simulator.phone("twilio_sms", "+525500001001")
    await phone.send("uno")
    first = await bench.http.get(f"{API}/events")
    event = next(block for block in first.text.split("\n\n") if block.startswith("id:"))
    header, data = event.split("\n", 1)
    assert [m["text"] for m in json.loads(data.removeprefix("data: "))["messages"]] == ["uno"]

    last = header.removeprefix("id: ")
    again = await bench.http.get(f"{API}/events", headers={"Last-Event-ID": last})
    assert "data:" not in again.text
    await bench.http.post(f"{API}/reset", json={})
    emptied = await bench.http.get(f"{API}/events", headers={"Last-Event-ID": last})
    news = json.loads(emptied.text.split("data: ", 1)[1].split("\n\n")[0])
    assert news["messages"] == [] and not last.startswith(news["epoch"])
