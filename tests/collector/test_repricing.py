"""Pricing stored calls again: previewed, then equal to a recount, on both databases."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from collector import repricing
from collector.errors import StoreUnavailable
from collector.pricing import PriceBook
from collector.store import models
from collector.store.commit import commit
from collector.store.counting import decide_counted
from collector.store.engine import open_reader
from collector.store.reads import prices as price_reads
from collector.store.records import Period, Repricing
from collector.store.rows import SpanRow, TraceRow, UsageRow
from collector.store.summary import summarise
from tests.collector.overrides import override
from tests.conftest import SCOPE
from tests.store.rows import SECOND_NS, START_NS, batch, llm, span
from tests.store.test_commit import rows_of
from tests.store.test_counting import traces

ALWAYS = Period(0, 2**62)
LISTED = PriceBook()
HOUR_S = 3_600


def trace_id(number: int) -> str:
    return f"{number:032x}"


def call(number: int, model: str = "gpt-4o", **changes: Any) -> SpanRow:
    """A call of a million tokens in and out, priced by the list."""
    changes = {"trace_id": trace_id(number), "parent": None, "start_s": 0} | changes
    row = llm(1, 1_000_000, 1_000_000, provider="openai", request_model=model, **changes)
    LISTED.price_span(row)
    return row


def preview(engine: Engine, *overrides: Any, period: Period = ALWAYS) -> Repricing:
    return repricing.preview(engine, SCOPE, period, PriceBook(overrides))


def apply(engine: Engine, *overrides: Any, period: Period = ALWAYS) -> int:
    return repricing.apply(engine, SCOPE, period, PriceBook(overrides))


def everything(engine: Engine) -> list[Any]:
    return [rows_of(engine, model) for model in (models.Span, models.Trace, models.Usage)]


def test_the_preview_says_what_changes_by_model_and_day_and_writes_nothing(writing: Engine) -> None:
    tomorrow_s = 24 * HOUR_S
    commit(writing, [batch(call(1), call(2), call(3, "gpt-4o-mini"), call(4, start_s=tomorrow_s), call(5, "mine"))])
    before = everything(writing)
    found = preview(writing, override("gpt-4o"), override("mine", "b", input=4, output=0))
    day, next_day = (datetime.fromtimestamp((START_NS // SECOND_NS) + s, UTC).date() for s in (0, tomorrow_s))
    told = [
        (x.day, x.model, x.calls, x.before_nusd, x.after_nusd, x.unpriced_before, x.unpriced_after) for x in found.lines
    ]
    usd = SECOND_NS
    assert told == [
        (day, "gpt-4o", 2, 25 * usd, 6 * usd, 0, 0),
        (day, "gpt-4o-mini", 1, 0.75 * usd, 0.75 * usd, 0, 0),
        (day, "mine", 1, None, 4 * usd, 1, 0),
        (next_day, "gpt-4o", 1, 12.5 * usd, 3 * usd, 0, 0),
    ]
    assert [line.difference_nusd // usd for line in found.changed_lines] == [-19, 4, -10]
    assert found.changed_spans == 4
    assert everything(writing) == before


def test_what_is_applied_is_what_was_previewed(writing: Engine) -> None:
    commit(writing, [batch(call(1), call(2, start_s=HOUR_S), call(3, "mine"))])
    overrides = (override("gpt-4o"), override("mine", "b"))
    found = preview(writing, *overrides)
    assert apply(writing, *overrides) == found.changed_spans == 3
    ledger = rows_of(writing, models.Usage)
    assert sum(line["cost_nusd"] for line in ledger) == found.after_nusd == 9 * SECOND_NS
    assert {line["cost_source"] for line in ledger} == {"override"}
    assert [row["unpriced_spans"] for row in rows_of(writing, models.Trace)] == [0, 0, 0]


def test_a_second_time_changes_nothing(writing: Engine) -> None:
    commit(writing, [batch(call(1), call(2))])
    apply(writing, override("gpt-4o"))
    before = everything(writing), rows_of(writing, models.ChangeCounter)
    assert preview(writing, override("gpt-4o")).changed_lines == ()
    assert apply(writing, override("gpt-4o")) == 0
    assert (everything(writing), rows_of(writing, models.ChangeCounter)) == before


def test_reported_costs_and_other_times_and_projects_stay(writing: Engine) -> None:
    reported = call(1, cost_nusd=7, cost_source="reported")
    late = call(2, start_s=HOUR_S)
    other = call(3, project_id="other")
    commit(writing, [batch(reported, late, other)])
    before = everything(writing)
    assert apply(writing, override("*"), period=Period(0, late.start_ns)) == 0
    assert everything(writing) == before
    assert apply(writing, override("*"), period=Period(late.start_ns, late.start_ns + 1)) == 1


def test_a_price_that_was_taken_back_gives_way_to_the_list_or_to_none(writing: Engine) -> None:
    commit(writing, [batch(call(1), call(2, "mine"))])
    before = everything(writing)
    apply(writing, override("*"))
    assert everything(writing) != before
    found = preview(writing)
    assert [(line.after_nusd, line.unpriced_after) for line in found.lines] == [(12_500_000_000, 0), (None, 1)]
    apply(writing)
    assert everything(writing) == before


def test_a_trace_that_lasts_for_hours_is_in_the_preview_once(writing: Engine) -> None:
    calls = [
        llm(n, 1_000_000, 0, provider="openai", request_model="gpt-4o", start_s=n * HOUR_S, parent=1)
        for n in range(2, 7)
    ]
    for row in calls:
        LISTED.price_span(row)
    commit(writing, [batch(span(1, start_s=0, end_s=9 * HOUR_S), *calls)])
    found = preview(writing, override("gpt-4o"))
    assert (sum(line.calls for line in found.lines), found.changed_spans) == (5, 5)
    assert (found.before_nusd, found.after_nusd) == (12_500_000_000, 5 * SECOND_NS)


def test_a_fee_for_calls_without_tokens_makes_them_count(writing: Engine) -> None:
    commit(writing, [batch(span(1, kind="transcriber", request_model="speech"))])
    assert apply(writing, override("speech", per_request="0.006")) == 1
    assert [(r["cost_nusd"], bool(r["counted"])) for r in rows_of(writing, models.Span)] == [(6_000_000, True)]
    assert [(r["cost_nusd"], r["calls"]) for r in rows_of(writing, models.Usage)] == [(6_000_000, 1)]


def test_the_change_counter_tells_pages_of_it(writing: Engine) -> None:
    commit(writing, [batch(call(1))])
    before = sum(row["version"] for row in rows_of(writing, models.ChangeCounter))
    apply(writing, override("gpt-4o"))
    assert sum(row["version"] for row in rows_of(writing, models.ChangeCounter)) == before + 1


def test_payloads_and_other_columns_stay(writing: Engine) -> None:
    commit(writing, [batch(call(1, tags='["a"]', input_preview="x"))])
    payloads, (stored,) = rows_of(writing, models.SpanPayload), rows_of(writing, models.Span)
    apply(writing, override("gpt-4o"))
    assert rows_of(writing, models.SpanPayload) == payloads
    (now,) = rows_of(writing, models.Span)
    changed = {name for name in now if now[name] != stored[name]}
    assert changed == {"cost_nusd", "input_cost_nusd", "output_cost_nusd", "cost_source", "price"}


def test_a_writer_that_goes_on_meanwhile_loses_nothing(writing: Engine, database_url: str) -> None:
    for start in range(0, 120, 20):
        commit(writing, [batch(*(call(n) for n in range(start, start + 20)))])
    started = Event()

    def write() -> None:
        started.wait(20)
        for number in range(120):  # a second call for each trace that is priced anew
            late = llm(2, 1_000_000, 0, trace_id=trace_id(number), provider="openai", request_model="gpt-4o", start_s=1)
            LISTED.price_span(late)
            commit(writing, [batch(late)])

    thread = Thread(target=write)
    thread.start()
    book = PriceBook([override("gpt-4o")])
    repricing.apply(writing, SCOPE, ALWAYS, book, lambda _: started.set())
    thread.join()
    assert len(rows_of(writing, models.Span)) == 240
    repricing.apply(writing, SCOPE, ALWAYS, book)
    _equals_a_recount(writing)
    assert {row["cost_source"] for row in rows_of(writing, models.Span)} == {"override"}


def test_groups_are_bounded(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_reads, "_SPANS_A_GROUP", 3)
    commit(writing, [batch(*(call(n) for n in range(7)))])
    sizes: list[int] = []
    repricing.apply(writing, SCOPE, ALWAYS, PriceBook([override("gpt-4o")]), sizes.append)
    assert sizes == [3, 6, 7]
    assert {row["cost_nusd"] for row in rows_of(writing, models.Usage)} == {3 * SECOND_NS}


def test_a_database_that_is_away_is_said_so(tmp_path: Any) -> None:
    engine = open_reader(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(StoreUnavailable):
        preview(engine, override("*"))
    engine.dispose()


OVERRIDES = st.lists(
    st.builds(
        override,
        st.sampled_from(["*", "m", "gpt*", "gpt-4o"]),
        st.uuids().map(str),
        since=st.none() | st.sampled_from(["2026-11-21", "2026-11-23"]),
        input=st.integers(0, 3),
        output=st.integers(0, 3),
        cache_read=st.none() | st.integers(0, 2),
    ),
    max_size=3,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=traces(), first=OVERRIDES, second=OVERRIDES, data=st.data())
def test_however_prices_change_rows_and_sums_equal_a_recount(
    writing: Engine, spans: list[SpanRow], first: list[Any], second: list[Any], data: st.DataObject
) -> None:
    with writing.begin() as connection:
        for table in models.metadata.tables.values():
            connection.execute(delete(table))
    for row in spans:
        row.request_model = data.draw(st.sampled_from(["m", "gpt-4o", None]))
        row.cost_nusd, row.cost_source = data.draw(st.sampled_from([(None, None), (5, "reported")]))
        LISTED.price_span(row)
    commit(writing, [batch(*copy.deepcopy(spans))])
    for overrides in (first, second):
        book = PriceBook(overrides)
        found = repricing.preview(writing, SCOPE, ALWAYS, book)
        repricing.apply(writing, SCOPE, ALWAYS, book)
        stored = _equals_a_recount(writing)
        in_ledger = [line["cost_nusd"] or 0 for line in rows_of(writing, models.Usage)]
        assert sum(in_ledger) == found.after_nusd
        assert sum(line.unpriced_after for line in found.lines) == sum(
            line["unpriced_calls"] for line in rows_of(writing, models.Usage)
        )
        if in_ledger:
            assert repricing.reprice(stored, ALWAYS, book) == []


def _equals_a_recount(engine: Engine) -> list[SpanRow]:
    """Checks every trace row and ledger line against its spans; returns the spans."""
    spans = [SpanRow(**row) for row in rows_of(engine, models.Span)]
    by_trace: dict[str, list[SpanRow]] = {}
    for row in spans:
        by_trace.setdefault(row.trace_id, []).append(row)
    recounted: list[TraceRow] = []
    ledger: list[UsageRow] = []
    for group in by_trace.values():
        assert decide_counted(group) == []
        trace, lines = summarise(group)
        recounted.append(trace)
        ledger += lines
    assert [TraceRow(**row) for row in rows_of(engine, models.Trace)] == sorted(recounted, key=lambda t: t.trace_id)
    stored = [UsageRow(**row) for row in rows_of(engine, models.Usage)]
    assert sorted(stored, key=lambda x: (x.trace_id, x.slot)) == sorted(ledger, key=lambda x: (x.trace_id, x.slot))
    return spans


def test_the_start_of_the_period_belongs_to_it_and_the_end_does_not(writing: Engine) -> None:
    row = call(1)
    commit(writing, [batch(row)])
    assert apply(writing, override("*"), period=Period(row.start_ns - 5, row.start_ns)) == 0
    assert apply(writing, override("*"), period=Period(row.start_ns, row.start_ns + 1)) == 1
