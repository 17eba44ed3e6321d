"""How far the search index has come, and whether it holds what it should."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine, func, select

from collector.store.engine import reading, snapshot
from collector.store.reads.doctor import groups_of_traces
from collector.store.records import Difference, Scope, SearchProgress
from collector.store.search_index import MARK, indexed_spans
from collector.store.search_source import Wanted, wanted_spans
from collector.store.selecting import TraceKey, rows_of_traces

MOST_COUNTED = 10_000


def get_search_progress(engine: Engine, scope: Scope) -> SearchProgress:
    oldest = select(MARK.c.marked_ns).where(MARK.c.project_id.in_(scope)).order_by(MARK.c.marked_ns).limit(1)
    some = select(MARK.c.trace_id).where(MARK.c.project_id.in_(scope)).limit(MOST_COUNTED + 1).subquery()
    with reading(engine) as connection:
        waiting = connection.execute(select(func.count()).select_from(some)).scalar_one()
        return SearchProgress(waiting=waiting, oldest_waiting_ns=connection.execute(oldest).scalar())


def examine_search(engine: Engine, scope: Scope) -> Iterator[tuple[Difference, ...]]:
    """Where the index differs from the spans, a group of traces at a time; traces that wait for it are left out."""
    for keys in groups_of_traces(engine, scope):
        with snapshot(engine) as connection:
            marked = {
                (row[0], row[1]) for row in rows_of_traces(connection, "search_mark", ("project_id", "trace_id"), keys)
            }
            rest = [key for key in keys if key not in marked]
            wanted, indexed = _stamps(wanted_spans(connection, rest)), indexed_spans(connection, rest)
        yield tuple(
            Difference(*key, "search index", f"{len(indexed.get(key, {}))} spans", f"{len(spans)} spans")
            for key, spans in wanted.items()
            if indexed.get(key, {}) != spans
        )


def _stamps(wanted: Wanted) -> dict[TraceKey, dict[str, bytes]]:
    return {key: {span_id: span.stamp for span_id, span in spans.items()} for key, spans in wanted.items()}
