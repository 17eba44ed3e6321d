"""A database of a million spans a month, made in minutes: the demo through the real pipeline, copied in SQL.

    python -m tests.benchmarks.big_database FILE [--spans]

Copies are traces of their own: other ids, other times of day, other users and sessions. Without --spans the tables of
the spans stay as the demo left them: no page about costs reads them.
"""

from __future__ import annotations

import sys
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
from collector.store.models import Span
from collector.store.records import Scope
from collector.store.rollup import roll_hours
from collector.store.schema import migrate

SPANS = 2_000_000
"""In two months."""
QUARTER_NS = 15 * 60 * 10**9
_TIMES = ("start_ns", "end_ns", "received_ns", "quarter_ns")


def build(path: Path, *, with_spans: bool = False) -> Engine:
    """An engine that writes to the database, made anew."""
    settings = Settings(database_url=f"sqlite:///{path}")
    engine = open_writer(settings.sqlalchemy_url)
    migrate(engine)
    _seed(engine)
    tables = [USAGE, TRACE, *([Span.__table__] if with_spans else [])]  # type: ignore[attr-defined]
    with engine.connect() as connection:
        spans = connection.exec_driver_sql("SELECT count(*) FROM span").scalar_one()
        connection.rollback()
    with engine.begin() as connection:
        for table in tables:
            copy(connection, table, -(-SPANS // spans), _copied)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    roll_hours(engine, Scope(settings.scope), time.time_ns())
    return engine


def _seed(engine: Engine) -> None:
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


if __name__ == "__main__":
    began_s = time.monotonic()
    build(Path(sys.argv[1]), with_spans="--spans" in sys.argv).dispose()
    print(f"built in {time.monotonic() - began_s:.0f} s: {Path(sys.argv[1]).stat().st_size / 2**20:,.0f} MiB")
