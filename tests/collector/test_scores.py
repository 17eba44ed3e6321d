from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from tests.collector.conftest import ClientFactory
from tests.collector.log_requests import logs_body, proto_record
from tests.collector.otlp_requests import START_NS, TRACE_ID, body, proto_span
from tests.collector.test_receiver import post

SPAN_ID = f"{2:016x}"
EVALUATION = {
    "gen_ai.evaluation.name": "relevance",
    "gen_ai.evaluation.score.value": 0.75,
    "gen_ai.evaluation.score.label": "good",
    "gen_ai.evaluation.explanation": "answers the question",
}


def send(client: TestClient, **changes: Any) -> httpx.Response:
    score = {"trace_id": TRACE_ID, "name": "helpful", "value": 0.5} | changes
    return client.post("/api/v1/scores", json={key: value for key, value in score.items() if value is not ...})


def summary(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/traces/{TRACE_ID}").json()["trace"]
    return found


def scores(client: TestClient) -> list[tuple[Any, ...]]:
    shown = ("name", "value", "label", "comment", "span_id", "source")
    return [tuple(score[key] for key in shown) for score in summary(client)["scores"]]


def send_spans(client: TestClient) -> None:
    post(client, body(proto_span(1), proto_span(2)))


@pytest.mark.parametrize("score_first", [True, False])
def test_a_score_stands_on_its_trace_whichever_comes_first(client: TestClient, score_first: bool) -> None:
    if not score_first:
        send_spans(client)
    answer = send(client, comment="nice")
    assert (answer.status_code, answer.json()["trace_id"]) == (201, TRACE_ID)
    if score_first:
        send_spans(client)
    assert scores(client) == [("helpful", 0.5, None, "nice", None, "api")]
    listed = client.get("/api/v1/traces").json()["traces"]
    assert listed == [summary(client)]


def test_a_score_of_a_span_stands_on_the_span(client: TestClient) -> None:
    send_spans(client)
    send(client, span_id=SPAN_ID, value=..., label="good")
    send(client)
    detail = client.get(f"/api/v1/traces/{TRACE_ID}/spans/{SPAN_ID}").json()
    assert [(score["name"], score["value"], score["label"]) for score in detail["scores"]] == [
        ("helpful", None, "good")
    ]
    assert len(scores(client)) == 2


def test_the_same_id_again_replaces_the_score(client: TestClient) -> None:
    send_spans(client)
    assert [send(client, id="a", value=value).status_code for value in (1, 1, 0)] == [201, 200, 200]
    assert [score[1] for score in scores(client)] == [0.0]


def test_scores_without_an_id_are_each_their_own(client: TestClient) -> None:
    send_spans(client)
    ids = {send(client).json()["id"] for _ in range(2)}
    assert (len(ids), len(scores(client))) == (2, 2)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"trace_id": "abc"}, "trace_id"),
        ({"trace_id": "0" * 32}, "trace_id"),
        ({"trace_id": ...}, "trace_id"),
        ({"span_id": "x" * 16}, "span_id"),
        ({"name": " "}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"value": "high"}, "value"),
        ({"value": True}, "value"),
        ({"value": ...}, "value or a label"),
        ({"comment": "c" * 10_001}, "comment"),
        ({"score": 1}, "score"),
    ],
)
def test_what_is_wrong_with_a_score_is_said(client: TestClient, changes: dict[str, Any], named: str) -> None:
    answer = send(client, **changes)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_query")
    assert named in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"nonsense", {"Content-Type": "application/json"}, 400),
        (b'{"value": NaN}', {"Content-Type": "application/json"}, 400),
        (b"[]", {"Content-Type": "application/json"}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b" " * 70_000, {"Content-Type": "application/json"}, 413),
    ],
)
def test_what_is_no_score_is_refused(client: TestClient, content: bytes, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/v1/scores", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_score_needs_the_key(make_client: ClientFactory) -> None:
    client = make_client(api_key="secret")
    assert send(client).status_code == 401


@pytest.mark.parametrize("text", ["a\0b", "\u202e", "😀"])
def test_strange_text_is_stored_on_both_databases(client: TestClient, text: str) -> None:
    send_spans(client)
    assert send(client, name=text, label=text, comment=text, id=text).status_code == 201
    assert len(scores(client)) == 1


def test_an_evaluation_on_a_span_is_a_score_once(client: TestClient) -> None:
    span = proto_span(2)
    event = span.events.add(name="gen_ai.evaluation.result", time_unix_nano=START_NS)
    event.attributes.extend(proto_record(2, attributes=EVALUATION).attributes)
    for _ in range(2):
        post(client, body(proto_span(1), span))
    assert scores(client) == [("relevance", 0.75, "good", "answers the question", SPAN_ID, "event")]


def test_an_evaluation_in_a_log_record_is_a_score_once(client: TestClient) -> None:
    record = logs_body(proto_record(2, event_name="gen_ai.evaluation.result", attributes=EVALUATION))
    for _ in range(2):
        assert post(client, record, "/v1/logs").status_code == 200
    send_spans(client)
    assert scores(client) == [("relevance", 0.75, "good", "answers the question", SPAN_ID, "event")]


def test_a_span_that_is_not_kept_leaves_no_score(client: TestClient) -> None:
    send_spans(client)
    other = proto_span(2, name="another")
    event = other.events.add(name="gen_ai.evaluation.result")
    event.attributes.extend(proto_record(2, attributes=EVALUATION).attributes)
    post(client, body(other))
    assert scores(client) == []


@pytest.mark.parametrize(
    ("given", "value"), [(-1, -1.0), ("-0.5", -0.5), (True, 1.0), (float("nan"), None), ("high", None), (1e300, None)]
)
def test_an_evaluations_value_is_a_finite_number_or_unknown(
    client: TestClient, given: Any, value: float | None
) -> None:
    attributes = EVALUATION | {"gen_ai.evaluation.score.value": given}
    send_spans(client)
    post(client, logs_body(proto_record(2, event_name="gen_ai.evaluation.result", attributes=attributes)), "/v1/logs")
    assert [score[1] for score in scores(client)] == [value]
