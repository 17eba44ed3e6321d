from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from collector.config import get_settings
from collector.dimensions import Dimension, parse_dimensions, read_dimensions
from collector.errors import ConfigurationError
from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import body, proto_span
from tests.collector.test_receiver import post


def test_names_and_places_are_read() -> None:
    assert parse_dimensions("team=metadata.team|service.namespace, tenant = tenant.id,") == (
        Dimension("team", ("metadata.team", "service.namespace")),
        Dimension("tenant", ("tenant.id",)),
    )
    assert parse_dimensions("") == ()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("team", "name=attribute"),
        ("Team=a", "small letters"),
        ("team=", "attribute names"),
        ("team=a||b", "attribute names"),
        ("team=a b", "attribute names"),
        ("team=a, team=b", "twice"),
        (",".join(f"d{n}=a" for n in range(9)), "at most 8"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, given: str, named: str) -> None:
    monkeypatch.setenv("MSGTRACE_DIMENSIONS", given)
    with pytest.raises(ConfigurationError, match="MSGTRACE_DIMENSIONS") as refusal:
        get_settings()
    assert named in str(refusal.value)


@pytest.mark.parametrize(
    ("attributes", "resource", "team"),
    [
        ({"metadata.team": "a"}, {"metadata.team": "b"}, "a"),
        ({"metadata": '{"team": "a"}'}, {}, "a"),
        ({"metadata": {"team": 7}}, {}, "7"),
        ({"metadata": {"team": True}}, {}, "true"),
        ({}, {"service.namespace": "b"}, "b"),
        ({"service.namespace": "a"}, {"metadata.team": "b"}, "a"),
        ({"metadata.team": ""}, {"service.namespace": "b"}, "b"),
        ({"metadata": '{"team": '}, {}, None),
        ({"metadata": ["team"]}, {}, None),
    ],
)
def test_a_dimension_is_found_on_the_span_then_on_its_resource(
    attributes: dict[str, Any], resource: dict[str, Any], team: str | None
) -> None:
    found = read_dimensions(parse_dimensions("team=metadata.team|service.namespace"), attributes, resource)
    assert found.get("team") == team


def test_a_path_may_lead_through_several_objects() -> None:
    deep = {"app.context": json.dumps({"owner": {"team.name": "a"}})}
    assert read_dimensions(parse_dimensions("team=app.context.owner.team.name"), deep, {}) == {"team": "a"}


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "b", "a.b"]), inner),
)


@given(st.dictionaries(st.sampled_from(["a", "a.b", "a.b.c"]), _VALUES))
def test_no_value_makes_it_raise(attributes: dict[str, Any]) -> None:
    for value in read_dimensions(parse_dimensions("d=a.b.c|a"), attributes, attributes).values():
        assert 0 < len(value) <= 200


def send(client: TestClient, number: int, attributes: dict[str, Any], root: dict[str, Any] | None = None) -> str:
    trace_id = f"{number:032x}"
    ids = {"trace_id": bytes.fromhex(trace_id)}
    spans = proto_span(1, attributes=root or {}, **ids), proto_span(2, attributes=attributes, **ids)
    assert post(client, body(*spans)).status_code == 200
    return trace_id


def test_a_trace_takes_what_its_root_says_then_what_any_span_says(make_client: ClientFactory) -> None:
    client = make_client(dimensions="team=metadata.team, tenant=tenant")
    trace_id = send(client, 1, {"metadata": '{"team": "search"}', "tenant": "acme"}, {"metadata.team": "payments"})
    summary = client.get(f"/api/v1/traces/{trace_id}").json()["trace"]
    assert summary["dimensions"] == {"team": "payments", "tenant": "acme"}


def test_traces_are_found_by_a_dimension_and_never_by_a_part_of_it(make_client: ClientFactory) -> None:
    client = make_client(dimensions="team=team, tenant=tenant")
    ids = [send(client, n + 1, {"team": team, "tenant": 'a"b%'}) for n, team in enumerate(("pay", "Pay", "pays", "_"))]
    send(client, 9, {})

    def found(**parameters: str) -> list[str]:
        given = {f"dimension.{name}": value for name, value in parameters.items()}
        return sorted(trace["trace_id"] for trace in client.get("/api/v1/traces", params=given).json()["traces"])

    assert found(team="pay") == [ids[0]]
    assert found(team="_") == [ids[3]]
    assert found(team="pay", tenant='a"b%') == [ids[0]]
    assert found(tenant='a"b%') == ids
    assert found(tenant="a%") == []


def test_a_dimension_that_is_not_promoted_is_refused_by_name(make_client: ClientFactory) -> None:
    client = make_client(dimensions="team=team")
    answer = client.get("/api/v1/traces", params={"dimension.tenant": "a"})
    assert answer.status_code == 400
    assert "dimension.tenant" in answer.json()["error"]["message"]
