"""What the watch over the rules writes: its lease, events, and deliveries. Each in a short transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Table, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.dialect import is_sqlite
from collector.store.models import Lease
from collector.store.reads.alerts import DELIVERY, EVENT, MATCH, RULE
from collector.store.records import AlertDelivery, AlertEvent, AlertRule

LEASE: Table = Lease.__table__  # type: ignore[attr-defined]
_CLAIM_NS = 60 * 10**9
"""An attempt whose process died is made again after this."""
_KEPT_NS = 30 * 24 * 3_600 * 10**9
"""How long matches and deliveries are kept."""
_AT_ONCE = 1_000


def take_lease(engine: Engine, name: str, holder: str, length_ns: int) -> bool:
    """Whether `holder` has the lease for that long from now: it was free, over, or its own."""
    now_ns = time.time_ns()
    with writing(engine) as connection:
        insert = _insert(connection, LEASE).values(name=name, holder=holder, until_ns=now_ns + length_ns)
        taken = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until_ns": now_ns + length_ns},
            where=(LEASE.c.holder == holder) | (LEASE.c.until_ns < now_ns),
        )
        return _rows(connection, taken) == 1


def give_lease_back(engine: Engine, name: str, holder: str) -> None:
    with writing(engine) as connection:
        connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.holder == holder))


def add_matches(connection: Connection, rule: AlertRule, event_ids: Mapping[str, str], now_ns: int) -> frozenset[str]:
    """Notes the runs that the rule has met. event_ids: of their events, by trace. Returns those that are new to it."""
    new: set[str] = set()
    for trace_id, event_id in sorted(event_ids.items()):
        row = {"project_id": rule.project_id, "rule_id": rule.rule_id, "trace_id": trace_id}
        insert = _insert(connection, MATCH).values(**row, event_id=event_id, time_ns=now_ns)
        if _rows(connection, insert.on_conflict_do_nothing()):
            new.add(trace_id)
    return frozenset(new)


def save_event(connection: Connection, event: AlertEvent, *, is_new: bool) -> bool:
    """Whether it was written: another process may have made the same one meanwhile."""
    row = {**asdict(event), "evidence": _json(asdict(event.evidence))}
    if is_new:
        return bool(_rows(connection, _insert(connection, EVENT).values(**row).on_conflict_do_nothing()))
    wanted = (EVENT.c.project_id == event.project_id, EVENT.c.event_id == event.event_id)
    return bool(connection.execute(update(EVENT).where(*wanted).values(**row)).rowcount)


def queue_delivery(connection: Connection, delivery: AlertDelivery) -> None:
    """Once: a delivery with the same id is left as it is."""
    connection.execute(_insert(connection, DELIVERY).values(**asdict(delivery)).on_conflict_do_nothing())


def claim_deliveries(engine: Engine, now_ns: int, limit: int = 8) -> tuple[AlertDelivery, ...]:
    """Those that are due, as this process's own for a minute."""
    due = select(DELIVERY).where(DELIVERY.c.next_ns <= now_ns).order_by(DELIVERY.c.next_ns).limit(limit)
    claimed: list[AlertDelivery] = []
    with writing(engine) as connection:
        for row in connection.execute(due).mappings().all():
            found = AlertDelivery(**row)
            mine = update(DELIVERY).where(*_is(found), DELIVERY.c.next_ns == found.next_ns)
            taken = mine.values(next_ns=now_ns + _CLAIM_NS, attempts=found.attempts + 1)
            if connection.execute(taken).rowcount:
                claimed.append(found)
    return tuple(claimed)


def note_answer(
    engine: Engine, delivery: AlertDelivery, answer: str, *, sent_ns: int | None, next_ns: int | None
) -> None:
    """sent_ns: None where it failed; next_ns: when it is tried again, None for never."""
    with writing(engine) as connection:
        values = {"answer": answer, "sent_ns": sent_ns, "next_ns": next_ns}
        connection.execute(update(DELIVERY).where(*_is(delivery)).values(**values))
        bump_counter(connection)


def set_looked(engine: Engine, rules: Sequence[AlertRule], looked_ns: Mapping[str, int]) -> None:
    with writing(engine) as connection:
        for rule in rules:
            wanted = (RULE.c.project_id == rule.project_id, RULE.c.rule_id == rule.rule_id)
            connection.execute(update(RULE).where(*wanted).values(looked_ns=looked_ns[rule.rule_id]))


def forget_old(engine: Engine, project_ids: Sequence[str], now_ns: int) -> None:
    """Matches and deliveries of more than a month ago, a thousand of each at a time."""
    before_ns = now_ns - _KEPT_NS
    with writing(engine) as connection:
        for project_id in project_ids:
            for table, keys, time_ns in (
                (MATCH, ("rule_id", "trace_id"), MATCH.c.time_ns),
                (DELIVERY, ("delivery_id",), DELIVERY.c.created_ns),
            ):
                columns = [table.c[key] for key in keys]
                old = select(*columns).where(table.c.project_id == project_id, time_ns < before_ns).limit(_AT_ONCE)
                for found in connection.execute(old).all():
                    same = (column == value for column, value in zip(columns, found, strict=True))
                    connection.execute(delete(table).where(table.c.project_id == project_id, *same))


def _is(delivery: AlertDelivery) -> tuple[Any, ...]:
    return DELIVERY.c.project_id == delivery.project_id, DELIVERY.c.delivery_id == delivery.delivery_id


def _insert(connection: Connection, table: Table) -> Any:
    return (sqlite if is_sqlite(connection.dialect) else postgresql).insert(table)


def _rows(connection: Connection, statement: Any) -> int:
    """How many an INSERT has written."""
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
