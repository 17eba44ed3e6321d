from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from collector.integration import discovery
from tests.collector.integration.sink import Sink


@pytest.fixture
def free_ports(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Nothing listens on msgtrace's usual ports, (OTLP, dashboard)."""
    ports = discovery._free_port(), discovery._free_port()
    monkeypatch.setattr(discovery, "OTLP_PORT", ports[0])
    monkeypatch.setattr(discovery, "DASHBOARD_PORT", ports[1])
    return ports


@pytest.mark.parametrize("given", ["{}", "{}/", "{}/v1/traces"])
def test_an_endpoint_is_found_with_and_without_its_path(sink: Sink, given: str) -> None:
    assert discovery.find_given(given.format(sink.url)) == discovery.Server(sink.url, "http://127.0.0.1:4321")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://", "http://[", "http://a:b"])
def test_what_is_no_http_address_is_a_warning(endpoint: str, caplog: pytest.LogCaptureFixture) -> None:
    assert discovery.find_given(endpoint) is None
    assert endpoint in caplog.text


@pytest.mark.parametrize("health", [None, [], "msgtrace", {"service": "otelcol"}, {"status": "Server available"}])
def test_only_a_server_that_names_itself_msgtrace_is_one(sink: Sink, health: object) -> None:
    sink.health = health
    with pytest.raises(discovery.Stranger):
        discovery.greet(sink.url)


def test_a_server_that_names_no_dashboard_is_its_own(sink: Sink) -> None:
    sink.health = {"service": "msgtrace", "dashboard_url": None}
    assert discovery.find_given(sink.url) == discovery.Server(sink.url, sink.url)


def test_the_dashboard_is_found_where_the_collector_is_a_stranger(free_ports: tuple[int, int]) -> None:
    stranger, dashboard = Sink(free_ports[0]), Sink(free_ports[1])
    stranger.health = {"status": "ok"}
    try:
        server = discovery.find_local()
    finally:
        stranger.close()
        dashboard.close()
    assert server is not None
    assert server.base == dashboard.url


def test_one_is_started_beside_another_collector(
    free_ports: tuple[int, int], stranger: Sink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(discovery, "OTLP_PORT", int(stranger.url.rpartition(":")[2]))
    started: list[Sink] = []
    commands: list[list[str]] = []

    def launch(command: list[str]) -> tuple[subprocess.Popen[bytes], Path]:
        commands.append(command)
        started.append(Sink(free_ports[1]))
        return real_launch([sys.executable, "-c", "input()"])

    real_launch = discovery._launch
    monkeypatch.setattr(discovery, "_launch", launch)
    server = discovery.start_local()
    started[0].close()
    discovery._started.pop().wait()
    assert server is not None
    assert server.base == f"http://127.0.0.1:{free_ports[1]}"
    assert commands[0][1:6] == ["-P", "-m", "collector.cli", "start", "--otlp-port"]
    assert stranger.bodies == []


@pytest.mark.usefixtures("free_ports")
def test_one_that_does_not_come_up_is_a_warning_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real_launch = discovery._launch
    failing = [sys.executable, "-c", "raise SystemExit('the disk is full')"]
    monkeypatch.setattr(discovery, "_launch", lambda _command: real_launch(failing))
    assert discovery.start_local() is None
    discovery._started.pop().wait()
    assert "the disk is full" in caplog.text


def test_a_dashboard_port_in_other_hands_starts_nothing(
    stranger: Sink, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(discovery, "DASHBOARD_PORT", int(stranger.url.rpartition(":")[2]))
    monkeypatch.setattr(discovery, "_launch", lambda _command: pytest.fail("started"))
    assert discovery.start_local() is None
    assert "another program has its port" in caplog.text


def test_what_cannot_be_started_is_a_warning(
    free_ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(discovery.sys, "executable", "/nowhere/python")
    assert discovery.start_local() is None
    assert "can't be started" in caplog.text
