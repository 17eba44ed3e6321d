"""Taking the content of traces away, or traces whole, a bounded piece a transaction.

Content leaves what sums are made of: a preview that was there becomes an empty text and not unknown, since
`counting` tells a call that answered from one that didn't. The ledger's lines of a trace that goes are sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from collector.store.dialect import placeholder
from collector.store.rolling import forget_sums, hours_of_spans, hours_of_traces
from collector.store.search_index import mark_for_search
from collector.store.selecting import TraceKey

_AFTER_HEX = "g"
"""Sorts behind every id."""


@dataclass(frozen=True, slots=True)
class _Piece:
    table: str
    change: str
    """An UPDATE or DELETE of the table, as far as its WHERE."""
    still: str = ""
    """What is true of a row while it has something to lose."""
    order: str = "span_id"
    """The column that tells the rows of a trace apart, more or less."""


_CONTENT = (
    _Piece("span_payload", "DELETE FROM span_payload", order="payload_id"),
    _Piece(
        "log_record",
        "UPDATE log_record SET record = substr(record, 1, 0), input_preview = NULL, output_preview = NULL",
        " AND length(record) > 0",
    ),
    _Piece(
        "span",
        "UPDATE span SET input_preview = CASE WHEN input_preview IS NOT NULL THEN '' END,"
        " output_preview = CASE WHEN output_preview IS NOT NULL THEN '' END",
        " AND (input_preview > '' OR output_preview > '')",
    ),
)
_WHOLE = (
    _Piece("span_payload", "DELETE FROM span_payload", order="payload_id"),
    _Piece("log_record", "DELETE FROM log_record"),
    _Piece("span_conflict", "DELETE FROM span_conflict"),
    _Piece("score", "DELETE FROM score"),
    _Piece("span", "DELETE FROM span"),
)


def remove_content(connection: Connection, keys: Sequence[TraceKey], most_rows: int) -> bool:
    """Payloads, log records and previews; False when more than `most_rows` are there, to be called again."""
    _renew_revisions(connection, keys)
    mark_for_search(connection, keys, removed=True)
    if not _change(connection, _CONTENT, keys, most_rows):
        return False
    _each(connection, "UPDATE trace SET input_preview = NULL, output_preview = NULL", keys)
    return True


def remove_traces(connection: Connection, keys: Sequence[TraceKey], most_rows: int) -> bool:
    """All but the ledger's lines, which are sealed first; False when there is more to be done, as above."""
    _renew_revisions(connection, keys)
    forget_sums(connection, hours_of_traces(connection, keys) | hours_of_spans(connection, keys))
    mark_for_search(connection, keys, removed=True)
    tags = "SELECT tags FROM trace WHERE trace.project_id = usage.project_id AND trace.trace_id = usage.trace_id"
    _each(connection, f"UPDATE usage SET sealed_tags = ({tags})", keys, " AND sealed_tags IS NULL")  # noqa: S608
    if not _change(connection, _WHOLE, keys, most_rows):
        return False
    for table in ("trace_note", "trace"):
        _each(connection, f"DELETE FROM {table}", keys)  # noqa: S608 (our own names)
    return True


def _renew_revisions(connection: Connection, keys: Sequence[TraceKey]) -> None:
    """Voids what writers remember of the traces; with every turn, since one may write between two of them."""
    _each(connection, "UPDATE trace SET revision = revision - 1", keys)


def _change(connection: Connection, pieces: Iterable[_Piece], keys: Sequence[TraceKey], most_rows: int) -> bool:
    """Whether all of it is done; a trace may have more rows than a transaction should change."""
    left = most_rows
    for piece in pieces:
        for project_id, trace_id in keys:
            left -= _change_some(connection, piece, (project_id, trace_id), left)
            if left <= 0:
                return False
    return True


def _change_some(connection: Connection, piece: _Piece, key: TraceKey, most: int) -> int:
    mark = placeholder(connection.dialect)
    same = f"project_id = {mark} AND trace_id = {mark}"
    last = (
        f"SELECT {piece.order} FROM {piece.table} WHERE {same}{piece.still}"  # noqa: S608 (our own names)
        f" ORDER BY {piece.order} LIMIT 1 OFFSET {mark}"
    )
    statement = f"{piece.change} WHERE {same}{piece.still} AND {piece.order} <= coalesce(({last}), {mark})"
    return connection.exec_driver_sql(statement, (*key, *key, max(0, most - 1), _AFTER_HEX)).rowcount


def _each(connection: Connection, change: str, keys: Sequence[TraceKey], still: str = "") -> None:
    if keys:
        mark = placeholder(connection.dialect)
        connection.exec_driver_sql(f"{change} WHERE project_id = {mark} AND trace_id = {mark}{still}", list(keys))
