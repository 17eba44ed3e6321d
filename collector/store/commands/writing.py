"""How a command writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import StoreUnavailable
from collector.store.dialect import as_store_error, is_sqlite, missing_table, retryable


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One short transaction; its faults are told as StoreUnavailable."""
    with faults_in_our_words(), engine.begin() as connection:
        yield connection


@contextmanager
def faults_in_our_words() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise as_store_error(error) from error
    except DBAPIError as error:
        if missing_table(error):
            raise StoreUnavailable("the database has no msgtrace tables yet: run `msgtrace migrate`") from error
        if retryable(error):
            raise as_store_error(error) from error
        raise


def may_write(engine: Engine) -> bool:
    """Whether this process has the right to store spans. Raises StoreUnavailable."""
    if is_sqlite(engine.dialect):
        return os.access(str(engine.url.database), os.W_OK)
    allowed = "has_table_privilege('span', 'INSERT') AND current_setting('transaction_read_only') = 'off'"
    with faults_in_our_words(), engine.connect() as connection:
        return bool(connection.exec_driver_sql(f"SELECT {allowed}").scalar_one())
