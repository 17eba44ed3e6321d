"""A consistent copy of an SQLite database, while others go on writing it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from collector.errors import ConfigurationError
from collector.store.commands.writing import faults_in_our_words
from collector.store.dialect import POSTGRES_SCHEMA, is_sqlite

_PAGES_A_STEP = 2_000


def back_up(engine: Engine, path: Path, progress: Callable[[int, int], object] = lambda _done, _total: None) -> None:
    """Copies the database as it is at one moment. `path` is there when it is whole, readable by its owner only.

    progress: told pages done and in all. Raises ConfigurationError for PostgreSQL or a file that is there already,
    StoreUnavailable.
    """
    if not is_sqlite(engine.dialect):
        raise ConfigurationError(f"backup copies SQLite; for PostgreSQL use pg_dump --schema={POSTGRES_SCHEMA}")
    if path.exists():
        raise ConfigurationError(f"{path} exists already: name another file")
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
