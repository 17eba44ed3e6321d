"""The spans of a trace as the rows of a waterfall, in columns that a browser can take by the ten thousand."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import format as fmt
from app.frames.span_tree import Row, outline_rows
from app.theme import KIND_PATHS
from collector.analysis.failures import has_failed
from collector.analysis.folding import infrastructure
from collector.analysis.repeats import Repeat, repeats
from collector.analysis.study import Study
from collector.store.records import SpanRecord

FAILED, RETURNED_ERROR, UNFINISHED, IS_SUM, ORPHAN, CLOSED = 1, 2, 4, 8, 16, 32
"""Bits of the column `flags`; the last: the row is closed until somebody opens it."""
_NAME_LENGTH, _NOTE_LENGTH = 120, 40


@dataclass(frozen=True, slots=True)
class Waterfall:
    payload: bytes
    """JSON: `rev` first, which tells one payload from another; `total`, `gaps` and `work` in microseconds; the tables
    `kinds`, `icons`, `names`, `notes`; and a list a column under `rows`, depth-first. Of the columns, `kind`, `name`
    and `note` count into the tables, times are microseconds from the trace's start. Rows may have a second bar
    (`start2`, `length2`) and a `change`, where two traces are compared."""
    row_of: Mapping[str, str]
    """span_id -> id of the row that shows it, where that is not its own: a span that is folded."""
    hidden: int
    """How many spans are folded."""

    def row(self, span_id: str | None) -> str | None:
        return None if span_id is None else self.row_of.get(span_id, span_id)


def waterfall(study: Study, *, folds: bool = False, groups: bool = False) -> Waterfall:
    """A row a span. `folds`: without infrastructure. `groups`: repeats of a call stand below a row of their own."""
    hidden = infrastructure(study.tree) if folds else frozenset()
    columns = _Columns(study, outline_rows(study.tree), hidden)
    for position, depth, repeat in _ordered(study, hidden, repeats(study.tree, hidden) if groups else ()):
        if repeat is None:
            columns.add_span(position, depth)
        else:
            columns.add_repeat(repeat, depth)
    return Waterfall(columns.payload(), _shown_by(study, hidden), len(hidden))


def _ordered(study: Study, hidden: frozenset[int], runs: Sequence[Repeat]) -> Iterator[tuple[int, int, Repeat | None]]:
    """(position, depth, the repeat that opens here) depth-first; members of a repeat are a level deeper."""
    first_of = {run.positions[0]: run for run in runs}
    members = {position for run in runs for position in run.positions}
    extra: list[int] = []
    for position, node in enumerate(study.tree.nodes):
        above = 0 if node.parent is None else extra[node.parent]
        extra.append(above + (position in members))
        if position in hidden:
            continue
        if run := first_of.get(position):
            yield position, node.depth + above, run
        yield position, node.depth + extra[position], None


def _shown_by(study: Study, hidden: frozenset[int]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for position in sorted(hidden):
        node = study.tree.nodes[position]
        if node.parent is not None:
            above = study.tree.nodes[node.parent].span.span_id
            shown[node.span.span_id] = shown.get(above, above)
    return shown


@dataclass(slots=True)
class _Columns:
    study: Study
    rows: Sequence[Row]
    hidden: frozenset[int]
    lines: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=lambda: {"": 0})

    def add_span(self, position: int, depth: int) -> None:
        tree, row = self.study.tree, self.rows[position]
        node, span = tree.nodes[position], row.span
        extent = self.study.extents[position]
        self.lines.append(
            {
                "id": span.span_id,
                "depth": depth,
                "kind": _kind(span.kind),
                "name": _number(self.names, span.name),
                "note": _number(self.notes, _note(span)),
                "start": self._us(node.start_ns),
                "length": (node.end_ns - node.start_ns) // 1000,
                "self": node.self_ns // 1000,
                "first": _first_token_us(span),
                "path": 0 if extent is None else self._us(extent[0]),
                "waited": 0 if extent is None else max(1, (extent[1] - extent[0]) // 1000),
                "onPath": self.study.on_path_ns[position] // 1000,
                "step": self.study.steps[position] or 0,
                "tokens": row.tokens,
                "cost": _cost(row),
                "flags": _flags(span, row) | (ORPHAN if node.is_orphan else 0),
                "count": 0,
                "failed": 0,
                "folded": sum(child in self.hidden for child in node.children) if self.hidden else 0,
            }
        )

    def add_repeat(self, repeat: Repeat, depth: int) -> None:
        nodes = [self.study.tree.nodes[position] for position in repeat.positions]
        rows = [self.rows[position] for position in repeat.positions]
        extents = [extent for at in repeat.positions if (extent := self.study.extents[at])]
        start_ns, end_ns = min(node.start_ns for node in nodes), max(node.end_ns for node in nodes)
        path_ns = (extents[0][0], max(extent[1] for extent in extents)) if extents else (0, 0)
        together = Row.sum_of(rows)
        name = " → ".join(node.span.name for node in nodes[: repeat.period])
        self.lines.append(
            {
                "id": f"repeat-{nodes[0].span.span_id}",
                "depth": depth,
                "kind": _kind(nodes[0].span.kind),
                "name": _number(self.names, name),
                "note": 0,
                "start": self._us(start_ns),
                "length": (end_ns - start_ns) // 1000,
                "self": sum(node.end_ns - node.start_ns for node in nodes) // 1000,
                "first": None,
                "path": self._us(path_ns[0]) if extents else 0,
                "waited": max(1, (path_ns[1] - path_ns[0]) // 1000) if extents else 0,
                "onPath": sum(self.study.on_path_ns[at] for at in repeat.positions) // 1000,
                "step": 0,
                "tokens": together.tokens,
                "cost": _cost(together),
                "flags": IS_SUM | CLOSED | (FAILED if repeat.failed else 0),
                "count": repeat.times,
                "failed": repeat.failed,
                "folded": 0,
            }
        )

    def payload(self) -> bytes:
        tree = self.study.tree
        content = {
            "total": max(tree.duration_ns // 1000, 1),
            "gaps": [(self._us(start), self._us(end)) for start, end in self.study.gaps],
            "work": [(self._us(start), self._us(end)) for start, end in self.study.work],
            "kinds": list(KIND_PATHS),
            "icons": list(KIND_PATHS.values()),
            "names": [fmt.cut(name, _NAME_LENGTH) or "(no name)" for name in self.names],
            "notes": list(self.notes),
            "rows": {name: [line[name] for line in self.lines] for name in (self.lines[0] if self.lines else ())},
        }
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        body = text.encode(errors="replace")
        rev = hashlib.blake2b(body, digest_size=12).hexdigest()
        return f'{{"rev":"{rev}",'.encode() + body[1:]

    def _us(self, moment_ns: int) -> int:
        return (moment_ns - self.study.tree.start_ns) // 1000


def _kind(kind: str) -> int:
    return _KINDS.get(kind, _KINDS["other"])


_KINDS = {kind: number for number, kind in enumerate(KIND_PATHS)}


def _number(table: dict[str, int], text: str) -> int:
    return table.setdefault(text, len(table))


def _note(span: SpanRecord) -> str:
    """Why the span failed, in a word or two; empty for one that did not."""
    if has_failed(span):
        reason = span.exceptions[0].type if span.exceptions else span.status_message
        return fmt.cut((reason or "failed").rsplit(".", 1)[-1] if span.exceptions else reason or "failed", _NOTE_LENGTH)
    return fmt.cut(span.returned_error, _NOTE_LENGTH) if span.returned_error else ""


def _first_token_us(span: SpanRecord) -> int | None:
    first_ms = span.time_to_first_token_ms
    return None if first_ms is None or not math.isfinite(first_ms) else round(first_ms * 1000)


def _flags(span: SpanRecord, row: Row) -> int:
    return (
        (FAILED if row.is_failed else 0)
        | (RETURNED_ERROR if span.returned_error else 0)
        | (UNFINISHED if span.end_ns is None else 0)
        | (IS_SUM if row.is_sum else 0)
    )


def _cost(row: Row) -> str:
    """Empty where nothing was called, "unknown" where nobody knows, "$0.0042 + ?" where a part is missing."""
    if row.cost_usd is None:
        return fmt.UNKNOWN if row.unpriced else ""
    return fmt.money(row.cost_usd) + (" + ?" if row.unpriced else "")
