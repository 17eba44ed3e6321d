"""Errors by fingerprint, kept up to date in the transaction that stores their spans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter

import orjson
from sqlalchemy import Connection, Table

from collector.store.dialect import insert_statement
from collector.store.models import ErrorGroup
from collector.store.rows import ErrorGroupRow, SpanRow

GROUP: Table = ErrorGroup.__table__  # type: ignore[attr-defined]  # SQLModel doesn't declare it
_OF_THE_NEWEST = ("kind", "type", "message", "trace_id", "span_id")


def note_errors(connection: Connection, spans: Iterable[SpanRow]) -> None:
    """Takes newly stored spans into the groups of their errors; a span that began after its error was resolved
    reopens it. In whatever order spans arrive, what is first and last comes out the same."""
    groups: dict[tuple[str, str], ErrorGroupRow] = {}
    for span in spans:
        if span.exception_fingerprint is not None:
            found = _group_of(span, span.exception_fingerprint)
            key = (found.project_id, found.fingerprint)
            groups[key] = _together(groups[key], found) if key in groups else found
    if groups:
        values = attrgetter(*(column.name for column in GROUP.columns))
        # In one order, so that two writers can't wait for each other.
        connection.exec_driver_sql(_statement(connection), [values(groups[key]) for key in sorted(groups)])


def _group_of(span: SpanRow, fingerprint: str) -> ErrorGroupRow:
    kind, type, message = _described(span)
    return ErrorGroupRow(
        project_id=span.project_id,
        fingerprint=fingerprint,
        kind=kind,
        type=type,
        message=message,
        first_seen_ns=span.start_ns,
        last_seen_ns=span.start_ns,
        trace_id=span.trace_id,
        span_id=span.span_id,
        created_ns=span.received_ns,
        state_ns=span.received_ns,
    )


def _described(span: SpanRow) -> tuple[str, str | None, str | None]:
    """Kind, type and message."""
    if span.exceptions is not None:
        return "exception", span.exception_type, orjson.loads(span.exceptions)[-1]["message"]
    if span.status == "error":
        return "status", span.exception_type, span.status_message
    return "returned", span.tool_name or span.name, span.returned_error


def _together(one: ErrorGroupRow, other: ErrorGroupRow) -> ErrorGroupRow:
    newest = max(one, other, key=lambda group: (group.last_seen_ns, group.trace_id, group.span_id))
    newest.first_seen_ns = min(one.first_seen_ns, other.first_seen_ns)
    newest.created_ns = newest.state_ns = min(one.created_ns, other.created_ns)
    return newest


def _statement(connection: Connection) -> str:
    changed = ", ".join(f"{column} = {value}" for column, value in _changes())
    insert = insert_statement(connection.dialect, GROUP, ignore_existing=False)
    return f"{insert} ON CONFLICT (project_id, fingerprint) DO UPDATE SET {changed}"


def _changes() -> Iterator[tuple[str, str]]:
    """Column and new value; every value is worked out from the row as it was before."""
    stored, sent = "error_group", "excluded"
    is_newer = (
        f"({sent}.last_seen_ns, {sent}.trace_id, {sent}.span_id)"
        f" > ({stored}.last_seen_ns, {stored}.trace_id, {stored}.span_id)"
    )
    returns = f"{stored}.state = 'resolved' AND {sent}.last_seen_ns > {stored}.resolved_ns"
    for column in _OF_THE_NEWEST:
        yield column, f"CASE WHEN {is_newer} THEN {sent}.{column} ELSE {stored}.{column} END"
    for column, sign in (("first_seen_ns", "<"), ("last_seen_ns", ">")):
        is_further = f"{sent}.{column} {sign} {stored}.{column}"
        yield column, f"CASE WHEN {is_further} THEN {sent}.{column} ELSE {stored}.{column} END"
    yield "state", f"CASE WHEN {returns} THEN 'reopened' ELSE {stored}.state END"
    yield "state_ns", f"CASE WHEN {returns} THEN {sent}.created_ns ELSE {stored}.state_ns END"
