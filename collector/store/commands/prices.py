"""Prices of one's own, and pricing stored calls again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from sqlalchemy import Engine, Table, delete, insert
from sqlalchemy.exc import DBAPIError

from collector.errors import NotFound
from collector.store.commands.writing import faults_in_our_words, writing
from collector.store.commit import bump_counter, recompute
from collector.store.dialect import rolled_back
from collector.store.models import PriceOverride as PriceOverrideTable
from collector.store.records import PriceOverride
from collector.store.rows import SpanRow
from collector.store.selecting import TraceKey

OVERRIDE: Table = PriceOverrideTable.__table__  # type: ignore[attr-defined]
_ATTEMPTS = 5
_MAX_PAUSE_S = 1.0


def add_override(engine: Engine, override: PriceOverride) -> None:
    """For new calls, in every process within seconds. Raises StoreUnavailable."""
    with writing(engine) as connection:
        connection.execute(insert(OVERRIDE).values(**asdict(override)))
        bump_counter(connection)


def remove_override(engine: Engine, override_id: str) -> None:
    """Raises NotFound, StoreUnavailable."""
    with writing(engine) as connection:
        if not connection.execute(delete(OVERRIDE).where(OVERRIDE.c.id == override_id)).rowcount:
            raise NotFound(f"no price with the id {override_id}")
        bump_counter(connection)


def recompute_group(
    engine: Engine, keys: Sequence[TraceKey], change_spans: Callable[[Sequence[SpanRow]], Sequence[SpanRow]]
) -> int:
    """As `commit.recompute`, for one group of many: tries again when another transaction came first, and leaves the
    database alone afterwards for as long as it took, so that writers get their turn. Raises StoreUnavailable."""
    begun = time.monotonic()
    with faults_in_our_words():
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                changed = recompute(engine, keys, change_spans)
                break
            except DBAPIError as error:
                if not rolled_back(error) or attempt == _ATTEMPTS:
                    raise
                time.sleep(0.02 * attempt)
    time.sleep(min(time.monotonic() - begun, _MAX_PAUSE_S))
    return changed
