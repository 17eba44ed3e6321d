from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.errors import BadQuery
from collector.query import (
    EVERYTHING,
    MAX_LENGTH,
    Compare,
    Has,
    Identified,
    Match,
    Query,
    Scored,
    SpanWith,
    Text,
    Value,
    WrongQuery,
    exactly,
    parse,
    render,
)
from tests.query.trees import DIMENSIONS, queries

SECOND_NS = 10**9


def one(text: str) -> object:
    (term,) = parse(text, DIMENSIONS).terms
    return term


@given(queries)
def test_a_query_written_out_reads_as_the_same_query(query: Query) -> None:
    text = render(query)
    if len(text) <= MAX_LENGTH:
        assert parse(text, DIMENSIONS) == query


@given(st.text(max_size=60) | st.lists(st.sampled_from([*list('ab:"*()-,<>=\\ '), "OR", "span(", "cost"])).map("".join))
@example("-")
@example('a:"')
@example("span(span(")
@example("score:")
def test_any_text_is_a_query_or_told_to_be_none(text: str) -> None:
    with contextlib.suppress(BadQuery):
        query = parse(text, DIMENSIONS)
        assert parse(render(query), DIMENSIONS) == query


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("outcome:recovered", Match("outcome", (exactly("recovered"),))),
        ("outcome:(failed OR recovered)", Match("outcome", (exactly("failed"), exactly("recovered")))),
        ("outcome:failed,recovered", Match("outcome", (exactly("failed"), exactly("recovered")))),
        ("model:gpt-4*", Match("model", (Value(("gpt-4", "")),))),
        ('workflow:"support bot"', Match("workflow", (exactly("support bot"),))),
        ('workflow:"50 \\* \\" \\\\"', Match("workflow", (exactly('50 * " \\'),))),
        ("env=prod", Match("environment", (exactly("prod"),))),
        ("team:payments", Match("dimension.team", (exactly("payments"),))),
        ("dimension.cost:centre", Match("dimension.cost", (exactly("centre"),))),
        ("-service:test", Match("service", (exactly("test"),), negated=True)),
        ("cost>0.01", Compare("cost", ">", 10_000_000)),
        ("cost>=$2", Compare("cost", ">=", 2 * 10**9)),
        ("duration:>2s", Compare("duration", ">", 2 * SECOND_NS)),
        ("duration<1.5m", Compare("duration", "<", 90 * SECOND_NS)),
        ("duration<=500ms", Compare("duration", "<=", SECOND_NS // 2)),
        ("tokens>1k", Compare("tokens", ">", 1000)),
        ("spans:3", Compare("spans", "=", 3)),
        ("has:exception", Has("exception")),
        ("id:5b8ef", Identified("5b8ef")),
        ("score:thumbs<0", Scored("thumbs", "<", 0.0)),
        ("score:thumbs=up", Scored("thumbs", label="up")),
        ("score:thumbs", Scored("thumbs")),
        ('"free text"', Text(exactly("free text"))),
        ("-word", Text(exactly("word"), negated=True)),
        ("10:30", Text(exactly("10:30"))),
        ("-", Text(exactly("-"))),
        (
            "span(kind:tool returned:error -name:x duration>1s slow)",
            SpanWith(
                (
                    Match("kind", (exactly("tool"),)),
                    Match("returned", (exactly("error"),)),
                    Match("name", (exactly("x"),), negated=True),
                    Compare("duration", ">", SECOND_NS),
                    Text(exactly("slow")),
                )
            ),
        ),
    ],
)
def test_what_a_text_means(text: str, meant: object) -> None:
    assert one(text) == meant


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("word -outcome:failed", False),
        ('-"no words"', True),
        ("span(kind:tool -word)", True),
        ("-span(kind:tool word)", True),
        ("-span(kind:tool) span(word)", False),
    ],
)
def test_whether_words_must_not_be_said(text: str, denies: bool) -> None:
    assert parse(text).denies_words is denies


def test_terms_stand_beside_each_other_and_an_empty_text_asks_for_everything() -> None:
    assert [type(term) for term in parse("a outcome:ok  cost>1").terms] == [Text, Match, Compare]
    assert parse("  ") == EVERYTHING


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("a modle:x", 2, "did you mean model?"),
        ("http://x", 0, '"quotes"'),
        ("outcome:faild", 8, "did you mean failed?"),
        ("a outcome:", 10, "expected a value"),
        ("duration>2", 9, "500ms, 2s"),
        ("cost>x", 5, "0.01"),
        ("tokens>1s", 7, "1k"),
        ("workflow>x", 8, "workflow:value"),
        ('name:"open', 5, 'expected "'),
        ("span(kind:tool", 14, "expected )"),
        ("span()", 5, "such as kind:tool"),
        ("span(outcome:ok)", 5, "no field of a span"),
        ("outcome:(ok failed)", 12, "expected OR or )"),
        ("a OR b", 2, "outcome:(failed OR recovered)"),
        ("has:exeption", 4, "did you mean exception?"),
        ("id:5b", 3, "at least 4"),
        ("score:thumbs<x", 13, "a number"),
        ("score>1", 5, "score:"),
        ("tag:a*", 4, "no *"),
        ("a\0", 1, "no text can hold"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "at most 1,000"),
        ("a " * 41, 80, "at most 40"),
        ("spans>" + "9" * 15 + "m", 6, "such as 1000"),
    ],
)
def test_a_wrong_query_says_where_and_what_was_expected(text: str, position: int, expected: str) -> None:
    with pytest.raises(WrongQuery) as caught:
        parse(text)
    assert caught.value.position == position
    assert expected in caught.value.reason
    assert str(position + 1) in str(caught.value)


def test_choosing_values_rewrites_one_field_where_it_stands() -> None:
    query = parse("a outcome:failed b -outcome:ok")
    assert render(query.having("outcome", ["ok", "failed"])) == "a outcome:(ok OR failed) b"
    assert render(query.having("outcome", [])) == "a b"
    assert render(query.having("model", ["gpt 5"])) == 'a outcome:failed b -outcome:ok model:"gpt 5"'
    assert query.values_of("outcome") == ("failed",)
