from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.store.histograms import ERROR, add_counts, histogram_of, pack, percentiles_ns, unpack

DURATIONS = st.lists(st.integers(0, 10**18), min_size=1)


@given(values=DURATIONS, share=st.floats(0.01, 1))
def test_a_percentile_is_within_the_stated_error(values: list[int], share: float) -> None:
    exact = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    assert percentiles_ns(histogram_of(values), [share]) == [pytest.approx(exact, rel=ERROR + 1e-9)]


@given(one=DURATIONS, other=DURATIONS)
def test_histograms_add_up(one: list[int], other: list[int]) -> None:
    both = histogram_of(one)
    add_counts(both, histogram_of(other).items())
    assert both == histogram_of(one + other)
    assert sum(both.values()) == len(one) + len(other)


@given(values=st.lists(st.integers(0, 2**63 - 1)))
def test_what_is_stored_is_read(values: list[int]) -> None:
    assert dict(unpack(pack(histogram_of(values)))) == histogram_of(values)


def test_of_nothing_there_is_no_percentile() -> None:
    assert percentiles_ns({}, [0.5]) is None
