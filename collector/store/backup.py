"""A consistent copy of an SQLite database, while others go on writing it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine

from collector.errors import ConfigurationError
from collector.store.commands.writing import faults_in_our_words
from collector.store.dialect import POSTGRES_SCHEMA, is_sqlite
from collector.store.engine import open_reader

COPIES_KEPT = 2
"""Of those made before migrations, the newest."""
_PAGES_A_STEP = 2_000
_SPARE_BYTES = 256 * 2**20
"""Left free beside a copy that is made before a migration, for the migration itself."""
_MIB = 2**20


def back_up(engine: Engine, path: Path, progress: Callable[[int, int], object] = lambda _done, _total: None) -> None:
    """Copies the database as it is at one moment. `path` is there when it is whole, readable by its owner only.

    progress: told pages done and in all. Raises ConfigurationError for PostgreSQL or a file that is there already,
    StoreUnavailable.
    """
    if not is_sqlite(engine.dialect):
        raise ConfigurationError(f"backup copies SQLite; for PostgreSQL use pg_dump --schema={POSTGRES_SCHEMA}")
    if path.exists():
        raise ConfigurationError(f"{path} exists already: name another file")
    _copy_whole(engine, path, progress)


def copy_before_migration(engine: Engine, revision: str) -> str:
    """Copies an SQLite database to a file beside it, named after its revision; says where that is, or why there is
    none. Of older such copies the newest stays. Raises StoreUnavailable, ConfigurationError for a folder that can't be
    written.

    A writer that has begun its transaction may call it: what that changes is not in the copy.
    """
    database = Path(str(engine.url.database))
    reader = open_reader(engine.url.render_as_string(hide_password=False))
    try:
        with reader.connect() as connection:
            needed, free = size_bytes(connection) or 0, shutil.disk_usage(database.parent).free
        if free < needed + _SPARE_BYTES:
            return (
                f"no copy of {database} is made before the migration: "
                f"it would take {needed // _MIB:,} MiB, and {free // _MIB:,} MiB are free"
            )
        path = database.with_name(f"{database.name}.{revision}.bak")
        _copy_whole(reader, path)
    finally:
        reader.dispose()
    copies = sorted(_copies_of(database), key=lambda copy: copy.stat().st_mtime_ns)
    for old in copies[:-COPIES_KEPT]:
        old.unlink(missing_ok=True)
    return f"a copy of the database from before the migration is at {path}"


def size_bytes(connection: Connection) -> int | None:
    """Of an SQLite database; None for PostgreSQL."""
    if not is_sqlite(connection.dialect):
        return None
    pages, page_bytes = (connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size"))
    return int(pages or 0) * int(page_bytes or 0)


def _copies_of(database: Path) -> list[Path]:
    begin, end = f"{database.name}.", ".bak"
    return [path for path in database.parent.iterdir() if path.name.startswith(begin) and path.name.endswith(end)]


def _copy_whole(
    engine: Engine, path: Path, progress: Callable[[int, int], object] = lambda _done, _total: None
) -> None:
    """`path` is there when it is whole."""
    part = path.with_name(f"{path.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600))
    except OSError as error:
        raise ConfigurationError(f"{part} can't be written: {error.strerror}") from error
    try:
        _copy(engine, part, progress)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _copy(engine: Engine, part: Path, progress: Callable[[int, int], object]) -> None:
    with faults_in_our_words(), engine.connect() as connection, closing(sqlite3.connect(part)) as copy:
        # One snapshot for all steps: a copy that sees others write would begin again and again.
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()
        source = cast("sqlite3.Connection", connection.connection.driver_connection)
        source.backup(copy, pages=_PAGES_A_STEP, progress=lambda _, left, total: progress(total - left, total))
        connection.exec_driver_sql("ROLLBACK")
