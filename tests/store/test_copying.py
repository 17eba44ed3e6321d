"""Rows by COPY: the same as by INSERT, in what is stored and in what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest
from sqlalchemy import Engine, Table, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from collector.store.copying import WORTH_IT, copy_rows
from collector.store.dialect import refuses_values, retryable, rolled_back
from collector.store.engine import open_writer
from collector.store.models import Score, Span
from collector.store.rows import SpanRow
from collector.store.schema import migrate
from collector.store.writer import SpanWriter
from tests.store.rows import TRACE_ID, batch, llm, span
from tests.store.test_commit import rows_of

pytestmark = pytest.mark.postgres

SPAN: Table = Span.__table__  # type: ignore[attr-defined]
SCORE: Table = Score.__table__  # type: ignore[attr-defined]
MANY = 3 * WORTH_IT


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_writer(postgres_url)
    migrate(engine)
    yield engine
    engine.dispose()


def copy(engine: Engine, *rows: SpanRow) -> None:
    columns = [column.name for column in SPAN.columns]
    with engine.begin() as connection:
        copy_rows(connection, SPAN, columns, map(attrgetter(*columns), rows))


def test_every_kind_of_value_comes_back_as_it_was(engine: Engine) -> None:
    full: dict[str, Any] = {
        column.name: {"TEXT": "tab\t, back\\slash, \\N, é\n", "BIGINT": -(2**63), "BOOLEAN": True, "INTEGER": 7}.get(
            str(column.type), b"\x00\\x\xff"
        )
        for column in SPAN.columns
    }
    row = SpanRow(**full | {"trace_id": TRACE_ID})
    copy(engine, row, span(2))
    stored = {found["span_id"]: found for found in rows_of(engine, Span)}
    assert stored[row.span_id] == full | {"trace_id": TRACE_ID}
    assert stored[span(2).span_id]["status_message"] is None
    with engine.begin() as connection:
        columns = ["project_id", "trace_id", "score_id", "span_id", "name", "value", "source", "time_ns"]
        copy_rows(connection, SCORE, columns, [("default", TRACE_ID, "s", "", "helpful", 0.1, "api", 1)])
        assert connection.execute(text("SELECT value, label FROM score")).one() == (0.1, None)


@pytest.mark.parametrize("poison", [{"start_ns": 2**70}, {"name": "a\0b"}], ids=["number", "text"])
def test_a_row_that_is_refused_costs_its_neighbours_nothing(engine: Engine, poison: dict[str, Any]) -> None:
    writer = SpanWriter(engine)
    writer.start()
    rows = [span(1), *(llm(number) for number in range(2, MANY)), span(MANY, **poison, content_hash=b"x")]
    result = writer.submit(batch(*rows)).result(60)
    writer.stop(10)
    assert (result.stored, len(result.rejected)) == (MANY - 1, 1)
    assert len(rows_of(engine, Span)) == MANY - 1


def test_a_value_that_is_no_text_is_refused_as_such(engine: Engine) -> None:
    with pytest.raises(DataError) as refusal:
        copy(engine, span(1, name="a\0b"))
    assert refuses_values(refusal.value)


def test_a_row_that_another_has_stored_first_makes_the_transaction_be_tried_again(engine: Engine) -> None:
    copy(engine, span(1))
    with pytest.raises(IntegrityError) as refusal:
        copy(engine, span(1), span(2))
    assert rolled_back(refusal.value)
    assert len(rows_of(engine, Span)) == 1


def test_a_server_that_goes_away_in_between_is_a_fault_that_passes(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as fault, engine.begin() as connection:
        own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({own}, 5000)")
        copy_rows(connection, SPAN, [])
    assert retryable(fault.value) and not refuses_values(fault.value)
    copy(engine, span(1))
    assert len(rows_of(engine, Span)) == 1
