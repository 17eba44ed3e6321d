"""Taking the content of traces away, or traces whole, a bounded piece a transaction.

What is left after each piece is as true as before. A trace that goes loses its row first: its lines of the ledger are
sealed, nobody finds it any more, and its spans follow. Content leaves what sums are made of: a preview that was there
becomes an empty text and not unknown, since `counting` tells a call that answered from one that didn't. What the
trace's own row has its texts from, rows and payloads, goes last, together with these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from collector.store.dialect import placeholder
from collector.store.rolling import Stretch, forget_sums, stretches_of_spans, stretches_of_traces
from collector.store.search_index import drop_from_search, mark_for_search
from collector.store.selecting import TraceKey, rows_of_traces
from collector.store.speakers import Spared
from collector.store.sums import FINE_NS

_AFTER_HEX = "g"
"""Sorts behind every id."""
_ALL = 2**31


@dataclass(frozen=True, slots=True)
class _Piece:
    table: str
    change: str
    """An UPDATE or DELETE of the table, as far as its WHERE."""
    still: str = ""
    """What is true of a row while it has something to lose."""
    order: str = "span_id"
    """The column that tells the rows of a trace apart, more or less."""


_PAYLOADS = _Piece("span_payload", "DELETE FROM span_payload", order="payload_id")
_CONTENT = (
    _PAYLOADS,
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
_BESIDE_SPANS = (
    _PAYLOADS,
    _Piece("log_record", "DELETE FROM log_record"),
    _Piece("span_conflict", "DELETE FROM span_conflict"),
    _Piece("score", "DELETE FROM score"),
)
_SPANS = _Piece("span", "DELETE FROM span")
_HEARD = _Piece("log_record", "DELETE FROM log_record", " AND NOT waiting")
"""One that waits for its span has come since the trace lost its row: it has a day, as any that waits."""


def remove_content(
    connection: Connection, spans: Mapping[TraceKey, int], most_rows: int, spared: Spared | None = None
) -> int:
    """Payloads, log records and previews of traces, as far as `most_rows` go; returns how many traces are done.

    spans: how many each trace has. spared: what the first one's row has its texts from. Without it the content of a
    trace goes all at once, or not yet.
    """
    keys = list(spans)
    others = _count(connection, "log_record", keys, " AND length(record) > 0")
    others.update(_count(connection, "span_payload", keys))
    done, left = 0, most_rows
    for key in keys:
        is_little = spans[key] + others[key] <= left
        if not is_little and spared is not None and not done:
            left, is_little = _empty_listeners(connection, key, left, spared)
        if not is_little:
            break
        left -= sum(_change_some(connection, piece, key, _ALL) for piece in _CONTENT)
        done += 1
    begun = keys[: done + 1]
    _renew_revisions(connection, begun)
    mark_for_search(connection, begun, removed=True)
    _each(connection, "UPDATE trace SET input_preview = NULL, output_preview = NULL", keys[:done])
    return done


def remove_traces(connection: Connection, keys: Sequence[TraceKey], most_rows: int) -> int:
    """All but the ledger's lines, which are sealed; returns how many traces are gone. If these are not all, the next
    one has lost its row, and `remove_rest` is to follow."""
    if len(keys) == 1:
        return int(_remove_rest(connection, keys[0], most_rows, _BESIDE_SPANS, _hide(connection, keys)))
    stretches = stretches_of_spans(connection, keys)
    left = most_rows
    for done, key in enumerate(keys):
        for piece in (*_BESIDE_SPANS, _SPANS):
            left -= _change_some(connection, piece, key, left)
            if left <= 0:
                forget_sums(connection, stretches | _hide(connection, keys[: done + 1]))
                return done
    forget_sums(connection, stretches | _hide(connection, keys))
    return len(keys)


def remove_rest(connection: Connection, key: TraceKey, most_rows: int) -> bool:
    """What a trace without a row has left, but for what came since; False when there is more to be done. The
    transaction has to have written to `trace`."""
    beside = [_HEARD if piece.table == _HEARD.table else piece for piece in _BESIDE_SPANS]
    return _remove_rest(connection, key, most_rows, beside)


def _remove_rest(
    connection: Connection,
    key: TraceKey,
    most_rows: int,
    beside_spans: Sequence[_Piece],
    stretches: Collection[Stretch] = (),
) -> bool:
    """stretches: to be forgotten besides those of the spans that go."""
    left = most_rows
    for piece in beside_spans:
        left -= _change_some(connection, piece, key, left)
        if left <= 0:
            forget_sums(connection, stretches)
            return False
    mark = placeholder(connection.dialect)
    those = (
        f"FROM span WHERE project_id = {mark} AND trace_id = {mark}"
        f" AND span_id <= coalesce(({_last(_SPANS, mark)}), {mark})"
    )
    values = (*key, *key, left - 1, _AFTER_HEX)
    found = connection.exec_driver_sql(f"SELECT DISTINCT start_ns / {FINE_NS} * {FINE_NS} {those}", values).scalars()
    forget_sums(connection, {*stretches, *((key[0], start_ns) for start_ns in found)})
    if connection.exec_driver_sql(f"DELETE {those}", values).rowcount >= left:
        return False
    _each(connection, "DELETE FROM trace_note", [key])
    drop_from_search(connection, [key])
    return True


def is_back(connection: Connection, key: TraceKey) -> bool:
    """Whether something has come for a trace that was going, so that it has a row again."""
    if not _renew_revisions(connection, [key]):
        return False
    mark_for_search(connection, [key])
    return True


def _hide(connection: Connection, keys: Sequence[TraceKey]) -> set[Stretch]:
    """Takes the traces' rows, and what waits for spans of theirs; returns the stretches in which they lay."""
    stretches = stretches_of_traces(connection, keys)
    tags = "SELECT tags FROM trace WHERE trace.project_id = usage.project_id AND trace.trace_id = usage.trace_id"
    _each(connection, f"UPDATE usage SET sealed_tags = ({tags})", keys, " AND sealed_tags IS NULL")  # noqa: S608
    for table in ("trace_note", "trace"):
        _each(connection, f"DELETE FROM {table}", keys)  # noqa: S608 (our own names)
    _each(connection, "DELETE FROM log_record", keys, " AND waiting")
    drop_from_search(connection, keys)
    return stretches


