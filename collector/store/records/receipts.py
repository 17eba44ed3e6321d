"""What was answered to those who send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A request and its answer, without body and key."""

    project_id: str
    request_id: str
    """In the order of time."""
    time_ns: int
    signal: str
    """traces, logs or metrics; "nothing" for a path that takes nothing."""
    path: str
    status: int
    is_refused: bool
    """Whether the answer was a failure, or something of the request could not be stored."""
    reason: str | None = None
    """Why, in the words of the answer."""
    service: str | None = None
    """Of the first span."""
    client: str | None = None
    """What the client calls itself (User-Agent)."""
    api_key: str | None = None
    """The name of the key that was sent, or the beginning of a wrong one's hash; None when there was none."""
    items: int | None = None
    """Spans or log records in it; None when it was not read."""
    duplicates: int = 0
    rejected: int = 0
    trace_id: str | None = None
    """Of the first span."""
    collector: str
    """Host and process id of who answered."""
    port: int | None = None
    """Where it came in."""
    queued_spans: int = 0
    """How many waited for their commit when it was answered."""
