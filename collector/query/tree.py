"""What a query says, as a frozen tree. Numbers are in the units of the store: _ns, _nusd, tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from collector.errors import BadQuery

Operator = Literal[">", ">=", "<", "<=", "="]
OPERATORS: tuple[Operator, ...] = (">=", "<=", ">", "<", "=")


class WrongQuery(BadQuery):
    """A text that is no query: `position` is where, counted from 0, `reason` what was expected there."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"q, character {position + 1}: {reason}")
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class Value:
    """A text with a gap for every `*`: ("gpt-4", "") is gpt-4 and whatever follows. One piece: exactly that."""

    pieces: tuple[str, ...]

    @property
    def exact(self) -> str | None:
        return self.pieces[0] if len(self.pieces) == 1 else None


ANYTHING = Value(("", ""))
"""`*`: whatever there is, but not nothing."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words to be found anywhere in a span: its name, input, output, errors, and texts of attributes."""

    value: Value
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A field that is one of the values."""

    field: str
    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    field: str
    operator: Operator
    number: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Has:
    what: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """The beginning of a trace id or of a span id, or the id of a provider's response."""

    id: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """A score of that name; compared with a number, or of that label."""

    name: str
    operator: Operator | None = None
    number: float | None = None
    label: str | None = None
    negated: bool = False


SpanTerm: TypeAlias = Text | Match | Compare


@dataclass(frozen=True, slots=True)
class SpanWith:
    """One span for which all conditions hold."""

    conditions: tuple[SpanTerm, ...]
    negated: bool = False


Term: TypeAlias = Text | Match | Compare | Has | Identified | Scored | SpanWith


@dataclass(frozen=True, slots=True)
class Query:
    """All terms have to hold."""

    terms: tuple[Term, ...] = ()

    @property
    def denies_words(self) -> bool:
        """Whether some words must not be said, which only who has looked through everything can tell."""
        return any(map(_denies_words, self.terms))

    def values_of(self, field: str) -> tuple[str, ...]:
        """The values that are asked for exactly."""
        terms = (term for term in self.terms if isinstance(term, Match) and not term.negated)
        found = (term.values for term in terms if term.field == field)
        return tuple(value.exact for values in found for value in values if value.exact is not None)

    @property
    def has_text(self) -> bool:
        """Whether words or ids are looked for, which the search index leads to, and not only fields."""
        inside = (c for term in self.terms if isinstance(term, SpanWith) for c in term.conditions)
        return any(isinstance(term, Text | Identified) for term in (*self.terms, *inside))

    def without(self, field: str) -> Query:
        """The same with nothing said of the field."""
        return Query(tuple(term for term in self.terms if getattr(term, "field", None) != field))

    def having(self, field: str, values: Sequence[str]) -> Query:
        """The field is one of the values, whatever was said of it before; its place stays."""
        first = next((i for i, term in enumerate(self.terms) if getattr(term, "field", None) == field), len(self.terms))
        rest = self.without(field).terms
        wanted = (Match(field, tuple(map(exactly, values))),) if values else ()
        return Query((*rest[:first], *wanted, *rest[first:]))


EVERYTHING = Query()


def exactly(text: str) -> Value:
    return Value((text,))


def _denies_words(term: Term) -> bool:
    if isinstance(term, SpanWith):
        return any(isinstance(inner, Text) and (term.negated or inner.negated) for inner in term.conditions)
    return isinstance(term, Text) and term.negated
