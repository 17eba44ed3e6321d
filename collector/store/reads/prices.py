"""Prices that people have set, and the models they are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, and_, case, func, select

from collector.store.engine import reading
from collector.store.filters import TRACE, USAGE
from collector.store.ledger import QUARTER_NS
from collector.store.models import PriceOverride as PriceOverrideTable
from collector.store.models import Span
from collector.store.records import Period, PriceOverride, Scope, SeenModel
from collector.store.rows import SpanRow
from collector.store.selecting import TraceKey
from collector.store.settling import load_traces

OVERRIDE: Table = PriceOverrideTable.__table__  # type: ignore[attr-defined]
SPAN: Table = Span.__table__  # type: ignore[attr-defined]
_HOUR_NS = 4 * QUARTER_NS
_SPANS_A_GROUP = 2_000
_TRACES_A_GROUP = 500


def list_overrides(engine: Engine) -> tuple[PriceOverride, ...]:
    """Newest first."""
    with reading(engine) as connection:
        rows = connection.execute(select(OVERRIDE).order_by(OVERRIDE.c.created_ns.desc(), OVERRIDE.c.id)).mappings()
        return tuple(PriceOverride(**row) for row in rows)


def list_seen_models(engine: Engine, scope: Scope, period: Period) -> tuple[SeenModel, ...]:
    """The models of the period's calls, the most used first."""
    unpriced = USAGE.c.unpriced_calls > 0
    query = (
        select(
            USAGE.c.provider,
            USAGE.c.model,
            func.sum(USAGE.c.calls).label("calls"),
            func.sum(USAGE.c.unpriced_calls).label("unpriced_calls"),
            func.sum(case((unpriced, USAGE.c.input_tokens))).label("unpriced_input_tokens"),
            func.sum(case((unpriced, USAGE.c.output_tokens))).label("unpriced_output_tokens"),
            func.max(USAGE.c.quarter_ns).label("newest_ns"),
        )
        .where(_ledger_of(scope, period), USAGE.c.model.is_not(None))
        .group_by(USAGE.c.provider, USAGE.c.model)
        .order_by(func.sum(USAGE.c.calls).desc(), USAGE.c.model, USAGE.c.provider)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
        return tuple(_seen(row, _answering_model(connection, scope, row)) for row in rows)


def iterate_traces(engine: Engine, scope: Scope, period: Period) -> Iterator[tuple[Period, list[TraceKey]]]:
    """The traces with calls in the period, hour by hour, in groups of about 2,000 spans.

    A trace comes once for every hour in which it has calls.
    """
    for start_ns in _hours(engine, scope, period):
        hour = Period(max(start_ns, period.start_ns), min(start_ns + _HOUR_NS, period.end_ns))
        joined = and_(TRACE.c.project_id == USAGE.c.project_id, TRACE.c.trace_id == USAGE.c.trace_id)
        query = (
            select(TRACE.c.project_id, TRACE.c.trace_id, TRACE.c.span_count)
            .select_from(USAGE.join(TRACE, joined))
            .where(_ledger_of(scope, hour), USAGE.c.sealed_tags.is_(None))
            .distinct()
            .order_by(TRACE.c.project_id, TRACE.c.trace_id)
        )
        with reading(engine) as connection:
            rows = connection.execute(query).all()
        group: list[TraceKey] = []
        spans = 0
        for project_id, trace_id, span_count in rows:
            if group and (spans + span_count > _SPANS_A_GROUP or len(group) == _TRACES_A_GROUP):
                yield hour, group
                group, spans = [], 0
            group.append((project_id, trace_id))
            spans += span_count
        if group:
            yield hour, group


def read_traces(engine: Engine, keys: Sequence[TraceKey]) -> list[list[SpanRow]]:
    """The spans of each trace as rows of the caller's own."""
    with reading(engine) as connection:
        return [list(spans.values()) for spans in load_traces(connection, keys).values()]


def _ledger_of(scope: Scope, period: Period) -> Any:
    """The ledger's lines of the quarter-hours that the period touches."""
    first_ns = period.start_ns // QUARTER_NS * QUARTER_NS
    return and_(USAGE.c.project_id.in_(scope), USAGE.c.quarter_ns >= first_ns, USAGE.c.quarter_ns < period.end_ns)


def _hours(engine: Engine, scope: Scope, period: Period) -> Iterator[int]:
    """The starts of the hours between the first and the last call of the period."""
    with reading(engine) as connection:
        bounds = select(func.min(USAGE.c.quarter_ns), func.max(USAGE.c.quarter_ns)).where(_ledger_of(scope, period))
        first_ns, last_ns = connection.execute(bounds).one()
    if first_ns is not None:
        yield from range(int(first_ns) // _HOUR_NS * _HOUR_NS, int(last_ns) + 1, _HOUR_NS)


def _answering_model(connection: Connection, scope: Scope, row: RowMapping) -> str | None:
    """The model that answered one of the newest calls; its name may be on the price list where an alias is not."""
    same_provider = USAGE.c.provider.is_(None) if row["provider"] is None else USAGE.c.provider == row["provider"]
    newest = (
        select(USAGE.c.project_id, USAGE.c.trace_id)
        .where(USAGE.c.project_id.in_(scope), USAGE.c.quarter_ns == row["newest_ns"])
        .where(USAGE.c.model == row["model"], same_provider)
        .limit(1)
    )
    found = connection.execute(newest).first()
    if found is None:
        return None
    asked = func.coalesce(SPAN.c.request_model, SPAN.c.response_model)
    answering = (
        select(SPAN.c.response_model)
        .where(SPAN.c.project_id == found.project_id, SPAN.c.trace_id == found.trace_id)
        .where(asked == row["model"], SPAN.c.response_model.is_not(None))
        .limit(1)
    )
    model: str | None = connection.execute(answering).scalar_one_or_none()
    return model


def _seen(row: RowMapping, answering_model: str | None) -> SeenModel:
    sums: dict[str, Any] = {
        name: None if value is None else int(value) for name, value in row.items() if name not in ("provider", "model")
    }
    return SeenModel(provider=row["provider"], model=row["model"], answering_model=answering_model, **sums)
