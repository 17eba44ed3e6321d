"""The one writer of a process: a bounded queue, and a thread that commits what has gathered in it.

While one commit runs, requests gather behind it and share the next one, so a durable fsync costs little under
load and no request ever waits for company.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from threading import Condition, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from collector.errors import MsgtraceError, Overloaded, Retryable, StoreUnavailable
from collector.store.batch import Batch, WriteResult
from collector.store.commit import commit
from collector.store.dialect import as_store_error, refuses_values, rolled_back
from collector.store.logs import DEFAULT_MAX_WAITING
from collector.store.long_traces import LongTraces
from collector.store.packing import Bases

GROUP_SPANS = 2_000
GROUP_BYTES = 16 * 2**20
_ATTEMPTS = 3

Outcome = WriteResult | MsgtraceError
Observe = Callable[[float, Sequence[Batch], Sequence[Outcome]], None]
"""Told of every group: seconds it took to commit, the batches, and one outcome each. Runs in the writer's thread."""
Store = Callable[[Sequence[Batch]], list[WriteResult]]

log = logging.getLogger(__name__)


class SpanWriter:
    """Commits batches in the order they come. `submit` never blocks; its future resolves after COMMIT."""

    def __init__(
        self,
        engine: Engine,
        *,
        max_queued_spans: int = 20_000,
        max_waiting_logs: int = DEFAULT_MAX_WAITING,
        observe: Observe | None = None,
    ) -> None:
        self._engine = engine
        self._max_waiting_logs = max_waiting_logs
        self._observe = observe
        self._long_traces = LongTraces()
        self.bases = Bases()
        self._max_queued_spans = max_queued_spans
        self._queue: deque[tuple[Batch, Future[WriteResult]]] = deque()
        self._queued_spans = 0
        self._changed = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="msgtrace-writer", daemon=True)

    @property
    def queued_spans(self) -> int:
        """Spans, log records and scores that wait for their commit."""
        return self._queued_spans

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
            if self._queue and self._queued_spans + batch.row_count > self._max_queued_spans:
                raise Overloaded(f"{self._queued_spans} spans are waiting to be written")
            self._queue.append((batch, future))
            self._queued_spans += batch.row_count
            self._changed.notify()
        return future

    def submit_all(self, batches: Iterable[Batch]) -> list[Future[WriteResult]]:
        """As `submit`, in one commit if there is room; what can't be taken is in the futures."""
        with self._changed:
            return [self._submitted(batch) for batch in batches]

    def _submitted(self, batch: Batch) -> Future[WriteResult]:
        try:
            return self.submit(batch)
        except MsgtraceError as error:
            refused: Future[WriteResult] = Future()
            refused.set_exception(error)
            return refused

    def _run(self) -> None:
        while group := self._next_group():
            batches = [batch for batch, _ in group]
            started = time.perf_counter()
            outcomes = _commit_group(self._store, batches)
            if self._observe:
                self._observe(time.perf_counter() - started, batches, outcomes)
            for (_, future), outcome in zip(group, outcomes, strict=True):
                if isinstance(outcome, WriteResult):
                    future.set_result(outcome)
                else:
                    future.set_exception(outcome)

    def _store(self, batches: Sequence[Batch]) -> list[WriteResult]:
        return commit(
            self._engine,
            batches,
            max_waiting_logs=self._max_waiting_logs,
            remembered=self._long_traces,
            bases=self.bases,
        )

    def _next_group(self) -> list[tuple[Batch, Future[WriteResult]]]:
        """Waits for work; empty when the writer is to stop and nothing is left."""
        with self._changed:
            while not self._queue and not self._stopping:
                self._changed.wait()
            group: list[tuple[Batch, Future[WriteResult]]] = []
            spans = size = 0
            while self._queue and (not group or (spans < GROUP_SPANS and size < GROUP_BYTES)):
                group.append(self._queue.popleft())
                spans += group[-1][0].row_count
                size += group[-1][0].size_bytes
            self._queued_spans -= spans
            return group


def _commit_group(store: Store, batches: Sequence[Batch]) -> list[Outcome]:
    """One outcome a batch. What the database refuses costs its neighbours nothing: the group is split around it."""
    try:
        return list(_commit_with_retries(store, batches))
    except Exception as error:  # no fault may end the only writer
        if not refuses_values(error):
            log.warning("a commit failed; the clients are asked to send again: %s", _name(error))
            return [_as_retryable(error)] * len(batches)
        refusal = error
    if len(batches) > 1:
        return [outcome for batch in batches for outcome in _commit_group(store, [batch])]
    return [_commit_halves(store, batches[0], refusal)]


def _commit_halves(store: Store, batch: Batch, refusal: Exception) -> Outcome:
    """Stores all of a refused batch but the rows that the database can't take, which it names."""
    if batch.row_count <= 1:
        log.error("a row can't be stored: %s", type(refusal).__name__)
        reason = f"the database refuses it ({type(refusal).__name__})"
        return WriteResult(rejected=[reason] * batch.row_count)
    total = WriteResult()
    for half in batch.halves():
        outcome = _commit_group(store, [half])[0]
        if not isinstance(outcome, WriteResult):
            return outcome
        total.add(outcome)
    return total


def _commit_with_retries(store: Store, batches: Sequence[Batch]) -> list[WriteResult]:
    """Tries again at once when PostgreSQL rolled a transaction back in favour of another."""
    for attempt in range(1, _ATTEMPTS):
        try:
            return store(batches)
        except DBAPIError as error:
            if not rolled_back(error):
                raise
            time.sleep(0.01 * attempt)
    return store(batches)


def _as_retryable(error: Exception) -> Retryable:
    if isinstance(error, DBAPIError | TimeoutError):
        return as_store_error(error)
    return StoreUnavailable(f"the spans could not be written ({type(error).__name__})")


def _name(error: Exception) -> str:
    """The kind of fault alone: its text may hold what people sent."""
    return type(error.orig if isinstance(error, DBAPIError) else error).__name__
