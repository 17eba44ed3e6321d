"""A trace by the first digits of its id."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.errors import BadQuery, NotFound
from collector.store.commit import commit
from collector.store.reads.traces import find_trace_id
from collector.store.records import Scope
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, batch, span

OTHER = TRACE_ID[:10] + "f" * 22


@pytest.fixture
def stored(writing: Engine) -> Engine:
    commit(writing, [batch(span(1)), batch(span(1, trace_id=OTHER))])
    return writing


@pytest.mark.parametrize("digits", [11, 31, 32])
def test_the_digits_that_fit_one_trace_find_it(stored: Engine, digits: int) -> None:
    assert find_trace_id(stored, SCOPE, TRACE_ID[:digits]) == TRACE_ID
    assert find_trace_id(stored, SCOPE, OTHER[:digits]) == OTHER


def test_digits_that_fit_two_traces_find_neither(stored: Engine) -> None:
    with pytest.raises(BadQuery, match="several"):
        find_trace_id(stored, SCOPE, TRACE_ID[:10])


@pytest.mark.parametrize("prefix", ["00000000", "ffffffff", TRACE_ID[:-1] + "0"])
def test_digits_that_fit_none_find_none(stored: Engine, prefix: str) -> None:
    with pytest.raises(NotFound):
        find_trace_id(stored, SCOPE, prefix)


@pytest.mark.parametrize("prefix", ["", TRACE_ID[:7], "0af7651%", "0AF76519", "0af76519 "])
def test_what_is_too_short_or_no_hex_is_not_looked_up(stored: Engine, prefix: str) -> None:
    with pytest.raises(BadQuery, match="hex digits"):
        find_trace_id(stored, SCOPE, prefix)


def test_another_project_sees_nothing(stored: Engine) -> None:
    with pytest.raises(NotFound):
        find_trace_id(stored, Scope(("other",)), TRACE_ID)
