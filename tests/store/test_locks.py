"""Who waits for whom on PostgreSQL: writers of the same trace, and nobody else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from collector.store.dialect import lock_if_free, lock_traces
from collector.store.engine import open_writer

pytestmark = pytest.mark.postgres

Keys = Collection[tuple[str, str]]
ONE, OTHER = [("default", "1")], [("default", "2")]
SOME = [("default", f"a{number}") for number in range(400)]
MORE = [("default", f"b{number}") for number in range(400)]
MANY = [("default", f"c{number}") for number in range(10_000)]
"""More than a transaction takes single locks of."""


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_writer(postgres_url)
    yield engine
    engine.dispose()


def waits(engine: Engine, held: Keys, wanted: Keys) -> bool:
    """Whether a writer of some traces waits for one of others."""
    with engine.begin() as first, engine.connect() as second:
        lock_traces(first, held)
        second.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        try:
            lock_traces(second, wanted)
        except OperationalError:
            return True
        return False


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        (ONE, ONE, True),
        (ONE, OTHER, False),
        (SOME, MORE, False),
        ([*SOME, *ONE], [*MORE, *ONE], True),
        (ONE, MANY, True),
        (MANY, ONE, True),
        (MANY, MANY, True),
    ],
    ids=[
        "the same",
        "another",
        "hundreds of others",
        "one in common",
        "many after one",
        "one after many",
        "many twice",
    ],
)
def test_writers_wait_for_each_other_only_where_they_may_meet(
    engine: Engine, held: Keys, wanted: Keys, expected: bool
) -> None:
    assert waits(engine, held, wanted) is expected


def test_of_free_traces_alone_a_lock_is_had_without_waiting(engine: Engine) -> None:
    with engine.begin() as first, engine.begin() as second:
        lock_traces(first, ONE)
        lock_traces(second, SOME)
        assert lock_if_free(second, {*ONE, *OTHER, SOME[0]}) == {*OTHER, SOME[0]}
