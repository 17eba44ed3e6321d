"""What a request asks to be stored, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from collector.store.packing import PayloadKey, Piece
from collector.store.rows import LogRow, ResourceScopeRow, ScoreRow, SpanRow
from collector.store.selecting import TraceKey

Row = TypeVar("Row")


@dataclass(slots=True)
class Batch:
    """What one request asks to be stored, all of it in one transaction."""

    spans: Sequence[SpanRow] = ()
    payloads: Mapping[PayloadKey, Piece] = field(default_factory=dict)
    """What the spans were received as; halves of a batch share it."""
    resource_scopes: Sequence[ResourceScopeRow] = ()
    """What spans and log records were sent under."""
    size_bytes: int = 0
    logs: Sequence[LogRow] = ()
    event_scores: dict[bytes, list[ScoreRow]] = field(default_factory=dict)
    """Scores that events carried, by the content hash of their span or log record: stored with it, or not at all."""
    scores: Sequence[ScoreRow] = ()
    """Scores that were sent by themselves."""

    @property
    def row_count(self) -> int:
        return len(self.spans) + len(self.logs) + len(self.scores)

    def trace_keys(self) -> set[TraceKey]:
        """The traces whose rows depend on it."""
        keys = {(span.project_id, span.trace_id) for span in self.spans}
        return keys | {(log.project_id, log.trace_id) for log in self.logs}

    def halves(self) -> tuple[Batch, Batch]:
        """Two batches with half of the rows each."""
        middle = self.row_count // 2
        return self._part(0, middle), self._part(middle, self.row_count)

    def _part(self, start: int, stop: int) -> Batch:
        def part(rows: Sequence[Row], before: int) -> Sequence[Row]:
            return rows[max(0, start - before) : max(0, stop - before)]

        return replace(
            self,
            spans=part(self.spans, 0),
            logs=part(self.logs, len(self.spans)),
            scores=part(self.scores, len(self.spans) + len(self.logs)),
            size_bytes=0,
        )


@dataclass(slots=True)
class WriteResult:
    stored: int = 0
    """Spans, log records and scores that weren't there before."""
    duplicates: int = 0
    """Sent before with the same content: nothing to do."""
    conflicts: int = 0
    """Spans sent before with other content: the first was kept."""
    replaced: int = 0
    """Scores sent before under the same id: the last was kept."""
    joined: int = 0
    """Log records that found their span, or their span found them."""
    dropped: int = 0
    """Log records that waited for their span in vain."""
    rejected: list[str] = field(default_factory=list)
    """Why rows can't be stored, one reason each."""

    def add(self, other: WriteResult) -> None:
        self.stored += other.stored
        self.duplicates += other.duplicates
        self.conflicts += other.conflicts
        self.replaced += other.replaced
        self.joined += other.joined
        self.dropped += other.dropped
        self.rejected += other.rejected
