"""The one writer of a process: a bounded queue, and a thread that commits what has gathered in it.

While one commit runs, requests gather behind it and share the next one, so a durable fsync costs little under
load and no request ever waits for company.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import MsgtraceError, Overloaded, Retryable, StoreUnavailable
from collector.store.commit import Batch, WriteResult, commit
from collector.store.dialect import as_store_error, refuses_values, rolled_back

GROUP_SPANS = 2_000
GROUP_BYTES = 16 * 2**20
_ATTEMPTS = 3

log = logging.getLogger(__name__)


class SpanWriter:
    """Commits batches in the order they come. `submit` never blocks; its future resolves after COMMIT."""

    def __init__(self, engine: Engine, *, max_queued_spans: int = 20_000) -> None:
        self._engine = engine
        self._max_queued_spans = max_queued_spans
        self._queue: deque[tuple[Batch, Future[WriteResult]]] = deque()
        self._queued_spans = 0
        self._changed = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="msgtrace-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Commits what is queued, then ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def submit(self, batch: Batch) -> Future[WriteResult]:
        """A future of what was stored. Raises Overloaded when the queue is full, StoreUnavailable when stopping."""
        future: Future[WriteResult] = Future()
        with self._changed:
            if self._stopping:
                raise StoreUnavailable("the collector is shutting down")
            if self._queue and self._queued_spans + len(batch.spans) > self._max_queued_spans:
                raise Overloaded(f"{self._queued_spans} spans are waiting to be written")
            self._queue.append((batch, future))
            self._queued_spans += len(batch.spans)
            self._changed.notify()
        return future

    def _run(self) -> None:
        while group := self._next_group():
            batches = [batch for batch, _ in group]
            for (_, future), outcome in zip(group, _commit_group(self._engine, batches), strict=True):
                if isinstance(outcome, WriteResult):
                    future.set_result(outcome)
                else:
                    future.set_exception(outcome)

    def _next_group(self) -> list[tuple[Batch, Future[WriteResult]]]:
        """Waits for work; empty when the writer is to stop and nothing is left."""
        with self._changed:
            while not self._queue and not self._stopping:
                self._changed.wait()
            group: list[tuple[Batch, Future[WriteResult]]] = []
            spans = size = 0
            while self._queue and (not group or (spans < GROUP_SPANS and size < GROUP_BYTES)):
                group.append(self._queue.popleft())
                spans += len(group[-1][0].spans)
                size += group[-1][0].size_bytes
            self._queued_spans -= spans
            return group


def _commit_group(engine: Engine, batches: Sequence[Batch]) -> list[WriteResult | MsgtraceError]:
    """One outcome a batch. What the database refuses costs its neighbours nothing: the group is split around it."""
    try:
        return list(_commit_with_retries(engine, batches))
    except Exception as error:  # no fault may end the only writer
        if not refuses_values(error):
            log.warning("a commit failed; the clients are asked to send again: %s", _name(error))
            return [_as_retryable(error)] * len(batches)
        refusal = error
    if len(batches) > 1:
        return [outcome for batch in batches for outcome in _commit_group(engine, [batch])]
    return [_commit_halves(engine, batches[0], refusal)]


def _commit_halves(engine: Engine, batch: Batch, refusal: Exception) -> WriteResult | MsgtraceError:
    """Stores all of a refused batch but the spans that the database can't take, which it names."""
    if len(batch.spans) <= 1:
        log.error("a span can't be stored: %s", type(refusal).__name__)
        reason = f"the database refuses it ({type(refusal).__name__})"
        return WriteResult(rejected=[reason] * len(batch.spans))
    middle = len(batch.spans) // 2
    total = WriteResult()
    for part in (slice(None, middle), slice(middle, None)):
        half = Batch(batch.spans[part], batch.payloads[part], batch.resource_scopes)
        outcome = _commit_group(engine, [half])[0]
        if not isinstance(outcome, WriteResult):
            return outcome
        total.stored += outcome.stored
        total.duplicates += outcome.duplicates
        total.conflicts += outcome.conflicts
        total.rejected += outcome.rejected
    return total


def _commit_with_retries(engine: Engine, batches: Sequence[Batch]) -> list[WriteResult]:
    """Tries again at once when PostgreSQL rolled a transaction back in favour of another."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return commit(engine, batches)
        except DBAPIError as error:
            if not rolled_back(error):
                raise
            time.sleep(0.01 * attempt)
    return commit(engine, batches)


def _as_retryable(error: Exception) -> Retryable:
    if isinstance(error, DBAPIError | TimeoutError):
        return as_store_error(error)
    return StoreUnavailable(f"the spans could not be written ({type(error).__name__})")


def _name(error: Exception) -> str:
    """The kind of fault alone: its text may hold what people sent."""
    return type(error.orig if isinstance(error, DBAPIError) else error).__name__
