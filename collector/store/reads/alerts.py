"""Rules, channels, events and deliveries as stored, and what rules look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, func, literal, or_, select

from collector.errors import NotFound
from collector.store.dialect import POSTGRES_SCHEMA, is_sqlite
from collector.store.engine import reading
from collector.store.filters import TRACE
from collector.store.models import AlertChannel as ChannelTable
from collector.store.models import AlertDelivery as DeliveryTable
from collector.store.models import AlertEvent as EventTable
from collector.store.models import AlertMatch as MatchTable
from collector.store.models import AlertRule as RuleTable
from collector.store.reads.traces import traces_by_id
from collector.store.records import (
    AlertChannel,
    AlertDelivery,
    AlertEvent,
    AlertRule,
    AlertRun,
    Evidence,
    RuleTerms,
    Scope,
    TraceSummary,
)

RULE: Table = RuleTable.__table__  # type: ignore[attr-defined]
CHANNEL: Table = ChannelTable.__table__  # type: ignore[attr-defined]
_MAY_SEE_URLS = select(func.has_column_privilege(f"{POSTGRES_SCHEMA}.{CHANNEL.name}", "url", "SELECT"))
EVENT: Table = EventTable.__table__  # type: ignore[attr-defined]
MATCH: Table = MatchTable.__table__  # type: ignore[attr-defined]
DELIVERY: Table = DeliveryTable.__table__  # type: ignore[attr-defined]
MOST = 500
"""Of each, in one answer."""
NANO = 10**9


def list_rules(engine: Engine, scope: Scope) -> tuple[AlertRule, ...]:
    """The oldest first."""
    return _rules(engine, RULE.c.project_id.in_(scope))


def list_all_rules(engine: Engine) -> tuple[AlertRule, ...]:
    """Of every project: whoever watches, watches for all."""
    return _rules(engine, literal(True))


def get_rule(engine: Engine, scope: Scope, rule_id: str) -> AlertRule:
    """Raises NotFound."""
    found = _rules(engine, and_(RULE.c.project_id.in_(scope), RULE.c.rule_id == rule_id))
    if not found:
        raise NotFound(f"no rule {rule_id}")
    return found[0]


def list_channels(engine: Engine, scope: Scope) -> tuple[AlertChannel, ...]:
    """With their secret addresses; those are empty for a PostgreSQL role that may not read them."""
    with reading(engine) as connection:
        hidden = () if is_sqlite(connection.dialect) or connection.execute(_MAY_SEE_URLS).scalar() else (CHANNEL.c.url,)
        columns = (literal("").label(c.name) if c in hidden else c for c in CHANNEL.columns)
        query = select(*columns).where(CHANNEL.c.project_id.in_(scope))
        query = query.order_by(CHANNEL.c.created_ns, CHANNEL.c.channel_id).limit(MOST)
        return tuple(AlertChannel(**row) for row in connection.execute(query).mappings())


def list_events(engine: Engine, scope: Scope, *, is_over: bool, limit: int = MOST) -> tuple[AlertEvent, ...]:
    """Those that are resolved, or the others; the newest first."""
    over = EVENT.c.resolved_ns.is_not(None) if is_over else EVENT.c.resolved_ns.is_(None)
    query = select(EVENT).where(EVENT.c.project_id.in_(scope), over).order_by(EVENT.c.last_ns.desc(), EVENT.c.event_id)
    return _events(engine, query.limit(limit))


def list_told_events(engine: Engine, scope: Scope, since_ns: int, limit: int = 10) -> tuple[AlertEvent, ...]:
    """Open events that were announced after a time, the newest first."""
    wanted = (EVENT.c.project_id.in_(scope), EVENT.c.resolved_ns.is_(None), EVENT.c.last_ns > since_ns)
    query = select(EVENT).where(*wanted, EVENT.c.told_ns > since_ns)
    return _events(engine, query.order_by(EVENT.c.told_ns.desc(), EVENT.c.event_id).limit(limit))


def get_event(engine: Engine, scope: Scope, event_id: str) -> AlertEvent:
    """Raises NotFound."""
    found = _events(engine, select(EVENT).where(EVENT.c.project_id.in_(scope), EVENT.c.event_id == event_id).limit(1))
    if not found:
        raise NotFound(f"no event {event_id}")
    return found[0]


def list_event_runs(engine: Engine, scope: Scope, event_id: str, limit: int = 20) -> tuple[TraceSummary, ...]:
    """The newest runs behind an event."""
    query = (
        select(MATCH.c.trace_id)
        .where(MATCH.c.project_id.in_(scope), MATCH.c.event_id == event_id)
        .order_by(MATCH.c.time_ns.desc(), MATCH.c.trace_id)
        .limit(limit)
    )
    with reading(engine) as connection:
        return traces_by_id(connection, scope, list(connection.execute(query).scalars()))


def list_deliveries(
    engine: Engine, scope: Scope, event_id: str | None = None, limit: int = 50
) -> tuple[AlertDelivery, ...]:
    """The newest first; of one event, or of all."""
    wanted = [DELIVERY.c.project_id.in_(scope), *([DELIVERY.c.event_id == event_id] if event_id else [])]
    query = select(DELIVERY).where(*wanted).order_by(DELIVERY.c.created_ns.desc(), DELIVERY.c.delivery_id)
    with reading(engine) as connection:
        return tuple(AlertDelivery(**row) for row in connection.execute(query.limit(limit)).mappings())


def has_due_delivery(engine: Engine, now_ns: int) -> bool:
    query = select(literal(1)).where(DELIVERY.c.next_ns <= now_ns).limit(1)
    with reading(engine) as connection:
        return connection.execute(query).scalar() is not None


def list_alert_runs(
    engine: Engine,
    project_id: str,
    after: tuple[int, str],
    *,
    failed: bool,
    longer_than_ns: int | None,
    dearer_than_nusd: int | None,
    limit: int = MOST,
) -> tuple[AlertRun, ...]:
    """Runs that some rule could mean, in the order in which something came to them last.

    after: received_ns and trace_id of the one before the first.
    """
    received_ns, trace_id = after
    conditions: list[ColumnElement[bool]] = [TRACE.c.outcome == "failed"] if failed else []
    if longer_than_ns is not None:
        conditions.append(TRACE.c.duration_ns > longer_than_ns)
    if dearer_than_nusd is not None:
        conditions.append(TRACE.c.cost_nusd > dearer_than_nusd)
    names = ("trace_id", "name", "workflow", "outcome", "cost_nusd", "received_ns", "error")
    query = (
        select(*(TRACE.c[name] for name in names), TRACE.c.duration_ns)
        .where(TRACE.c.project_id == project_id, TRACE.c.received_ns >= received_ns, or_(literal(False), *conditions))
        .where(or_(TRACE.c.received_ns > received_ns, TRACE.c.trace_id > trace_id))
        .order_by(TRACE.c.received_ns, TRACE.c.trace_id)
        .limit(limit)
    )
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    return tuple(
        AlertRun(
            **{name: row[name] for name in names},
            duration_s=None if row["duration_ns"] is None else row["duration_ns"] / NANO,
        )
        for row in rows
    )


def known_matches(engine: Engine, rule: AlertRule, trace_ids: Collection[str]) -> frozenset[str]:
    """Those of the runs that the rule has met before."""
    wanted = (MATCH.c.project_id == rule.project_id, MATCH.c.rule_id == rule.rule_id, MATCH.c.trace_id.in_(trace_ids))
    with reading(engine) as connection:
        return frozenset(connection.execute(select(MATCH.c.trace_id).where(*wanted)).scalars())


def has_spans_since(engine: Engine, project_id: str, service: str | None, since_ns: int) -> bool:
    wanted = [TRACE.c.project_id == project_id, TRACE.c.received_ns >= since_ns]
    if service:
        wanted.append(TRACE.c.service == service)
    with reading(engine) as connection:
        return connection.execute(select(literal(1)).where(*wanted).limit(1)).scalar() is not None


def events_of_rule(
    connection: Connection, rule: AlertRule, event_ids: Sequence[str], *, for_update: bool = False
) -> dict[str, AlertEvent]:
    """By id: the rule's events that are not over, and these."""
    asked = or_(EVENT.c.resolved_ns.is_(None), EVENT.c.event_id.in_(event_ids))
    query = select(EVENT).where(EVENT.c.project_id == rule.project_id, EVENT.c.rule_id == rule.rule_id, asked)
    query = query.order_by(EVENT.c.last_ns.desc(), EVENT.c.event_id).limit(2 * MOST)
    found = connection.execute(query.with_for_update() if for_update else query).mappings().all()
    return {row["event_id"]: _event(row) for row in found}


def _rules(engine: Engine, wanted: ColumnElement[bool]) -> tuple[AlertRule, ...]:
    query = select(RULE).where(wanted).order_by(RULE.c.created_ns, RULE.c.rule_id).limit(MOST)
    with reading(engine) as connection:
        return tuple(_rule(row) for row in connection.execute(query).mappings())


def _rule(row: Mapping[Any, Any]) -> AlertRule:
    terms = orjson.loads(row["terms"])
    terms["thresholds"] = tuple(terms.get("thresholds", ()))
    changed = {"terms": RuleTerms(**terms), "channels": tuple(orjson.loads(row["channels"]))}
    return AlertRule(**{**row, **changed})


def _events(engine: Engine, query: Any) -> tuple[AlertEvent, ...]:
    with reading(engine) as connection:
        return tuple(_event(row) for row in connection.execute(query).mappings())


def _event(row: Mapping[Any, Any]) -> AlertEvent:
    return AlertEvent(**{**row, "evidence": Evidence(**orjson.loads(row["evidence"]))})
