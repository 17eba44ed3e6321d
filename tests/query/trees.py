"""Strategies for trees of the search language."""

from __future__ import annotations

from hypothesis import strategies as st

from collector.query import Compare, Has, Identified, Match, Query, Scored, SpanWith, Text, Value, dimension_field
from collector.query.fields import FIELDS, HAS

DIMENSIONS = ("team", "cost")
"""The second has the name of a field of ours."""
_CHARS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(_CHARS, min_size=1, max_size=8) | st.sampled_from(
    ["OR", "-", "-a", "a:b", "span(", ")", '"', "\\", "a,b", "a b", "1", "=", ">2", "*", "has:cost"]
)
pieces = st.text(_CHARS, max_size=5)
patterns = st.lists(pieces, min_size=2, max_size=3).map(lambda p: Value(tuple(p)))
words = st.builds(lambda text: Value((text,)), texts)
negated = st.booleans()
LARGEST = 10**15 - 1

names = [name for name, field in FIELDS.items() if field.unit is None and not field.choices]
starred = [name for name in names if FIELDS[name].takes_star]
numbers = [name for name, field in FIELDS.items() if field.unit is not None]
operators = st.sampled_from([">", ">=", "<", "<=", "="])


def _lists(of: st.SearchStrategy[Value]) -> st.SearchStrategy[tuple[Value, ...]]:
    return st.lists(of, min_size=1, max_size=3).map(tuple)


def _terms(field_names: list[str]) -> st.SearchStrategy[Text | Match | Compare]:
    inside = set(field_names)
    free = st.builds(Text, words | patterns.filter(lambda value: any(value.pieces)), negated)
    matches = st.builds(Match, st.sampled_from(sorted(inside & set(starred))), _lists(words | patterns), negated)
    compared = st.sampled_from(sorted(inside & set(numbers)))
    return free | matches | st.builds(Compare, compared, operators, st.integers(0, LARGEST), negated)


kinds = st.builds(Match, st.just("kind"), _lists(st.sampled_from(["llm", "tool"]).map(lambda k: Value((k,)))), negated)
plain = st.builds(Match, st.sampled_from(["tag", *map(dimension_field, DIMENSIONS)]), _lists(words), negated)
conditions = _terms([name for name, field in FIELDS.items() if field.of_span]) | kinds
scores = st.one_of(
    st.builds(Scored, texts, negated=negated),
    st.builds(Scored, texts, label=texts, negated=negated),
    st.builds(Scored, texts, operators, st.floats(allow_nan=False, allow_infinity=False), negated=negated),
)
terms = st.one_of(
    _terms(list(FIELDS)),
    kinds,
    plain,
    st.builds(Has, st.sampled_from(HAS), negated),
    st.builds(Identified, st.text(_CHARS, min_size=4, max_size=9), negated),
    scores,
    st.builds(SpanWith, st.lists(conditions, min_size=1, max_size=3).map(tuple), negated),
)
queries = st.lists(terms, max_size=5).map(lambda found: Query(tuple(found)))
