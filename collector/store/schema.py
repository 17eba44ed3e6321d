"""The schema and its version: Alembic, run under a lock so that processes may start at the same time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import ConfigurationError
from collector.store.dialect import POSTGRES_SCHEMA, as_store_error, is_sqlite, retryable

_MIGRATION_LOCK = 0x6D736774  # "msgt"


def migrate(engine: Engine) -> bool:
    """Brings the schema up to date; True if there was something to do.

    Raises ConfigurationError for a database that a newer msgtrace wrote, StoreUnavailable if it can't be reached.
    """
    config = _config()
    try:
        with engine.begin() as connection:
            _lock(connection)
            current = _current(connection)
            _refuse_newer(current, config, engine)
            if current == ScriptDirectory.from_config(config).get_current_head():
                return False
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            return True
    except (DBAPIError, TimeoutError) as error:
        if isinstance(error, TimeoutError) or retryable(error):
            raise as_store_error(error) from error
        raise


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _lock(connection: Connection) -> None:
    """SQLite is locked by BEGIN IMMEDIATE already."""
    if not is_sqlite(connection.dialect):
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {POSTGRES_SCHEMA}")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(current: str | None, config: Config, engine: Engine) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigurationError(
            f"{engine.url.render_as_string(hide_password=True)} was written by a newer msgtrace (schema {current}): "
            "upgrade msgtrace, or point MSGTRACE_DATABASE_URL at another database"
        )
