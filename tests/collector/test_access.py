from __future__ import annotations

import pytest

from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import body, proto_span
from tests.collector.test_receiver import post

PUBLIC = "http://192.0.2.7:4318"


def test_a_public_address_without_a_key_is_refused_with_the_reason(make_client: ClientFactory) -> None:
    client = make_client(address=PUBLIC, allowed_hosts="*")
    answer = post(client, body(proto_span(1)))
    assert (answer.status_code, "MSGTRACE_API_KEY" in answer.text) == (403, True)
    assert client.get("/api/v1/traces").status_code == 403


def test_a_server_bound_to_all_addresses_is_public_also_when_asked_locally(make_client: ClientFactory) -> None:
    assert post(make_client(host="0.0.0.0"), body(proto_span(1))).status_code == 403


def test_a_public_address_with_a_key_serves_who_has_it(make_client: ClientFactory) -> None:
    client = make_client(address=PUBLIC, host="0.0.0.0", api_key="k")
    assert post(client, body(proto_span(1))).status_code == 401
    assert post(client, body(proto_span(1)), authorization="Bearer k").status_code == 200


def test_a_key_set_to_nothing_is_no_key(make_client: ClientFactory) -> None:
    client = make_client(address=PUBLIC, host="0.0.0.0", api_key="")
    assert post(client, body(proto_span(1)), authorization="Bearer ").status_code == 403


def test_insisting_serves_everybody(make_client: ClientFactory) -> None:
    assert post(make_client(host="0.0.0.0", insecure="1"), body(proto_span(1))).status_code == 200


def test_health_is_answered_everywhere(make_client: ClientFactory) -> None:
    assert make_client(host="0.0.0.0").get("/healthz").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4318", "127.0.0.1.evil.example"])
def test_a_foreign_host_header_is_refused(make_client: ClientFactory, host: str) -> None:
    client = make_client()
    assert post(client, body(proto_span(1)), host=host).status_code == 400
    assert post(client, body(proto_span(1)), host="localhost:4318").status_code == 200


def test_an_allowed_host_is_answered(make_client: ClientFactory) -> None:
    client = make_client(allowed_hosts="traces.example, other.example")
    assert post(client, body(proto_span(1)), host="traces.example").status_code == 200


def test_no_answer_opens_the_collector_to_other_origins(make_client: ClientFactory) -> None:
    answer = post(make_client(), body(proto_span(1)), origin="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers
