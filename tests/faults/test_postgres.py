"""Several collectors on one PostgreSQL, and a server that goes away: nothing acknowledged is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine, create_engine

from collector.store import models
from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.reads.doctor import examine
from collector.store.schema import migrate
from collector.store.writer import SpanWriter
from tests import postgres_servers, servers
from tests.collector.otlp_requests import body, proto_span
from tests.conftest import SCOPE
from tests.postgres_servers import url_of
from tests.store.rows import batch, llm, span, span_id
from tests.store.test_commit import rows_of

pytestmark = [pytest.mark.faults, pytest.mark.postgres]

BATCHES = 1_000
CLIENTS = 4
SPANS_A_REQUEST = 25
AS_A_COLLECTOR_STARTS = """
import sys
from collector.store.engine import open_writer
from collector.store.schema import migrate
migrate(open_writer(sys.argv[1]))
"""
RECOVERED_WITHIN_S = 30.0
"""Far above the few seconds that it takes: a busy machine is no fault of the code."""


def test_eight_collectors_that_start_at_once_create_the_schema_once(bare_postgres_url: str) -> None:
    command = [sys.executable, "-c", AS_A_COLLECTOR_STARTS, bare_postgres_url]
    starting = [
        subprocess.Popen(command, cwd=servers.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(8)
    ]
    said = [process.communicate(timeout=120)[0] for process in starting]
    assert [process.returncode for process in starting] == [0] * 8, said
    engine = create_engine(bare_postgres_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM msgtrace.alembic_version").scalar_one() == 1
    engine.dispose()


def trace_id(number: int) -> str:
    return f"{number:032x}"


def test_two_writers_with_opposite_order_of_keys_never_see_a_fault(postgres_url: str) -> None:
    """Both write the same few traces, errors and scores; one forwards, one backwards."""
    engines = [open_writer(postgres_url) for _ in range(2)]
    migrate(engines[0])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write_all, engines, (1, -1)))
    found = list(examine(engines[0], SCOPE))
    assert [difference for one in found for difference in one.differences] == []
    assert len(rows_of(engines[0], models.Span)) == 5 * 2 * BATCHES // 2
    for engine in engines:
        engine.dispose()


def write_all(engine: Engine, direction: int) -> None:
    """Half of the batches, up to eight on their way at a time. Raises what a client would have been told."""
    writer = SpanWriter(engine)
    writer.start()
    waiting = []
    for number in range(BATCHES // 2):
        own = 2 * number + (direction > 0) + 10
        traces = [trace_id(n) for n in range(1, 6)][::direction]
        rows = [
            span(own, trace_id=trace, exception_fingerprint=f"{n % 3}", exception_type="Boom", status="error")
            if n % 2
            else llm(own, trace_id=trace, parent_span_id=span_id(1))
            for n, trace in enumerate(traces)
        ]
        waiting.append(writer.submit(batch(*rows)))
        if len(waiting) == 8:
            assert all(future.result(60).stored == 5 for future in waiting)
            waiting = []
    assert all(future.result(60).stored == 5 for future in waiting)
    writer.stop(10)


def test_a_process_whose_role_may_only_read_shows_everything_and_takes_nothing(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = open_writer(postgres_url)
    migrate(engine)
    commit(engine, [batch(span(1))])
    engine.dispose()
    with (
        postgres_servers.reading_role(postgres_url) as url,
        servers.collector(tmp_path, MSGTRACE_DATABASE_URL=url) as collector,
    ):
        assert [trace["span_count"] for trace in collector.get("/api/v1/traces")["traces"]] == [1]
        connection = HTTPConnection(urlsplit(collector.url).netloc, timeout=30)
        assert post(connection, body(proto_span(2))) == 503
        connection.close()
    assert "may only be read" in (tmp_path / "collector.log").read_text()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL that the test may restart."""
    with postgres_servers.own_server(tmp_path / "postgres") as server:
        yield server


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_a_restart_of_the_server_under_load_loses_nothing_acknowledged(
    own_server: Any, how: signal.Signals, tmp_path: Path, postgres_server: str
) -> None:
    url = url_of(own_server)
    stop, restarted = Event(), Event()
    with (
        servers.collector(tmp_path, MSGTRACE_DATABASE_URL=url) as collector,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        sending = [pool.submit(send, collector.url, client, stop, restarted) for client in range(CLIENTS)]
        time.sleep(1.0)
        restart(own_server, how)
        restarted.set()
        try:
            acknowledged = [number for future in sending for number in future.result(2 * RECOVERED_WITHIN_S)]
        finally:
            stop.set()
    engine = create_engine(url)
    with engine.connect() as connection:
        query = "SELECT trace_id, count(*) FROM msgtrace.span GROUP BY trace_id"
        stored: dict[str, int] = {row[0]: row[1] for row in connection.exec_driver_sql(query)}
    engine.dispose()
    assert {one for one in acknowledged if stored.get(one) != SPANS_A_REQUEST} == set()
    assert len(acknowledged) > CLIENTS


def send(url: str, client: int, stop: Event, restarted: Event) -> list[str]:
    """Posts fresh traces, each again until it is taken; ends with the first that was sent after the restart."""
    acknowledged: list[str] = []
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    number, is_last = 0, False
    while not is_last:
        number += 1
        is_last = restarted.is_set()
        trace = trace_id(client << 64 | number)
        spans = (proto_span(n, trace_id=bytes.fromhex(trace)) for n in range(1, SPANS_A_REQUEST + 1))
        request = body(*spans)
        deadline = time.monotonic() + RECOVERED_WITHIN_S
        while (status := post(connection, request)) != 200:
            assert status == 503, status
            assert not stop.is_set() and time.monotonic() < deadline, "the collector did not recover"
            time.sleep(0.1)
        acknowledged.append(trace)
    connection.close()
    return acknowledged


def post(connection: HTTPConnection, request: bytes) -> int:
    connection.request("POST", "/v1/traces", request, {"Content-Type": "application/x-protobuf"})
    answer = connection.getresponse()
    answer.read()
    return answer.status


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_an_open_page_is_told_of_what_comes_after_a_restart_of_the_server(
    own_server: Any, how: signal.Signals, tmp_path: Path, postgres_server: str
) -> None:
    """Over the line that was open before: the collector listens again by itself."""
    with servers.collector(tmp_path, MSGTRACE_DATABASE_URL=url_of(own_server)) as collector:
        sender = HTTPConnection(urlsplit(collector.url).netloc, timeout=30)
        listener = HTTPConnection(urlsplit(collector.url).netloc, timeout=RECOVERED_WITHIN_S)
        listener.request("GET", "/api/v1/stream")
        line = listener.getresponse()
        assert post_until_taken(sender, body(proto_span(1))) == 200
        while told(line) == 0:
            pass
        restart(own_server, how)
        before = versions(own_server)
        assert post_until_taken(sender, body(proto_span(2))) == 200
        while told(line) <= before:
            pass
        listener.close()
        sender.close()


def told(line: HTTPResponse) -> int:
    """The next version that a page is told. Raises TimeoutError."""
    while not (said := line.readline()).startswith(b"data: ") or not said[6:].strip().isdigit():
        assert said, "the line ended"
    return int(said[6:])


def versions(server: Any) -> int:
    engine = create_engine(url_of(server))
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT sum(version) FROM msgtrace.change_counter").scalar_one()
    engine.dispose()
    return int(found)


def post_until_taken(connection: HTTPConnection, request: bytes) -> int:
    deadline = time.monotonic() + RECOVERED_WITHIN_S
    while (status := post(connection, request)) == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    return status


def restart(server: Any, how: signal.Signals) -> None:
    postmaster = server.get_postmaster_info().process
    postmaster.send_signal(how)
    postmaster.wait(60)
    server.ensure_postgres_running()
