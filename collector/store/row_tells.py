"""What the row of a trace tells of its spans, as conditions; where it doesn't, the spans are looked at.

See `collector.store.span_values`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, Text, and_, case, false, func, literal_column, or_, true

from collector.query import Match, Value
from collector.store.models import Trace
from collector.store.models.traces import LETTER
from collector.store.search_words import like
from collector.store.span_values import LETTERS, MARKS, NOT_SO, WRONG

Condition = ColumnElement[bool]
TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
TEXT = TRACE.c.span_values
# In the words of the indexes `trace_with_...`, by which a database knows that it may use them.
_LETTER = {what: literal_column(letter, Text) for what, letter in LETTER.items()}
_MAY_HAVE = {what: letter != literal_column(f"'{NOT_SO}'", Text) for what, letter in _LETTER.items()}


def tells_values(text: ColumnElement[str | None]) -> Condition:
    """text: `trace.span_values`."""
    return func.coalesce(func.length(text), 0) > len(WRONG)


def went_wrong(what: str, has_span: Condition) -> Condition:
    """what: one of WRONG. has_span: the same, asked of the spans."""
    return and_(_MAY_HAVE[what], case((_LETTER[what] == LETTERS[what], true()), else_=has_span))


def says(match: Match, has_span: Condition) -> Condition:
    """Whether a span has one of the values. has_span: the same, asked of the spans."""
    if match.field not in MARKS:
        return has_span
    told = _lines_say(match)
    is_sure = all(value.exact is not None or value.pieces[1:] == ("",) for value in match.values)
    by_row = told if is_sure else case((told, has_span), else_=false())  # SQLite works out both sides of an AND
    return case((tells_values(TEXT), by_row), else_=has_span)


def may_say(match: Match) -> Condition:
    """False only where the row knows that no span has one of the values."""
    if match.field in WRONG:
        return _MAY_HAVE[match.field]
    return case((tells_values(TEXT), _lines_say(match)), else_=true()) if match.field in MARKS else true()


def _lines_say(match: Match) -> Condition:
    """Of values with a star in their midst also true where two lines say it together."""
    return or_(*(_line_says(MARKS[match.field], value) for value in match.values))


def _line_says(mark: str, value: Value) -> Condition:
    if any("\n" in piece for piece in value.pieces):
        return false()  # a trace with such a value has no lines
    if value.exact is not None:
        return func.replace(TEXT, f"\n{mark}:{value.exact}\n", "") != TEXT
    return TEXT.ilike(f"%\n{mark}:{like(value)}\n%", escape="\\")
