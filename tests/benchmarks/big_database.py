"""A database of a million spans a month, made in minutes: the demo through the real pipeline, copied in SQL.

    python -m tests.benchmarks.big_database FILE [--spans] [--size 2000000]

Copies are traces of their own: other ids, other times of day, other users and sessions. Without --spans the tables of
the spans and their payloads stay as the demo left them: no page about costs reads them. `size` is in spans, of two
months.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, Table

from collector.config import Settings
from collector.demo.generate import generate
from collector.demo.send import DAYS
from collector.dimensions import parse_dimensions
from collector.ingest import prepare
from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.filters import TRACE, USAGE
from collector.store.models import Span, SpanPayload
from collector.store.records import Scope
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours
from collector.store.schema import migrate

SPANS = 2_000_000
QUARTER_NS = 15 * 60 * 10**9
_TIMES = ("start_ns", "end_ns", "received_ns", "quarter_ns")


def build(path: Path, *, with_spans: bool = False, size: int = SPANS) -> Engine:
    """An engine that writes to the database, made anew."""
    settings = Settings(database_url=f"sqlite:///{path}")
    engine = open_writer(settings.sqlalchemy_url)
    migrate(engine)
    seed(engine)
    wide: list[Table] = [Span.__table__, SpanPayload.__table__]  # type: ignore[attr-defined]
    tables = [USAGE, TRACE, *(wide if with_spans else [])]
    with engine.connect() as connection:
        spans = connection.exec_driver_sql("SELECT count(*) FROM span").scalar_one()
        connection.rollback()
    _hurry(engine)
    with engine.begin() as connection:
        for table in tables:
            copy(connection, table, -(-size // spans), _copied)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    for roll in (roll_hours, roll_sums):
        roll(engine, Scope(settings.scope), time.time_ns())
    return engine


def _hurry(engine: Engine) -> None:
    """Nobody misses a database of which half is built."""
    raw = engine.raw_connection()
    for pragma in ("synchronous = OFF", "cache_size = -1000000", "wal_autocheckpoint = 100000"):
        raw.cursor().execute(f"PRAGMA {pragma}")
    raw.close()


def seed(engine: Engine) -> None:
    dimensions = parse_dimensions("team=service.namespace")
    for request in generate(time.time_ns(), days=DAYS):
        body = request.SerializeToString()
        prepared = prepare(body, "protobuf", project_id="default", max_spans=100_000, dimensions=dimensions)
        commit(engine, [prepared.batch])


def copy(connection: Connection, table: Table, times: int, copied: Callable[[str], str]) -> None:
    """copied: of a column, what copy number :n has there. Indexes are made at the end: that is many times as fast."""
    statement = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql > ''"
    indexes = connection.exec_driver_sql(statement, (table.name,)).all()
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    connection.exec_driver_sql(f"CREATE TEMP TABLE seed_{table.name} AS SELECT * FROM {table.name}")
    columns = ", ".join(copied(column.name) for column in table.columns)
    names = ", ".join(column.name for column in table.columns)
    for number in range(1, times):
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) SELECT {columns} FROM seed_{table.name}", {"n": number}
        )
    for _, sql in indexes:
        connection.exec_driver_sql(sql)


def _copied(name: str) -> str:
    if name == "trace_id":
        return "substr(trace_id, 5) || printf('%04x', :n)"
    if name == "user_id":
        return "user_id || '-' || (:n % 10)"
    if name == "session_id":
        return "session_id || '-' || :n"
    return f"{name} + (:n % 23 - 11) * {QUARTER_NS}" if name in _TIMES else name


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("file", type=Path)
    options.add_argument("--spans", action="store_true")
    options.add_argument("--size", type=int, default=SPANS)
    given = options.parse_args()
    began_s = time.monotonic()
    build(given.file, with_spans=given.spans, size=given.size).dispose()
    print(f"built in {time.monotonic() - began_s:.0f} s: {given.file.stat().st_size / 2**20:,.0f} MiB")


if __name__ == "__main__":
    main()
