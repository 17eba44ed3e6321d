"""How a command writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import OnlyReads, StoreUnavailable
from collector.store.dialect import as_store_error, may_not_change, missing_table, retryable

ONLY_READS = (
    "the database may only be read from here: MSGTRACE_DATABASE_URL names a replica, or a role without the right"
)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One short transaction; its faults are told as StoreUnavailable or OnlyReads."""
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
        if may_not_change(error):
            raise OnlyReads(ONLY_READS) from error
        raise
