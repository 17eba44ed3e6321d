"""What the row of a trace tells of its spans is what they say themselves."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

from collector.query import Match, Query, Value
from collector.store import models
from collector.store.commit import commit
from collector.store.filters import TRACE
from collector.store.reads.traces import list_traces
from collector.store.records import TraceFilter
from collector.store.rows import SpanRow
from collector.store.span_values import MOST_LETTERS, MOST_TOLD, span_values
from tests.conftest import SCOPE
from tests.store.rows import batch, span

SAID = ("a", "A", "b", "a\nt:b", "t:a", "a\\n", "%", "'")
KINDS = ("llm", "tool", "agent")
values: Any = st.sampled_from((None, None, *SAID))
told = st.tuples(st.sampled_from(KINDS), values, values, values)
runs = st.lists(st.lists(told, min_size=1, max_size=4), min_size=1, max_size=4)


@given(runs=runs, negated=st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_filter_finds_the_traces_whose_spans_say_so(writing: Engine, runs: Any, negated: bool) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    spans = [_span(trace, number, said) for trace, run in enumerate(runs, 1) for number, said in enumerate(run, 1)]
    commit(writing, [batch(*spans)])
    asked = [
        *(Match(field, (Value((value,)),), negated) for field in ("agent", "tool", "provider") for value in SAID),
        *(Match("kind", (Value((kind,)), Value(("llm",))), negated) for kind in KINDS),
    ]
    found = [_traces(writing, term) for term in asked]
    with writing.begin() as connection:
        connection.execute(update(TRACE).values(span_values=None))
    assert found == [_traces(writing, term) for term in asked]


def test_a_trace_of_very_many_values_has_its_spans_looked_at() -> None:
    some = {("tool", None, None, str(number)) for number in range(MOST_TOLD)}
    assert span_values(some) is not None
    assert span_values({*some, ("llm", None, None, None)}) is None
    assert span_values({("tool", None, None, "t" * MOST_LETTERS)}) is None


def test_a_trace_of_an_older_version_is_found_by_its_spans(writing: Engine) -> None:
    commit(writing, [batch(span(1, kind="tool", tool_name="search"))])
    with writing.begin() as connection:
        assert connection.execute(select(TRACE.c.span_values)).scalar_one() == "\nk:tool\nt:search\n"
        connection.execute(update(TRACE).values(span_values=None))
    assert _traces(writing, Match("tool", (Value(("search",)),)))
    assert not _traces(writing, Match("tool", (Value(("other",)),)))


def _span(trace: int, number: int, said: tuple[str | None, ...]) -> SpanRow:
    kind, agent_name, provider, tool_name = said
    parent = number - 1 or None
    said_by = {"kind": kind, "agent_name": agent_name, "provider": provider, "tool_name": tool_name}
    return span(number, trace_id=f"{trace:032x}", parent=parent, **said_by)


def _traces(engine: Engine, term: Any) -> set[str]:
    wanted = TraceFilter(query=Query((term,)))
    return {trace.trace_id for trace in list_traces(engine, SCOPE, wanted).traces}
