"""The search language against both databases."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, select, true
from sqlalchemy.dialects import postgresql, sqlite

from collector.query import Compare, Query, Term, parse
from collector.store.batch import Batch
from collector.store.commit import commit
from collector.store.filters import TRACE, matches
from collector.store.reads.calls import SPAN, count_calls, list_calls
from collector.store.reads.facets import FACETS, list_facet
from collector.store.reads.trace_order import SORTS
from collector.store.reads.traces import count_traces, list_traces, neighbours
from collector.store.records import FacetValues, Period, TraceFilter
from collector.store.rows import ScoreRow
from collector.store.search import spans_match
from tests.conftest import SCOPE
from tests.query.trees import DIMENSIONS, queries
from tests.store.rows import START_NS, batch, llm, span, span_id
from tests.store.searched import fill

OK, FAILED, RECOVERED = ("5b8ef" + "0" * 26 + digit for digit in "123")
EVER = Period(0, 2**62)
few = st.builds(
    Compare,
    st.sampled_from(["cost", "duration", "tokens"]),
    st.sampled_from([">", ">=", "<", "="]),
    st.sampled_from([0, 1, 600, 601, 20_000_000, 20_000_001, 5 * 10**9]),
    st.booleans(),
) | st.sampled_from(
    (
        *("has:returned", "-has:returned", "has:exception", "returned:error", "error:0c47", "error:(0c47 OR x)"),
        *("span(kind:tool returned:error)", "span(kind:tool -returned:error)", "-span(error:0c47)", "span(error:0c47)"),
        *("outcome:ok", "outcome:failed", "-outcome:failed", "outcome:(ok OR failed)", "outcome:running"),
    )
).map(lambda text: parse(text).terms[0])


def runs() -> Batch:
    ok = [
        span(1, trace_id=OK, workflow="Support Bot", service="shop", environment="prod", user_id="alice", end_s=2.5),
        llm(
            2,
            400,
            200,
            trace_id=OK,
            request_model="gpt-4o",
            provider="openai",
            response_id="chatcmpl-7",
            cost_nusd=20_000_000,
            cost_source="computed",
            time_to_first_token_ns=3 * 10**8,
            output_preview="It left Porto 100%",
            tags='["prod","a b"]',
            dimensions='{"team":"pay"}',
        ),
    ]
    failed = [
        span(1, trace_id=FAILED, workflow="research", service="test", status="error", start_s=20),
        span(
            3,
            trace_id=FAILED,
            kind="tool",
            tool_name="search",
            returned_error="timeout",
            start_s=20,
            end_s=25,
            exceptions='[{"type":"ToolTimeout","message":"no answer"}]',
            exception_type="ToolTimeout",
            exception_fingerprint="0c47",
        ),
    ]
    recovered = [
        span(1, trace_id=RECOVERED, workflow="research", agent_name="planner", start_s=40),
        span(4, trace_id=RECOVERED, kind="tool", tool_name="search", start_s=40, end_s=41),
        span(5, trace_id=RECOVERED, kind="tool", tool_name="fetch", status="error", start_s=41, end_s=48),
    ]
    return batch(*ok, *failed, *recovered)


@pytest.fixture
def stored(writing: Engine) -> Engine:
    score = ScoreRow(
        project_id="default",
        trace_id=OK,
        score_id="s",
        span_id="",
        name="thumbs",
        value=-1.0,
        label="down",
        comment="wrong parcel",
        source="api",
        time_ns=START_NS,
    )
    commit(writing, [runs(), Batch([], [], [], 1, scores=[score])])
    return writing


def found(engine: Engine, text: str) -> set[str]:
    wanted = TraceFilter(query=parse(text, DIMENSIONS))
    return {trace.trace_id for trace in list_traces(engine, SCOPE, wanted).traces}


@pytest.mark.parametrize(
    ("text", "traces"),
    [
        ("", {OK, FAILED, RECOVERED}),
        ("outcome:failed", {FAILED}),
        ("outcome:(ok OR recovered)", {OK, RECOVERED}),
        ("-outcome:ok", {FAILED, RECOVERED}),
        ('workflow:"Support Bot"', {OK}),
        ("workflow:support*", {OK}),
        ("workflow:Research", set()),
        ("-user:alice", {FAILED, RECOVERED}),
        ("kind:llm", {OK}),
        ("model:GPT-4*", {OK}),
        ("model:gpt-4", set()),
        ("provider:openai", {OK}),
        ("tool:search", {FAILED, RECOVERED}),
        ("tool:search -service:test", {RECOVERED}),
        ("agent:planner", {RECOVERED}),
        ("environment:prod", {OK}),
        ("tag:prod", {OK}),
        ('tag:"a b"', {OK}),
        ("tag:PROD", set()),
        ("team:pay", {OK}),
        ("team:pa", set()),
        ("user:*", {OK}),
        ("-user:*", {FAILED, RECOVERED}),
        ("tag:*", {OK}),
        ("-tag:*", {FAILED, RECOVERED}),
        ("team:*", {OK}),
        ("-team:*", {FAILED, RECOVERED}),
        ("-model:*", {FAILED, RECOVERED}),
        ("source:computed", {OK}),
        ("-source:*", {FAILED, RECOVERED}),
        ("cost>0.01", {OK}),
        ("cost>0.02", set()),
        ("-cost>0.01", {FAILED, RECOVERED}),
        ("duration>=5s", {FAILED, RECOVERED}),
        ("tokens=600", {OK}),
        ("errors>0", {FAILED, RECOVERED}),
        ("first_token<1s", {OK}),
        ("has:exception", {FAILED}),
        ("has:error", {FAILED, RECOVERED}),
        ("has:returned", {FAILED}),
        ("has:cost", {OK}),
        ("has:score", {OK}),
        ("has:note", {OK}),
        ("-has:user", {FAILED, RECOVERED}),
        ("has:session", set()),
        ("score:thumbs<0", {OK}),
        ("score:thumbs>0", set()),
        ("score:thumbs=down", {OK}),
        ("score:thumbs", {OK}),
        ("score:other", set()),
        ("id:5b8ef", {OK, FAILED, RECOVERED}),
        (f"id:{FAILED}", {FAILED}),
        (f"id:{span_id(4)}", {RECOVERED}),
        ("id:chatcmpl-7", {OK}),
        ("exception:ToolTimeout", {FAILED}),
        ("exception:tool*", {FAILED}),
        ("error:0c47", {FAILED}),
        ("error:0c", set()),
        ("-error:0c47", {OK, RECOVERED}),
        ("span(kind:tool returned:error)", {FAILED}),
        ("span(tool:search duration>2s)", {FAILED}),
        ("span(tool:search status:error)", set()),
        ("span(kind:tool -tool:search)", {RECOVERED}),
        ("-span(kind:tool)", {OK}),
        ("PORTO", {OK}),
        ('"left porto"', {OK}),
        ("100%", {OK}),
        ("%", {OK}),
        ("_", set()),
        ("left*100", {OK}),
        ("-porto", {FAILED, RECOVERED}),
    ],
)
def test_a_query_finds_the_traces_that_it_means(stored: Engine, text: str, traces: set[str]) -> None:
    assert found(stored, text) == traces
    assert count_traces(stored, SCOPE, TraceFilter(query=parse(text, DIMENSIONS))).total == len(traces)


@pytest.mark.parametrize(
    ("kind", "text", "spans"),
    [
        ("tool", "", [5, 4, 3]),
        ("llm", "", [2]),
        ("tool", "tool:search", [4, 3]),
        ("tool", "outcome:recovered", [5, 4]),
        ("tool", "agent:planner", [5, 4]),
        ("tool", "-agent:*", [3]),
        ("llm", "source:computed", [2]),
        ("llm", "-cost>=0", []),
        ("tool", "status:error", [5]),
        ("tool", "returned:error", [3]),
        ("tool", "duration>2s outcome:failed", [3]),
        ("llm", "model:gpt* tag:prod cost>0.01 first_token<1s", [2]),
        ("tool", "-tool:search", [5]),
        ("tool", f"id:{span_id(4)}", [5, 4]),
        ("llm", "workflow:nothing", []),
    ],
)
def test_calls_are_found_by_what_they_and_their_traces_say(
    stored: Engine, kind: Any, text: str, spans: list[int]
) -> None:
    wanted = TraceFilter(query=parse(text, DIMENSIONS))
    calls = list_calls(stored, SCOPE, wanted, kind).calls
    assert [call.span_id for call in calls] == [span_id(number) for number in spans]
    assert count_calls(stored, SCOPE, wanted, kind).total == len(spans)


def test_a_call_is_found_by_what_it_answered_once_the_index_has_it(stored: Engine, reading: Engine) -> None:
    fill(stored, reading)
    wanted = TraceFilter(query=parse("porto", DIMENSIONS))
    assert [call.output_preview for call in list_calls(reading, SCOPE, wanted, "llm").calls] == ["It left Porto 100%"]


def test_a_call_says_what_went_in_and_what_failed(stored: Engine) -> None:
    (asked,) = list_calls(stored, SCOPE, TraceFilter(), "llm").calls
    assert (asked.model, asked.total_tokens, asked.cost_usd, asked.time_to_first_token_ms) == ("gpt-4o", 600, 0.02, 300)
    errors = [call.error for call in list_calls(stored, SCOPE, TraceFilter(), "tool").calls]
    assert errors == ["failed", None, "ToolTimeout: no answer"]


def test_calls_come_in_pages_and_each_once(stored: Engine) -> None:
    for sort in ("-start_ns", "duration_ms", "-cost_usd", "total_tokens"):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = list_calls(stored, SCOPE, TraceFilter(), "tool", sort=sort, limit=1, cursor=cursor)
            seen += [call.span_id for call in page.calls]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sorted(seen) == [span_id(number) for number in (3, 4, 5)]


def test_stepping_through_a_list_meets_each_trace_once_and_ends(stored: Engine) -> None:
    for sort in (*SORTS, "-workflow", "-start_ns"):
        listed = [trace.trace_id for trace in list_traces(stored, SCOPE, TraceFilter(), sort=sort).traces]
        steps = [neighbours(stored, SCOPE, TraceFilter(), trace_id, sort=sort) for trace_id in listed]
        assert steps == list(zip([None, *listed[:-1]], [*listed[1:], None], strict=True))
    assert neighbours(stored, SCOPE, TraceFilter(), "0" * 32) == (None, None)


@pytest.mark.parametrize("sort", ["workflow", "-workflow", "outcome", "-outcome"])
def test_traces_of_one_name_come_in_pages_by_their_start(writing: Engine, sort: str) -> None:
    names = [None, "b", "a", "b", None, "c", None]
    rows = [
        span(1, trace_id=f"{99 - n:032x}", kind="workflow", name="", workflow=name, start_ns=n, end_ns=n + 1)
        for n, name in enumerate(names)
    ]
    commit(writing, [batch(*rows)])
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    while cursor or not seen:
        page = list_traces(writing, SCOPE, TraceFilter(), sort=sort, limit=2, cursor=cursor)
        seen += [
            (trace.workflow or "" if "workflow" in sort else trace.outcome, trace.start_ns) for trace in page.traces
        ]
        cursor = page.next_cursor
    assert (len(seen), seen) == (len(names), sorted(seen, reverse=sort.startswith("-")))


def test_a_trace_outside_the_list_has_neighbours_in_it(stored: Engine) -> None:
    wanted = TraceFilter(query=parse("-outcome:failed"))
    assert neighbours(stored, SCOPE, wanted, FAILED) == (RECOVERED, OK)


def test_facets_count_the_traces_that_match(stored: Engine) -> None:
    def values(field: str, text: str = "") -> tuple[tuple[str, int], ...]:
        return list_facet(stored, SCOPE, TraceFilter(query=parse(text), period=EVER), field).values

    assert values("workflow") == (("research", 2), ("Support Bot", 1))
    assert values("workflow", "outcome:ok") == (("Support Bot", 1),)
    assert values("tool") == (("search", 2), ("fetch", 1))
    assert values("model") == (("gpt-4o", 1),)
    assert values("tag") == (("a b", 1), ("prod", 1))
    assert {field for field in FACETS if values(field)} == {*FACETS} - {"session", "version"}


def test_a_facet_says_when_it_has_not_counted_all(stored: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.store.reads.facets.MOST_COUNTED", 1)
    monkeypatch.setattr("collector.store.reads.traces.MOST_COUNTED", 1)
    assert list_facet(stored, SCOPE, TraceFilter(), "service") == FacetValues(values=(("test", 1),), is_capped=True)
    counts = count_traces(stored, SCOPE, TraceFilter())
    assert (counts.total, counts.is_capped) == (1, True)


@given(queries)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_no_database_trips_over_a_query(stored: Engine, query: Query) -> None:
    wanted = TraceFilter(query=query, period=EVER)
    assert len(list_traces(stored, SCOPE, wanted).traces) == count_traces(stored, SCOPE, wanted).total
    list_calls(stored, SCOPE, wanted, "tool")
    list_facet(stored, SCOPE, wanted, "tag")


@given(term=few)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_few_traces_that_an_index_has_are_the_same(stored: Engine, term: Term) -> None:
    wanted = TraceFilter(query=Query((term,)), period=EVER)

    def found() -> object:
        first = list_traces(stored, SCOPE, wanted, limit=1)
        rest = list_traces(stored, SCOPE, wanted, cursor=first.next_cursor).traces if first.next_cursor else ()
        return first, rest, count_traces(stored, SCOPE, wanted)

    plain = {"FEW_TO_COUNT": -1, "FEW_TO_LIST": -1, "of_outcome": lambda _: true()}
    with patch.multiple("collector.store.reads.traces", **plain):
        walked = found()
    assert found() == walked


SECRET = "zq9"


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgres"])
def test_no_value_stands_in_the_statement(dialect: Any) -> None:
    text = (
        f"{SECRET} -{SECRET} name:{SECRET} model:{SECRET}* tag:{SECRET} team:{SECRET} id:{SECRET}abc score:{SECRET}=x "
        f"score:x={SECRET} tool:({SECRET} OR {SECRET}*) span(name:{SECRET} {SECRET} tag:{SECRET}) cost>0.012345"
    )
    query = parse(text, DIMENSIONS)
    for statement in (
        select(TRACE.c.trace_id).where(matches(SCOPE, TraceFilter(query=query))),
        select(SPAN.c.span_id).where(spans_match(SCOPE, query)),
    ):
        written = str(statement.compile(dialect=dialect))
        assert SECRET not in written
        assert "12345" not in written


@pytest.mark.parametrize(
    ("index", "read"),
    [
        ("span_tool_calls", lambda engine: list_calls(engine, SCOPE, TraceFilter(period=EVER), "tool")),
        ("span_llm_calls", lambda engine: list_calls(engine, SCOPE, TraceFilter(period=EVER), "llm")),
        *(
            (f"trace_by_{name}", lambda e, sort=sort: list_traces(e, SCOPE, TraceFilter(period=EVER), sort=sort))
            for name, sort in (("duration", "-duration_ms"), ("cost", "cost_usd"), ("tokens", "-total_tokens"))
        ),
        *(
            (f"trace_by_{sort[1:]}", lambda e, sort=sort: list_traces(e, SCOPE, TraceFilter(period=EVER), sort=sort))
            for sort in ("-outcome", "-workflow")
        ),
        ("trace_by_start", lambda engine: list_traces(engine, SCOPE, TraceFilter(period=EVER))),
        *(
            (f"trace_with_{what}", lambda e, q=q: list_traces(e, SCOPE, TraceFilter(period=EVER, query=parse(q))))
            for what, q in (
                *(("exception", "has:exception"), ("returned", "has:returned"), ("returned", "returned:error")),
                ("returned", "span(kind:tool returned:error)"),
            )
        ),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL chooses by the size of the table
def test_a_list_reads_an_index_in_its_order_until_the_page_is_full(stored: Engine, index: str, read: Any) -> None:
    statements: list[tuple[str, Any]] = []

    @event.listens_for(stored, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, parameters: Any, _x: object, _m: object) -> None:
        if statement.startswith("SELECT"):
            statements.append((statement, parameters))

    read(stored)
    with stored.connect() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statements[0][0], statements[0][1]).all()
    assert index in plan[0][3]
    assert "B-TREE FOR ORDER BY" not in str(plan)


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True, ids=["postgres"]
)
@pytest.mark.parametrize("text", ["has:exception", "-returned:error", "tool:search", "-agent:r*n"])
def test_of_a_row_that_does_not_tell_the_spans_of_its_trace_are_looked_at_and_no_others(
    stored: Engine, text: str
) -> None:
    plans: list[str] = []

    @event.listens_for(stored, "after_cursor_execute")
    def explain(connection: Any, _cursor: object, sql: str, parameters: Any, _x: object, _m: object) -> None:
        if sql.startswith("SELECT trace."):
            plans.append(str(connection.connection.driver_connection.execute(f"EXPLAIN {sql}", parameters).fetchall()))

    found(stored, text)
    [plan] = plans
    assert "SubPlan" in plan
    assert "hashed" not in plan
