"""A query as SQL conditions, on traces and on spans. Every value is bound; spans are reached through indexes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    and_,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from collector.query import ANYTHING, Compare, Has, Identified, Match, Query, Scored, SpanWith, Term, Text, Value
from collector.query.fields import DIMENSION
from collector.store.agent_of_call import agent_of_call
from collector.store.clock import outcome_now
from collector.store.models import Score, Span, Trace, Usage
from collector.store.records import Scope
from collector.store.row_tells import may_say, went_wrong
from collector.store.row_tells import says as row_says
from collector.store.search_words import like, span_says, trace_says, traces_of
from collector.store.span_values import WRONG

TRACE: Table = Trace.__table__  # type: ignore[attr-defined]
SPAN: Table = Span.__table__  # type: ignore[attr-defined]
USAGE: Table = Usage.__table__  # type: ignore[attr-defined]
SCORE: Table = Score.__table__  # type: ignore[attr-defined]
CALL_KINDS = ("llm", "tool")
"""Kinds whose spans have an index of their own."""

Condition = ColumnElement[bool]

_HEX = frozenset("0123456789abcdef")
_AFTER_HEX = "g"  # sorts behind every id that goes on with a hex digit
_MIN_ID, _SPAN_ID = 4, 16


def _total(table: Table) -> ColumnElement[int]:
    """Unknown only when both parts are."""
    parts = table.c.input_tokens, table.c.output_tokens
    known = or_(*(part.is_not(None) for part in parts))
    return case((known, func.coalesce(parts[0], 0) + func.coalesce(parts[1], 0)))


_TRACE_COLUMNS: Mapping[str, ColumnElement[Any]] = MappingProxyType(
    {
        **{name: TRACE.c[name] for name in ("workflow", "name", "service", "environment", "version")},
        **{name: TRACE.c[name] for name in ("input_tokens", "output_tokens", "llm_calls", "tool_calls")},
        "user": TRACE.c.user_id,
        "session": TRACE.c.session_id,
        "cost": TRACE.c.cost_nusd,
        "duration": TRACE.c.duration_ns,
        "tokens": _total(TRACE),
        "spans": TRACE.c.span_count,
        "errors": TRACE.c.error_count,
    }
)
_SPAN_COLUMNS: Mapping[str, ColumnElement[Any]] = MappingProxyType(
    {
        **{name: SPAN.c[name] for name in ("workflow", "name", "service", "environment", "version")},
        **{name: SPAN.c[name] for name in ("input_tokens", "output_tokens", "kind", "provider", "status")},
        "user": SPAN.c.user_id,
        "session": SPAN.c.session_id,
        "tool": SPAN.c.tool_name,
        "agent": SPAN.c.agent_name,
        "exception": SPAN.c.exception_type,
        "error": SPAN.c.exception_fingerprint,
        "finish": SPAN.c.finish_reason,
        "cost": SPAN.c.cost_nusd,
        "duration": SPAN.c.end_ns - SPAN.c.start_ns,
        "first_token": SPAN.c.time_to_first_token_ns,
        "source": SPAN.c.cost_source,
        "tokens": _total(SPAN),
    }
)
_SAID_FOR_ALL = ("workflow", "user", "session", "version")
"""Clients say these once a trace."""
_OPERATORS: Mapping[str, Callable[[Any, Any], Condition]] = MappingProxyType(
    {
        ">": lambda column, number: column > number,
        ">=": lambda column, number: column >= number,
        "<": lambda column, number: column < number,
        "<=": lambda column, number: column <= number,
        "=": lambda column, number: column == number,
    }
)


def traces_match(scope: Scope, query: Query) -> Condition:
    """For a SELECT from `trace`."""
    return and_(true(), *(_negated(term, _of_trace(scope, term)) for term in query.terms))


def spans_match(scope: Scope, query: Query) -> Condition:
    """For a SELECT from `span`: what each span says it has to say itself, the rest its trace."""
    return and_(true(), *(_negated(term, _of_span(scope, term)) for term in query.terms))


def _negated(term: Term, condition: Condition) -> Condition:
    """What is unknown is not what was asked for, so "not x" finds it."""
    # As a CASE: asked whether `(a, b) IN (...)` is false or unknown, SQLite would read the whole list for each row.
    return case((condition, false()), else_=true()) if term.negated else condition


def _of_trace(scope: Scope, term: Term) -> Condition:
    match term:
        case Text(value):
            return or_(trace_says(scope, value), *_id_begins(TRACE, value))
        case Match(field, values):
            return _trace_matches(scope, field, values)
        case Compare(field, operator, number):
            if field in _TRACE_COLUMNS:
                return _OPERATORS[operator](_TRACE_COLUMNS[field], _whole(number))
            return _has_span(_span_condition(scope, term))
        case Has(what):
            return _has(what)
        case Identified(id):
            return TRACE.c.trace_id.in_(_identified(scope, id))
        case Scored():
            return _scored(term)
        case SpanWith(conditions):
            may_have = (may_say(c) for c in conditions if isinstance(c, Match) and not c.negated)
            return and_(*may_have, _has_span(and_(*(_negated(c, _span_condition(scope, c)) for c in conditions))))


def _of_span(scope: Scope, term: Term) -> Condition:
    if isinstance(term, Identified):
        return SPAN.c.trace_id.in_(_identified(scope, term.id))
    if isinstance(term, Match) and term.field == "agent":
        return _one_of(agent_of_call(), term.values)
    can_say = isinstance(term, Text) or (isinstance(term, Match | Compare) and _span_says(term.field))
    return _span_condition(scope, term) if can_say else _in_trace(_of_trace(scope, term))


def _span_says(field: str) -> bool:
    return field in ("model", "returned") or (field in _SPAN_COLUMNS and field not in _SAID_FOR_ALL)


def _span_condition(scope: Scope, term: Term) -> Condition:
    match term:
        case Text(value):
            return or_(span_says(scope, value), *_id_begins(SPAN, value))
        case Match("model", values):
            return or_(_one_of(SPAN.c.request_model, values), _one_of(SPAN.c.response_model, values))
        case Match("returned"):
            return SPAN.c.returned_error.is_not(None)
        case Match(field, values) if field == "tag" or field.startswith(DIMENSION):
            return or_(*(_says(SPAN, field, value) for value in values))
        case Match(field, values):
            return _one_of(_SPAN_COLUMNS[field], values)
        case Compare(field, operator, number):
            return _OPERATORS[operator](_SPAN_COLUMNS[field], _whole(number))
    raise AssertionError(term)


def _whole(number: int) -> ColumnElement[int]:
    """A number that may be larger than the column it is compared with can hold."""
    return literal(number, BigInteger)


def _trace_matches(scope: Scope, field: str, values: tuple[Value, ...]) -> Condition:
    if field == "outcome":
        return _one_of(outcome_now(), values)
    if field == "tag" or field.startswith(DIMENSION):
        return or_(*(_says(TRACE, field, value) for value in values))
    if field == "model":
        return _in_ledger(_one_of(USAGE.c.model, values))
    if field in _TRACE_COLUMNS:
        return _one_of(_TRACE_COLUMNS[field], values)
    if field == "returned":
        return _has(field)
    match = Match(field, values)
    return row_says(match, _looked_at(_span_condition(scope, match)))


def _one_of(column: ColumnElement[Any], values: tuple[Value, ...]) -> Condition:
    """An exact value as it stands; one with a star without regard to capitals."""
    exact = [value.exact for value in values if value.exact is not None]
    starred = [column.ilike(like(value), escape="\\") for value in values if value.exact is None]
    return or_(*([column.in_(exact)] if exact else []), *starred)


def _id_begins(table: Table, value: Value) -> list[Condition]:
    word = (value.exact or "").lower()
    return [_begins(table.c.trace_id, word)] if len(word) >= _MIN_ID and set(word) <= _HEX else []


def says(column: ColumnElement[str], name: str, value: str) -> Condition:
    """Whether a JSON object of texts holds this pair, exactly: LIKE would not tell capitals on SQLite."""
    pair = orjson.dumps({name: value}).decode()[1:-1]
    return func.replace(column, pair, "") != column


def _says(table: Table, field: str, value: Value) -> Condition:
    """Whether a JSON list of tags, or the JSON object of dimensions, holds the value."""
    exact = value.exact or ""
    if field == "tag":
        if value == ANYTHING:
            return table.c.tags != "[]"
        return func.replace(table.c.tags, orjson.dumps(exact).decode(), "") != table.c.tags
    name = field.removeprefix(DIMENSION)
    if value == ANYTHING:
        return func.replace(table.c.dimensions, f'"{name}":', "") != table.c.dimensions
    return says(table.c.dimensions, name, exact)


def _has(what: str) -> Condition:
    if what == "error":
        return TRACE.c.error_count > 0
    if what == "cost":
        return TRACE.c.cost_nusd.is_not(None)
    if what == "unpriced":
        return TRACE.c.unpriced_spans > 0
    if what in ("user", "session"):
        return TRACE.c[f"{what}_id"].is_not(None)
    if what in WRONG:
        return went_wrong(what, _looked_at(SPAN.c[WRONG[what]].is_not(None)))
    return _has_score(true() if what == "score" else SCORE.c.comment.is_not(None))


def _scored(score: Scored) -> Condition:
    named = SCORE.c.name == score.name
    if score.operator is not None and score.number is not None:
        return _has_score(and_(named, _OPERATORS[score.operator](SCORE.c.value, score.number)))
    return _has_score(named if score.label is None else and_(named, SCORE.c.label == score.label))


def _has_span(condition: Condition) -> Condition:
    return _of_same_trace(SPAN, condition)


def _has_score(condition: Condition) -> Condition:
    return _of_same_trace(SCORE, condition)


def _in_ledger(condition: Condition) -> Condition:
    return _of_same_trace(USAGE, condition)


def _of_same_trace(table: Table, condition: Condition) -> Condition:
    return _in_same_trace(table, condition).exists()


def _looked_at(condition: Condition) -> Condition:
    """The same as _has_span, asked of one trace after the other: for an EXISTS in a CASE, PostgreSQL would look at all
    spans there are when the first trace comes to it."""
    return _in_same_trace(SPAN, condition).limit(1).scalar_subquery().is_not(None)


def _in_same_trace(table: Table, condition: Condition) -> Select[Any]:
    same = and_(table.c.project_id == TRACE.c.project_id, table.c.trace_id == TRACE.c.trace_id)
    return select(table.c.trace_id).where(same, condition).correlate(TRACE)


def _in_trace(condition: Condition) -> Condition:
    same = and_(TRACE.c.project_id == SPAN.c.project_id, TRACE.c.trace_id == SPAN.c.trace_id)
    return select(TRACE.c.trace_id).where(same, condition).correlate(SPAN).exists()


def _identified(scope: Scope, id: str) -> CompoundSelect[Any]:
    """The trace_ids: few look-ups in an index each, and no look at any other trace."""
    spans, traces = SPAN.alias("identified"), TRACE.alias("named")
    digits, is_it = id.lower(), spans.c.response_id == id
    found: list[Select[Any]] = []
    if set(digits) <= _HEX:
        named = _begins(traces.c.trace_id, digits)
        found.append(select(traces.c.trace_id).where(traces.c.project_id.in_(scope), named))
        if len(digits) <= _SPAN_ID:
            is_it = or_(is_it, _begins(spans.c.span_id, digits))
    return union_all(*found, *traces_of(scope, spans, id, is_it))


def _begins(column: ColumnElement[str], digits: str) -> Condition:
    return and_(column >= digits, column < digits + _AFTER_HEX)
