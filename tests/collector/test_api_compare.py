from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import SECOND_NS, START_NS, body, proto_span
from tests.collector.test_receiver import post

A_ID, B_ID = "aa" * 16, "bb" * 16
CALL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.usage.output_tokens": 1000}


def send(client: TestClient, trace_id: str, prompt: str, model: str, *, retries: int, starts_s: int = 0) -> None:
    """A run that asks a model and then searches, once and for each retry."""
    ids: dict[str, Any] = {"trace_id": bytes.fromhex(trace_id)}

    def times(start_s: int, end_s: int) -> dict[str, Any]:
        start_ns = START_NS + (starts_s + start_s) * SECOND_NS
        return {"start_time_unix_nano": start_ns, "end_time_unix_nano": start_ns + (end_s - start_s) * SECOND_NS}

    asked = CALL | {"gen_ai.request.model": model, "gen_ai.system_instructions": prompt}
    searches = [
        proto_span(
            10 + at,
            name="search",
            attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search"},
            parent_span_id=(1).to_bytes(8, "big"),
            **ids,
            **times(1 + at, 2 + at),
        )
        for at in range(1 + retries)
    ]
    model_call = proto_span(
        2, name=f"chat {model}", attributes=asked, parent_span_id=(1).to_bytes(8, "big"), **ids, **times(0, 1)
    )
    root = proto_span(1, name="run", parent_span_id=b"", **ids, **times(0, 2 + retries))
    assert post(client, body(root, model_call, *searches)).status_code == 200


def get(client: TestClient, status: int = 200, **parameters: str) -> Any:
    answer = client.get("/api/v1/compare", params=parameters)
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.fixture
def sent(client: TestClient) -> TestClient:
    send(client, A_ID, "Search with plain words.", "gpt-4o-mini", retries=0)
    send(client, B_ID, "Search with whole sentences.", "gpt-4o", retries=2, starts_s=60)
    return client


def test_two_traces_are_compared_node_by_node(sent: TestClient) -> None:
    found = get(sent, a=A_ID, b=B_ID)
    assert (found["matched"], found["added"], found["removed"], found["content_not_compared"]) == (3, 2, 0, 0)
    assert found["duration_change_ns"] == 2 * SECOND_NS
    assert sum(part["change"] for part in found["time_contributions_ns"]) == 2 * SECOND_NS
    assert sum(part["change"] for part in found["cost_contributions_usd"]) == pytest.approx(found["cost_change_usd"])
    assert found["a"]["trace_id"] == A_ID
    first = found["nodes"][found["first_difference"]]
    assert [(change["what"], change["a"], change["b"]) for change in first["changes"]] == [
        ("model", "gpt-4o-mini", "gpt-4o"),
        ("system", None, None),
    ]


def test_the_beginning_of_an_id_will_do(sent: TestClient) -> None:
    assert get(sent, a=A_ID[:8], b=B_ID[:12].upper())["b"]["trace_id"] == B_ID


def test_a_trace_against_itself_has_no_change(sent: TestClient) -> None:
    found = get(sent, a=A_ID, b=A_ID)
    assert found["first_difference"] is None
    assert found["duration_change_ns"] == found["cost_change_usd"] == 0


def test_swapped_sides_negate_the_numbers(sent: TestClient) -> None:
    one, other = get(sent, a=A_ID, b=B_ID), get(sent, a=B_ID, b=A_ID)
    assert one["duration_change_ns"] == -other["duration_change_ns"]
    assert one["cost_change_usd"] == -other["cost_change_usd"]
    assert one["normal_spread"] == other["normal_spread"]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [({}, 400), ({"a": A_ID}, 400), ({"a": A_ID, "b": "xyz"}, 400), ({"a": A_ID, "b": "c" * 32}, 404)],
)
def test_what_can_not_be_found_is_told(sent: TestClient, parameters: dict[str, str], status: int) -> None:
    assert "message" in get(sent, status, **parameters)["error"]


def test_the_key_guards_it(make_client: ClientFactory) -> None:
    assert make_client(api_key="secret").get("/api/v1/compare").status_code == 401
