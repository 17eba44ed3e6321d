"""The search language: text in, a frozen tree out, and back. Pure; `collector.store.search` asks the database."""

from collector.query.fields import dimension_field
from collector.query.parser import MAX_LENGTH, parse
from collector.query.render import render
from collector.query.tree import (
    ANYTHING,
    EVERYTHING,
    Compare,
    Has,
    Identified,
    Match,
    Query,
    Scored,
    SpanWith,
    Term,
    Text,
    Value,
    WrongQuery,
    exactly,
)

__all__ = [
    "ANYTHING",
    "EVERYTHING",
    "MAX_LENGTH",
    "Compare",
    "Has",
    "Identified",
    "Match",
    "Query",
    "Scored",
    "SpanWith",
    "Term",
    "Text",
    "Value",
    "WrongQuery",
    "dimension_field",
    "exactly",
    "parse",
    "render",
]
