"""The schema and its version: Alembic, in one transaction and under a lock, so that processes may start at the same
time and a migration that is interrupted leaves the database as it was."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import ConfigurationError, StoreUnavailable
from collector.store.backup import copy_before_migration, size_bytes
from collector.store.dialect import POSTGRES_SCHEMA, as_store_error, is_sqlite, may_not_change, retryable
from collector.store.records.schema import SchemaPlan, SchemaStep

_MIGRATION_LOCK = 0x6D736774  # "msgt"
_SECONDS_A_ROW = 2e-6
"""Of a pass over a table: an index over a million spans takes a second or two on either database."""
_COUNTING_MS = 60_000

log = logging.getLogger(__name__)


def migrate(engine: Engine, *, with_copy: bool = True, tell: Callable[[str], object] = log.warning) -> bool:
    """Brings the schema up to date; True if there was something to do. All steps are done, or none.

    with_copy: of an SQLite database, beside it, as it was before. tell: is told where that is, or why there is none.
    Raises ConfigurationError for a database that a newer msgtrace wrote, StoreUnavailable if it can't be reached or
    this role may not change it.
    """
    scripts = _scripts()
    head = scripts.get_current_head()
    try:
        with engine.begin() as connection:
            if _checked_revision(connection, scripts, engine) == head:
                return False  # and a role that may not change the schema needn't
            _lock(connection)
            current = _checked_revision(connection, scripts, engine)
            if current == head:
                return False
            if with_copy and current is not None and is_sqlite(connection.dialect):
                tell(copy_before_migration(engine, current))
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            return True
    except (DBAPIError, TimeoutError) as error:
        if isinstance(error, TimeoutError) or retryable(error):
            raise as_store_error(error) from error
        if may_not_change(error):
            message = (
                "the schema is not up to date, and this role may not change it: run `msgtrace migrate` as its owner"
            )
            raise StoreUnavailable(message) from error
        raise


def plan(engine: Engine) -> SchemaPlan:
    """What `migrate` would do; changes nothing, so that an engine that only reads is enough.

    Raises ConfigurationError for a database that a newer msgtrace wrote, StoreUnavailable.
    """
    scripts = _scripts()
    try:
        with engine.connect() as connection:
            if not is_sqlite(connection.dialect):
                connection.exec_driver_sql(f"SET statement_timeout = {_COUNTING_MS}")
            current = _checked_revision(connection, scripts, engine)
            steps = _steps(connection, current, scripts)
            is_copied = bool(steps) and current is not None and is_sqlite(connection.dialect)
            return SchemaPlan(revision=current, steps=steps, copy_bytes=size_bytes(connection) if is_copied else None)
    except (DBAPIError, TimeoutError) as error:
        raise as_store_error(error) from error


def steps_of_an_empty_database() -> SchemaPlan:
    """What `migrate` would do where there is no database at all."""
    steps = tuple(_step(script, {}) for script in reversed(list(_scripts().walk_revisions())))
    return SchemaPlan(revision=None, steps=steps, copy_bytes=None)


def _steps(connection: Connection, current: str | None, scripts: ScriptDirectory) -> tuple[SchemaStep, ...]:
    missing = [script for script in scripts.iterate_revisions("head", current or "base") if script.revision != current]
    tables = {table for script in missing for table in _passes(script) or ()} if current else set()
    rows = {table: _count(connection, table) for table in sorted(tables) if _has(connection, table)}
    return tuple(_step(script, rows) for script in reversed(missing))


def _step(script: Any, rows: dict[str, int]) -> SchemaStep:
    passes = _passes(script)
    count = None if passes is None else sum(times * rows.get(table, 0) for table, times in passes.items())
    return SchemaStep(
        revision=script.revision,
        what=script.doc,
        rows=count,
        estimated_s=None if count is None else count * _SECONDS_A_ROW,
    )


def _passes(script: Any) -> dict[str, int] | None:
    """How often the step goes through all rows of a table; None when it doesn't say."""
    return getattr(script.module, "PASSES", None)


def _has(connection: Connection, table: str) -> bool:
    return bool(connection.dialect.has_table(connection, table))


def _count(connection: Connection, table: str) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())  # noqa: S608 (our own names)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _lock(connection: Connection) -> None:
    """SQLite is locked by BEGIN IMMEDIATE already."""
    if not is_sqlite(connection.dialect):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}")


def _checked_revision(connection: Connection, scripts: ScriptDirectory, engine: Engine) -> str | None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise ConfigurationError(
            f"{engine.url.render_as_string(hide_password=True)} was written by a newer msgtrace (schema {current}): "
            "upgrade msgtrace, or point MSGTRACE_DATABASE_URL at another database"
        )
    return current
