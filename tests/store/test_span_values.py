"""What the row of a trace tells of its spans is what they say themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

from collector.query import ANYTHING, Has, Match, Query, SpanWith, Value
from collector.store import models
from collector.store.batch import Batch
from collector.store.commit import commit
from collector.store.filters import TRACE
from collector.store.reads.facets import list_facet
from collector.store.reads.traces import list_traces
from collector.store.records import TraceFilter
from collector.store.rows import SpanRow
from collector.store.span_values import MOST_LETTERS, MOST_TOLD, span_values
from tests.conftest import SCOPE
from tests.store.rows import batch, log, span

SAID = ("a", "A", "b", "a\nt:b", "t:a", "a\\n", "%", "'", "")
STARRED = (ANYTHING, *(Value(pieces) for pieces in (("a", ""), ("", "a"), ("A", "b"), ("", ":", ""), ("a\nt:", ""))))
KINDS = ("llm", "tool", "agent")
values: Any = st.sampled_from((None, None, *SAID))
wrong: Any = st.sampled_from((None, None, "[]", ""))
told = st.tuples(st.sampled_from(KINDS), values, values, values, wrong, wrong)
runs = st.lists(st.lists(told, min_size=1, max_size=4), min_size=1, max_size=4)
VERSIONS: dict[str, Callable[[str], str | None]] = {
    "now": lambda text: text,
    "says too much": lambda text: text[:2],
    "older": lambda text: text[2:] or None,
    "oldest": lambda _: None,
}
"""What a row has instead of what it has now."""


def terms(negated: bool) -> list[Any]:
    exact = [Value((value,)) for value in SAID]
    fields = ("agent", "tool", "provider")
    return [
        *(Match(field, (value,), negated) for field in fields for value in (*exact, *STARRED)),
        *(Match(field, (exact[0], STARRED[-2]), negated) for field in fields),
        *(Match("kind", (Value((kind,)), Value(("llm",))), negated) for kind in KINDS),
        *(Has(what, negated) for what in ("exception", "returned")),
        Match("returned", (Value(("error",)),), negated),
        SpanWith((Match("kind", (Value(("tool",)),)), Match("returned", (Value(("error",)),))), negated),
        SpanWith((Match("tool", (exact[0], STARRED[1])), Match("agent", (exact[0],), True)), negated),
    ]


@given(runs=runs, versions=st.lists(st.sampled_from([*VERSIONS]), min_size=4, max_size=4), negated=st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_filter_finds_the_traces_whose_spans_say_so(
    writing: Engine, runs: Any, versions: list[str], negated: bool
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    spans = [_span(trace, number, said) for trace, run in enumerate(runs, 1) for number, said in enumerate(run, 1)]
    commit(writing, [batch(*spans)])
    told = _found(writing, negated)
    texts = _texts(writing)
    _store(writing, texts, versions)
    assert _found(writing, negated) == told
    _store(writing, texts, ["oldest"] * len(texts))
    assert _found(writing, negated) == told


def test_a_trace_of_very_many_values_has_its_spans_looked_at() -> None:
    some = {("tool", None, None, str(number)) for number in range(MOST_TOLD)}
    assert len(span_values(some, ())) > 2
    assert span_values({*some, ("llm", None, None, None)}, {"returned"}) == "-r"
    assert span_values({("tool", None, None, "t" * MOST_LETTERS)}, {"exception"}) == "x-"


def test_a_trace_of_an_older_version_is_found_by_its_spans(writing: Engine) -> None:
    commit(writing, [batch(span(1, kind="tool", tool_name="search", exceptions="[]"))])
    texts = _texts(writing)
    assert list(texts.values()) == ["x-\nk:tool\nt:search\n"]
    for version in VERSIONS:
        _store(writing, texts, [version])
        assert _traces(writing, Match("tool", (Value(("search",)),)))
        assert not _traces(writing, Match("tool", (Value(("other",)),)))
        assert _traces(writing, Has("exception"))
        assert not _traces(writing, Has("returned"))


def test_an_exception_that_a_log_record_tells_is_none_of_the_span_itself(writing: Engine) -> None:
    told = log(1, exceptions='[{"type":"Timeout","message":""}]')
    commit(writing, [batch(span(1)), Batch([], [], [], 1, logs=[told])])
    texts = _texts(writing)
    for version in VERSIONS:
        _store(writing, texts, [version])
        assert not _traces(writing, Has("exception"))


def _span(trace: int, number: int, said: tuple[str | None, ...]) -> SpanRow:
    names = ("kind", "agent_name", "provider", "tool_name", "exceptions", "returned_error")
    parent = number - 1 or None
    return span(number, trace_id=f"{trace:032x}", parent=parent, **dict(zip(names, said, strict=True)))


def _texts(engine: Engine) -> dict[str, str]:
    with engine.begin() as connection:
        rows = connection.execute(select(TRACE.c.trace_id, TRACE.c.span_values).order_by(TRACE.c.trace_id))
        return {row.trace_id: row.span_values for row in rows}


def _store(engine: Engine, texts: dict[str, str], versions: list[str]) -> None:
    with engine.begin() as connection:
        for (trace_id, text), version in zip(texts.items(), versions, strict=False):
            as_stored = update(TRACE).where(TRACE.c.trace_id == trace_id).values(span_values=VERSIONS[version](text))
            connection.execute(as_stored)


def _found(engine: Engine, negated: bool) -> list[object]:
    return [list_facet(engine, SCOPE, TraceFilter(), "tool"), *(_traces(engine, term) for term in terms(negated))]


def _traces(engine: Engine, term: Any) -> set[str]:
    wanted = TraceFilter(query=Query((term,)))
    return {trace.trace_id for trace in list_traces(engine, SCOPE, wanted).traces}
