"""A text as a tree. Every fault is a WrongQuery that says where and what was expected.

query  = term*                                  all of them hold
term   = ["-"] (span | field | words)
span   = "span(" (field | words)* ")"           one span for which all of them hold
field  = key ":" values | key operator number   operator: > >= < <= =
values = value ("," value)* | "(" value ("OR" value)* ")"
value  = word | '"' text '"'                    * stands for anything, \\ in quotes keeps what follows
"""

from __future__ import annotations

import re
from collections.abc import Collection
from math import isfinite

from collector.query.fields import FIELDS, HAS, OTHER_KEYS, Field, canonical, find_field, suggestion
from collector.query.scanner import Scanner
from collector.query.tree import (
    ANYTHING,
    OPERATORS,
    Compare,
    Has,
    Identified,
    Match,
    Operator,
    Query,
    Scored,
    SpanTerm,
    SpanWith,
    Term,
    Text,
    Value,
    WrongQuery,
)
from collector.query.units import EXAMPLES, read_number

MAX_LENGTH = 1_000
MAX_TERMS = 40
MAX_VALUES = 50
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)(:|>=|<=|>|<|=)")
_SPAN = re.compile(r"span\(", re.IGNORECASE)
_DECIMAL = re.compile(r"[-+]?\d{1,17}(\.\d{1,25})?(e[-+]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_MIN_ID = 4


def parse(text: str, dimensions: Collection[str] = ()) -> Query:
    """dimensions: the names of the promoted ones, which are keys too. Raises WrongQuery."""
    if len(text) > MAX_LENGTH:
        raise WrongQuery(f"a search takes at most {MAX_LENGTH:,} characters, not {len(text):,}", MAX_LENGTH)
    for position, char in enumerate(text):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise WrongQuery("a character that no text can hold", position)
    return Query(tuple(_Parser(text, dimensions).terms()))


class _Parser:
    def __init__(self, text: str, dimensions: Collection[str]) -> None:
        self._scan = Scanner(text)
        self._dimensions = dimensions

    def terms(self) -> list[Term]:
        found: list[Term] = []
        while not self._scan.at_end():
            if len(found) == MAX_TERMS:
                raise WrongQuery(f"a search takes at most {MAX_TERMS} conditions", self._scan.position)
            found.append(self._term())
        return found

    def _term(self) -> Term:
        negated = self._scan.takes_minus()
        if not self._scan.takes(_SPAN):
            return self._simple(negated, in_span=False)
        start = self._scan.position
        conditions: list[SpanTerm] = []
        closed = False
        while not self._scan.at_end() and not (closed := self._scan.takes_char(")")):
            condition = self._simple(self._scan.takes_minus(), in_span=True)
            assert isinstance(condition, SpanTerm)
            conditions.append(condition)
            if len(conditions) > MAX_TERMS:
                raise WrongQuery(f"span() takes at most {MAX_TERMS} conditions", start)
        if not closed:
            raise WrongQuery("span( is open: expected )", self._scan.position)
        if not conditions:
            raise WrongQuery("span() is empty: expected a condition such as kind:tool", start)
        return SpanWith(tuple(conditions), negated)

    def _simple(self, negated: bool, *, in_span: bool) -> Term:
        start = self._scan.position
        found = self._scan.takes(_KEY)
        if found is None:
            return self._words(negated, in_span)
        key, sign = found[1].lower(), found[2]
        if key in OTHER_KEYS and not in_span:
            return self._special(key, sign, negated)
        field = canonical(key, self._dimensions)
        if field is None or (in_span and not find_field(field).of_span):
            raise self._unknown(found[1], start, in_span=in_span)
        return self._field(field, sign, negated, in_span)

    def _words(self, negated: bool, in_span: bool) -> Text:
        start = self._scan.position
        quoted = self._scan.char == '"'
        value = self._scan.value(closed_by=")" if in_span else "")
        if not any(value.pieces):
            raise WrongQuery("expected a word, a text in quotes, or a condition such as outcome:failed", start)
        if value.exact == "OR" and not quoted:
            raise WrongQuery("OR stands between values: outcome:(failed OR recovered)", start)
        return Text(value, negated)

    def _field(self, name: str, sign: str, negated: bool, in_span: bool) -> Match | Compare:
        field = find_field(name)
        if field.unit is not None:
            return self._comparison(name, sign, negated, in_span)
        if sign not in (":", "="):
            raise WrongQuery(f"{name} is a text: expected {name}:value", self._scan.position - len(sign))
        return Match(name, self._values(name, field, in_span), negated)

    def _comparison(self, name: str, sign: str, negated: bool, in_span: bool) -> Compare:
        unit = find_field(name).unit
        assert unit is not None
        operator = self._operator(sign)
        start = self._scan.position
        given = self._scan.value(closed_by=")" if in_span else "").exact
        number = read_number(given or "", unit)
        if number is None:
            raise WrongQuery(f"{name}: expected {EXAMPLES[unit]}", start)
        return Compare(name, operator, number, negated)

    def _operator(self, sign: str) -> Operator:
        """`duration:>2s` says the same as `duration>2s`, and `spans:3` as `spans=3`."""
        wanted = sign if sign != ":" else next((o for o in OPERATORS if self._scan.takes_char(o)), "=")
        return next(operator for operator in OPERATORS if operator == wanted)

    def _values(self, name: str, field: Field, in_span: bool) -> tuple[Value, ...]:
        values: list[Value] = []
        in_brackets = self._scan.takes_char("(")
        closed_by = ",)" if in_span or in_brackets else ","
        while True:
            start = self._scan.position
            values.append(self._checked(name, field, self._scan.value(closed_by), start))
            if len(values) > MAX_VALUES:
                raise WrongQuery(f"{name}: at most {MAX_VALUES} values", start)
            if not in_brackets:
                if not self._scan.takes_char(","):
                    return tuple(values)
            elif self._closes():
                return tuple(values)

    def _closes(self) -> bool:
        """Whether the bracket ends here; else there is another value behind OR or a comma."""
        self._scan.skip_blanks()
        if self._scan.takes_char(")"):
            return True
        if not (self._scan.takes_char(",") or self._scan.takes_word("OR")):
            raise WrongQuery("expected OR or )", self._scan.position)
        self._scan.skip_blanks()
        return False

    def _checked(self, name: str, field: Field, value: Value, start: int) -> Value:
        if not any(value.pieces) and value.exact is not None:
            raise WrongQuery(f"{name}: expected a value", start)
        if value == ANYTHING:
            return value
        if value.exact is None and not field.takes_star:
            raise WrongQuery(f"{name} takes no * within a value: expected the whole value", start)
        if field.choices and value.exact not in field.choices:
            hint = suggestion(value.exact or "", field.choices)
            raise WrongQuery(f"{name}: expected one of {', '.join(field.choices)}{hint}", start)
        return value

    def _special(self, key: str, sign: str, negated: bool) -> Term:
        if key == "span" or sign not in (":", "="):
            expected = "span(kind:tool ...)" if key == "span" else f"{key}:"
            raise WrongQuery(f"expected {expected}", self._scan.position - len(sign))
        start = self._scan.position
        if key == "score":
            return self._score(negated)
        given = self._scan.value().exact or ""
        if key == "has":
            if given not in HAS:
                raise WrongQuery(f"has: expected one of {', '.join(HAS)}{suggestion(given, HAS)}", start)
            return Has(given, negated)
        if len(given) < _MIN_ID:
            raise WrongQuery(f"id: expected at least {_MIN_ID} characters of an id", start)
        return Identified(given, negated)

    def _score(self, negated: bool) -> Scored:
        start = self._scan.position
        name = self._scan.value(closed_by="<>=").exact
        if not name:
            raise WrongQuery("score: expected the name of a score, such as score:thumbs<0", start)
        operator = next((o for o in OPERATORS if self._scan.takes_char(o)), None)
        if operator is None:
            return Scored(name, negated=negated)
        start, quoted = self._scan.position, self._scan.char == '"'
        given = self._scan.value().exact or ""
        if _DECIMAL.fullmatch(given) and not quoted and isfinite(float(given)):
            return Scored(name, operator, float(given), negated=negated)
        if operator != "=" or not given:
            raise WrongQuery(f"score:{name}: expected a number", start)
        return Scored(name, label=given, negated=negated)

    def _unknown(self, key: str, position: int, *, in_span: bool) -> WrongQuery:
        known = [name for name, field in FIELDS.items() if field.of_span or not in_span]
        names = known if in_span else [*known, *OTHER_KEYS, *self._dimensions]
        hint = suggestion(key, names)
        where = " of a span" if in_span else ""
        instead = hint or '; to search for these words put them in "quotes"'
        return WrongQuery(f"{key} is no field{where}{instead}", position)
