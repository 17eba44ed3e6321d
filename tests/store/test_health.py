from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.reads import health
from collector.store.reads.health import get_health
from collector.store.receipts import add_receipts
from collector.store.records import RowCount, Scope
from tests.conftest import SCOPE
from tests.store.rows import START_NS, batch, llm, span
from tests.store.test_receipts import receipt, refused

HOUR_NS = 3_600 * 10**9


def test_an_empty_database_has_a_size_and_no_data(reading: Engine) -> None:
    found = get_health(reading, SCOPE, START_NS)
    assert found.kind.startswith(("SQLite 3", "PostgreSQL 1"))
    assert found.schema_version is not None
    assert (found.size_bytes or 0) > 0
    assert found.spans == found.traces == found.ledger == RowCount(0, is_exact=True)
    assert (found.oldest_start_ns, found.newest_start_ns, found.newest_received_ns) == (None, None, None)
    assert found.collectors == ()


def test_what_is_stored_is_counted_and_dated(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), llm(2)), batch(span(1, trace_id="a" * 32, start_s=50, received_ns=START_NS + 9))])
    found = get_health(reading, SCOPE, START_NS + HOUR_NS)
    assert (found.spans.rows, found.traces.rows, found.ledger.rows) == (3, 2, 1)
    assert (found.oldest_start_ns, found.newest_start_ns) == (START_NS + 10**9, START_NS + 50 * 10**9)
    assert found.newest_received_ns == START_NS + 9
    assert found.spans_last_day == 3
    assert get_health(reading, SCOPE, START_NS + 25 * HOUR_NS).spans_last_day == 0
    assert get_health(reading, Scope(("other",)), START_NS).oldest_start_ns is None


def test_a_large_table_is_estimated(writing: Engine, reading: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(writing, [batch(*(span(number) for number in range(1, 31)))])
    if writing.dialect.name == "postgresql":
        with writing.begin() as connection:
            connection.exec_driver_sql("ANALYZE span")
    monkeypatch.setattr(health, "COUNTED_TO", 10)
    assert get_health(reading, SCOPE, START_NS).spans == RowCount(30, is_exact=False)


def test_the_processes_that_answered_lately_are_known_by_their_requests(writing: Engine, reading: Engine) -> None:
    add_receipts(
        writing,
        [
            receipt(1, port=4318, queued_spans=9),
            receipt(2, port=4321, queued_spans=4),
            receipt(3, collector="host:2"),
            refused(4, collector="host:2"),
        ],
    )
    found = get_health(reading, SCOPE, HOUR_NS)
    newest, other = found.collectors
    assert (newest.name, newest.ports, newest.newest_ns) == ("host:2", (), 4)
    assert (other.name, other.ports, other.queued_spans) == ("host:1", (4318, 4321), 4)
    assert found.refused_last_hour == 1
    assert get_health(reading, SCOPE, 2 * HOUR_NS).refused_last_hour == 0
