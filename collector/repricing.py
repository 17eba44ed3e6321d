"""Pricing stored calls again, with the prices of today: first what would change, then all of it.

Both go over the traces of a period in small groups and make the trace row and the ledger with the writer's own
functions, so that sums equal a recount. What a span reported of its cost stays.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Engine

from collector.pricing import PriceBook
from collector.store.commands.prices import recompute_group
from collector.store.counting import decide_counted
from collector.store.ledger import QUARTER_NS
from collector.store.reads.prices import iterate_traces, read_traces
from collector.store.records import Period, RepricedLine, Repricing, Scope
from collector.store.rows import SpanRow, UsageRow
from collector.store.span_prices import price_id
from collector.store.summary import summarise

LineKey = tuple[date, str | None, str | None]
"""Day, provider, model."""
Progress = Callable[[int], object]
"""Told the number of traces that are done."""


@dataclass(slots=True)
class _Sums:
    calls: int = 0
    unpriced: int = 0
    nusd: int | None = None


def preview(
    engine: Engine, scope: Scope, period: Period, book: PriceBook, progress: Progress = lambda _: None
) -> Repricing:
    """What `apply` would change; nothing is written. Raises StoreUnavailable."""
    before: defaultdict[LineKey, _Sums] = defaultdict(_Sums)
    after: defaultdict[LineKey, _Sums] = defaultdict(_Sums)
    changed_spans = done = 0
    for hour, keys in iterate_traces(engine, scope, period):
        for spans in filter(None, read_traces(engine, keys)):
            old = summarise(spans)[1]
            changed = reprice(spans, period, book)
            changed_spans += sum(hour.start_ns <= span.start_ns < hour.end_ns for span in changed)
            if changed:
                decide_counted(spans)
            _add(before, old, hour)
            _add(after, summarise(spans)[1] if changed else old, hour)
        done += len(keys)
        progress(done)
    keys_by_day = sorted(before.keys() | after.keys(), key=lambda key: tuple(str(part or "") for part in key))
    lines = tuple(_line(key, before[key], after[key]) for key in keys_by_day)
    return Repricing(lines=lines, changed_spans=changed_spans)


def apply(engine: Engine, scope: Scope, period: Period, book: PriceBook, progress: Progress = lambda _: None) -> int:
    """Prices the calls of the period again, group by group; returns how many spans changed.

    Running writers go on beside it. Raises StoreUnavailable; to run it again then does what is left.
    """
    changed = done = 0
    for _, keys in iterate_traces(engine, scope, period):
        changed += recompute_group(engine, keys, lambda spans: reprice(spans, period, book))
        done += len(keys)
        progress(done)
    return changed


def reprice(spans: Iterable[SpanRow], period: Period, book: PriceBook) -> list[SpanRow]:
    """Prices the spans that started in the period again, in place; returns those whose cost or price changed."""
    changed = []
    for span in spans:
        if span.cost_source == "reported" or not period.start_ns <= span.start_ns < period.end_ns:
            continue
        before = _cost_of(span)
        span.cost_nusd = span.input_cost_nusd = span.cache_read_cost_nusd = None
        span.cache_write_cost_nusd = span.output_cost_nusd = span.cost_source = span.price = None
        book.price_span(span)
        if _cost_of(span) != before:
            changed.append(span)
    return changed


def _cost_of(span: SpanRow) -> tuple[object, ...]:
    return (
        span.cost_nusd,
        span.input_cost_nusd,
        span.cache_read_cost_nusd,
        span.cache_write_cost_nusd,
        span.output_cost_nusd,
        span.cost_source,
        price_id(span.price),
    )


def _add(sums: dict[LineKey, _Sums], ledger: Sequence[UsageRow], hour: Period) -> None:
    """The lines of that hour: a trace that lasts longer comes again with the next one."""
    for line in ledger:
        if not hour.start_ns // QUARTER_NS * QUARTER_NS <= line.quarter_ns < hour.end_ns:
            continue
        day = datetime.fromtimestamp(line.quarter_ns // 10**9, UTC).date()
        found = sums[day, line.provider, line.model]
        found.calls += line.calls
        found.unpriced += line.unpriced_calls
        if line.cost_nusd is not None:
            found.nusd = (found.nusd or 0) + line.cost_nusd


def _line(key: LineKey, before: _Sums, after: _Sums) -> RepricedLine:
    day, provider, model = key
    return RepricedLine(
        day=day,
        provider=provider,
        model=model,
        calls=after.calls,
        before_nusd=before.nusd,
        after_nusd=after.nusd,
        unpriced_before=before.unpriced,
        unpriced_after=after.unpriced,
    )
