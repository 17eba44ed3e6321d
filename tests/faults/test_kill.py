"""What was acknowledged survives the collector: killed without warning, or stopped, under load."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from threading import Event

import pytest

from tests.collector.otlp_requests import body, proto_span

pytestmark = pytest.mark.faults

TRIALS = 10
CLIENTS = 4
SPANS_A_REQUEST = 25
READY_WITHIN_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def collector(path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "collector.serve", "collector.main:create_app", "127.0.0.1", str(port)]
    environment = {"MSGTRACE_DATABASE_URL": f"sqlite:///{path}", "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_ready(port)
        yield process
    finally:
        process.kill()
        process.wait()


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    pytest.fail("the collector did not come up")


def send_until(stop: Event, port: int, trial: int, client: int) -> set[str]:
    """Posts requests of fresh traces until told to stop or cut off; the trace ids that were acknowledged."""
    acknowledged: set[str] = set()
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    number = 0
    while not stop.is_set():
        number += 1
        trace_id = f"{trial:08x}{client:08x}{number:016x}"
        spans = (proto_span(n, trace_id=bytes.fromhex(trace_id)) for n in range(1, SPANS_A_REQUEST + 1))
        try:
            connection.request("POST", "/v1/traces", body(*spans), {"Content-Type": "application/x-protobuf"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            break
        if answer.status == 200:
            acknowledged.add(trace_id)
        elif answer.status != 503:
            pytest.fail(f"the collector answered {answer.status}")
    connection.close()
    return acknowledged


def stored_spans(path: Path) -> dict[str, int]:
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return dict(connection.execute("SELECT trace_id, count(*) FROM span GROUP BY trace_id"))


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_every_acknowledged_span_is_kept_when_the_collector_is(ending: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "msgtrace.db"
    chance = Random(7)
    acknowledged: set[str] = set()
    for trial in range(TRIALS):
        port, stop = free_port(), Event()
        with collector(path, port) as process, ThreadPoolExecutor(CLIENTS) as pool:
            sending = [pool.submit(send_until, stop, port, trial, client) for client in range(CLIENTS)]
            time.sleep(chance.uniform(0.2, 1.0))
            process.send_signal(ending)
            process.wait(20)
            stop.set()
            for future in sending:
                acknowledged |= future.result(30)
        stored = stored_spans(path)
        assert {trace_id for trace_id in acknowledged if stored.get(trace_id) != SPANS_A_REQUEST} == set()
    assert len(acknowledged) >= TRIALS * CLIENTS
