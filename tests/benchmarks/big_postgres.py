"""As `big_database`, on PostgreSQL: the demo through the real pipeline, copied in SQL, here with all its spans.

    python -m tests.benchmarks.big_postgres FOLDER [--spans 1000000]

It starts a server with its data in FOLDER, builds, asks what `tests.benchmarks.reads` asks, and leaves the data there:
a second time it only asks.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import Connection, Table

from collector.store.engine import open_writer
from collector.store.filters import TRACE, USAGE
from collector.store.models import Span
from collector.store.records import Scope
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours
from collector.store.schema import migrate
from tests.benchmarks import reads
from tests.benchmarks.big_database import QUARTER_NS, seed
from tests.postgres_servers import own_server, url_of

_COPIED: dict[str, Callable[[int], str]] = {
    "trace_id": lambda n: f"substr(trace_id, 5) || '{n:04x}'",
    "user_id": lambda n: f"user_id || '-{n % 10}'",
    "session_id": lambda n: f"session_id || '-{n}'",
    **dict.fromkeys(
        ("start_ns", "end_ns", "received_ns", "quarter_ns"),
        lambda n: f"{{}} + {(n % 23 - 11) * QUARTER_NS}",
    ),
}


def build(url: str, spans: int) -> None:
    engine = open_writer(url)
    if not migrate(engine):
        return
    seed(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        stored = connection.exec_driver_sql("SELECT count(*) FROM span").scalar_one()
        for table in (USAGE, TRACE, Span.__table__):  # type: ignore[attr-defined]
            _copy(connection, table, -(-spans // stored))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    for roll in (roll_hours, roll_sums):
        roll(engine, Scope(("default",)), time.time_ns())
    engine.dispose()


def _copy(connection: Connection, table: Table, times: int) -> None:
    """Indexes are made at the end: that is many times as fast."""
    statement = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'msgtrace' AND tablename = %s"
        " AND indexname NOT LIKE '%%_pkey'"
    )
    indexes = connection.exec_driver_sql(statement, (table.name,)).all()
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    connection.exec_driver_sql(f"CREATE TEMP TABLE seed_{table.name} AS SELECT * FROM {table.name}")
    names = [column.name for column in table.columns]
    for number in range(1, times):
        columns = ", ".join(_COPIED[name](number).format(name) if name in _COPIED else name for name in names)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {columns} FROM seed_{table.name}"
        )
    for _, definition in indexes:
        connection.exec_driver_sql(definition)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spans", type=int, default=1_000_000)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    with own_server(asked.folder / "postgres") as server:
        began_s = time.monotonic()
        build(url_of(server), asked.spans)
        print(f"built in {time.monotonic() - began_s:.0f} s", flush=True)
        with patch.object(sys, "argv", ["reads", url_of(server)]):
            reads.main()


if __name__ == "__main__":
    main()