def _empty_listeners(connection: Connection, key: TraceKey, most: int, spared: Spared) -> tuple[int, bool]:
    """Takes the content of all but the spared; returns how many rows more might have been changed, and whether only
    that of the spared is left."""
    left = most
    for piece in _CONTENT:
        if left > 0:
            ids = spared.payload_ids if piece is _PAYLOADS else spared.span_ids
            left -= _change_some(connection, piece, key, left, spared=ids)
    return left, left > 0


def _count(connection: Connection, table: str, keys: Sequence[TraceKey], still: str = "") -> Counter[TraceKey]:
    columns, suffix = ("project_id", "trace_id", "count(*)"), f"{still} GROUP BY project_id, trace_id"
    found = rows_of_traces(connection, table, columns, keys, suffix=suffix)
    return Counter({(row[0], row[1]): row[2] for row in found})


def _renew_revisions(connection: Connection, keys: Sequence[TraceKey]) -> int:
    """Voids what writers remember of the traces; with every turn, since one may write between two of them. Returns how
    many have a row."""
    return _each(connection, "UPDATE trace SET revision = revision - 1", keys)


def _change_some(
    connection: Connection, piece: _Piece, key: TraceKey, most: int, *, spared: Collection[str] = ()
) -> int:
    mark = placeholder(connection.dialect)
    still = piece.still + (f" AND {piece.order} NOT IN ({', '.join([mark] * len(spared))})" if spared else "")
    statement = (
        f"{piece.change} WHERE project_id = {mark} AND trace_id = {mark}{still}"
        f" AND {piece.order} <= coalesce(({_last(piece, mark, still)}), {mark})"
    )
    values = (*key, *spared, *key, *spared, max(0, most - 1), _AFTER_HEX)
    return connection.exec_driver_sql(statement, values).rowcount


def _last(piece: _Piece, mark: str, still: str = "") -> str:
    """The last row of a trace that a change of so many takes in; none when it takes all."""
    same = f"project_id = {mark} AND trace_id = {mark}"
    return f"SELECT {piece.order} FROM {piece.table} WHERE {same}{still} ORDER BY {piece.order} LIMIT 1 OFFSET {mark}"  # noqa: S608


def _each(connection: Connection, change: str, keys: Sequence[TraceKey], still: str = "") -> int:
    if not keys:
        return 0
    mark = placeholder(connection.dialect)
    return connection.exec_driver_sql(
        f"{change} WHERE project_id = {mark} AND trace_id = {mark}{still}", list(keys)
    ).rowcount
