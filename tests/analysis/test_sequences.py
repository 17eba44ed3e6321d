from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.sequences import match_sequences

words = st.lists(st.sampled_from("abcd"), max_size=30)


def test_a_step_in_between_leaves_the_others_together() -> None:
    assert match_sequences("abc", "abxc") == [(0, 0), (1, 1), (2, 3)]


def test_of_repeated_labels_the_first_go_together() -> None:
    assert match_sequences("asb", "asrsrsb") == [(0, 0), (1, 1), (2, 6)]


def test_a_twin_inserted_in_front_shifts_nothing_for_long() -> None:
    assert match_sequences("sxsy", "ssxsy") == [(0, 0), (1, 2), (2, 3), (3, 4)]


@given(words)
def test_a_sequence_matches_itself_whole(a: list[str]) -> None:
    assert match_sequences(a, a) == [(at, at) for at in range(len(a))]


@given(words, words)
def test_pairs_are_equal_labels_that_rise_on_both_sides(a: list[str], b: list[str]) -> None:
    pairs = match_sequences(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


@given(words, words)
def test_nothing_that_could_be_matched_in_a_gap_is_left(a: list[str], b: list[str]) -> None:
    pairs = [(-1, -1), *match_sequences(a, b), (len(a), len(b))]
    for (i, j), (k, m) in pairwise(pairs):
        assert not set(a[i + 1 : k]) & set(b[j + 1 : m])


@given(words, words)
def test_turned_round_the_pairs_are_turned_round(a: list[str], b: list[str]) -> None:
    assert match_sequences(b, a) == [(j, i) for i, j in match_sequences(a, b)]
