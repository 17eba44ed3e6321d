"""Traces of an older version get what their spans are in their rows, behind whoever writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, event, func, inspect, select, text, update

from collector.errors import StoreUnavailable
from collector.query import Has, Match, Query, Value
from collector.store import filling_values, models, schema
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.filling_values import fill_span_values
from collector.store.filters import TRACE
from collector.store.lease import SPAN_VALUES, hold_lease
from collector.store.reads.traces import list_traces
from collector.store.records import TraceFilter
from collector.store.schema import migrate
from collector.store.span_values import MOST_TOLD, tells_all
from tests.conftest import SCOPE
from tests.store.crashes import Crash, Crashed, crashing
from tests.store.rows import batch, span
from tests.store.test_commit import rows_of

TRACES = 7
ASKED = (
    Match("tool", (Value(("search 2",)),)),
    Match("kind", (Value(("llm",)),)),
    Match("agent", (Value(("b",)),), True),
    Has("exception"),
    Has("returned", True),
)


def at_once(_seconds: float) -> bool:
    return False


def traces() -> list[Any]:
    found = [
        span(one, trace_id=f"{number:032x}", received_ns=number // 2 + 1, kind=kind, agent_name=agent, tool_name=tool)
        for number in range(1, TRACES - 1)
        for one, (kind, agent, tool) in enumerate((("llm", "a", None), ("tool", None, f"search {number}")), 1)
    ]
    many = [span(one, trace_id="f" * 32, kind="tool", tool_name=str(one)) for one in range(1, MOST_TOLD + 2)]
    failed = span(1, trace_id="e" * 32, exceptions="[]", returned_error="no")
    return [*found, *many, failed]


@pytest.fixture
def old(writing: Engine) -> Engine:
    commit(writing, [batch(*traces())])
    with writing.begin() as connection:
        connection.execute(update(TRACE).values(span_values=None))
    return writing


@pytest.fixture
def reader(database_url: str) -> Iterator[Engine]:
    engine = open_reader(database_url)
    yield engine
    engine.dispose()


def values_of(engine: Engine) -> dict[str, str | None]:
    with engine.begin() as connection:
        return {row[0]: row[1] for row in connection.execute(select(TRACE.c.trace_id, TRACE.c.span_values))}


def found(engine: Engine) -> list[set[str]]:
    return [
        {trace.trace_id for trace in list_traces(engine, SCOPE, TraceFilter(query=Query((term,)))).traces}
        for term in ASKED
    ]


def back_to(engine: Engine, revision: str) -> None:
    config = schema._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def _as_written_then(engine: Engine) -> None:
    """Rows of a trace without what an older version didn't tell."""
    with engine.begin() as connection:
        if "span_values" in {column["name"] for column in inspect(connection).get_columns("trace")}:
            connection.execute(update(TRACE).values(span_values=func.substr(TRACE.c.span_values, 3)))


def test_rows_get_what_a_writer_would_have_given_them(writing: Engine, reader: Engine) -> None:
    commit(writing, [batch(*traces())])
    before = values_of(writing)
    assert before["f" * 32] == "--"  # says too much
    with writing.begin() as connection:
        connection.execute(update(TRACE).values(span_values=None))
    assert fill_span_values(writing, reader, SCOPE, at_once) == TRACES
    assert values_of(writing) == before
    assert fill_span_values(writing, reader, SCOPE, at_once) == 0


def test_filters_find_the_same_after_every_turn_and_it_goes_on_where_it_stopped(
    old: Engine, reader: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling_values, "_SPANS_A_TURN", 2)
    expected, left = found(reader), []
    while None in values_of(old).values():
        fill_span_values(old, reader, SCOPE, lambda _: True)
        assert found(reader) == expected
        left.append(list(values_of(old).values()).count(None))
    assert left == sorted(left, reverse=True)
    assert len(left) > 2


@pytest.mark.parametrize("number", range(0, 12, 3))
def test_one_that_crashes_leaves_nothing_wrong(old: Engine, reader: Engine, number: int) -> None:
    expected = found(reader)
    with pytest.raises(Crashed), crashing(old, Crash("before a statement", number)):
        fill_span_values(old, reader, SCOPE, at_once)
        raise Crashed  # it has fewer statements
    assert found(reader) == expected
    with old.begin() as connection:
        connection.execute(text("DELETE FROM lease"))  # two minutes later
    fill_span_values(old, reader, SCOPE, at_once)
    assert None not in values_of(old).values()
    assert found(reader) == expected


def test_what_is_written_meanwhile_stands(old: Engine, reader: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    told = filling_values._told

    def and_then_comes_more(*parts: Any) -> list[dict[str, Any]]:
        read = told(*parts)
        commit(old, [batch(span(3, trace_id=f"{1:032x}", kind="tool", tool_name="late"))])
        return read

    monkeypatch.setattr(filling_values, "_told", and_then_comes_more)
    fill_span_values(old, reader, SCOPE, at_once)
    assert values_of(old)[f"{1:032x}"] == "--\na:a\nk:llm\nk:tool\nt:late\nt:search 1\n"


def test_one_process_fills_at_a_time_and_nobody_where_nothing_is_left(old: Engine, reader: Engine) -> None:
    with old.begin() as connection:
        hold_lease(connection, SPAN_VALUES, "another")
    with pytest.raises(StoreUnavailable, match="another process does the span values"):
        fill_span_values(old, reader, SCOPE, at_once)
    with old.begin() as connection:
        connection.execute(text("DELETE FROM lease"))
    fill_span_values(old, reader, SCOPE, at_once)
    writes: list[str] = []
    event.listen(old, "before_cursor_execute", lambda *found: writes.append(found[2]))
    assert fill_span_values(old, reader, SCOPE, at_once) == 0
    assert writes == []
    assert rows_of(old, models.Lease) == []


@pytest.mark.parametrize("revision", ["0013", "0015"])
def test_a_database_of_the_schema_before_is_filled_in(bare_database_url: str, revision: str) -> None:
    writer, reader = open_writer(bare_database_url), open_reader(bare_database_url)
    migrate(writer)
    commit(writer, [batch(*traces())])
    assert fill_span_values(writer, reader, SCOPE, at_once) == 0
    told, expected = values_of(writer), found(reader)
    back_to(writer, revision)
    _as_written_then(writer)
    migrate(writer)
    assert not any(map(tells_all, values_of(writer).values()))
    assert found(reader) == expected
    assert expected[0]
    assert fill_span_values(writer, reader, SCOPE, at_once) == TRACES
    assert found(reader) == expected
    assert values_of(writer) == told
    for engine in (writer, reader):
        engine.dispose()
