"""A line for every request that brings something: noted at once, written once a second by a thread of its own.

Ingest never waits for it. While the database is away the newest lines are kept in memory.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections import deque
from dataclasses import dataclass
from threading import Condition, Thread

from sqlalchemy import Engine
from starlette.requests import Request

from collector.access import named_key
from collector.config import Settings
from collector.errors import StoreUnavailable
from collector.semconv.values import clean
from collector.store.receipts import add_receipts
from collector.store.records import Receipt
from collector.store.rows import SpanRow

PAUSE_S = 1.0
_HELD = 100
"""Accepted and refused ones each, until the next writing: more in a second than anybody reads."""
_MAX_NAME, _MAX_REASON = 200, 500
_HOST = socket.gethostname()

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """What became known of a request on its way."""

    items: int | None = None
    """Spans or log records; None while it has not been read."""
    duplicates: int = 0
    rejected: int = 0
    first_span: SpanRow | None = None
    reason: str = ""


class ReceiptBook:
    """Of one collector. `note` never blocks and never fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[bool, deque[Receipt]] = {refused: deque(maxlen=_HELD) for refused in (False, True)}
        self._changed = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="msgtrace-receipts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Writes what is held, then ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(timeout_s)

    def note(self, receipt: Receipt) -> None:
        with self._changed:
            self._held[receipt.is_refused].append(receipt)
            self._changed.notify()

    def _run(self) -> None:
        while receipts := self._next():
            try:
                add_receipts(self._engine, receipts)
            except StoreUnavailable as error:
                log.debug("the list of requests waits: %s", error)
                self._hold_again(receipts)
                if self._stopping:
                    return
            self._rest()

    def _next(self) -> list[Receipt]:
        """Waits for some; empty when the thread is to stop and none are left."""
        with self._changed:
            while not any(self._held.values()) and not self._stopping:
                self._changed.wait()
            receipts = [receipt for held in self._held.values() for receipt in held]
            for held in self._held.values():
                held.clear()
            return receipts

    def _hold_again(self, receipts: list[Receipt]) -> None:
        with self._changed:
            for held in self._held.values():
                newer = list(held)
                held.clear()
                is_refused = held is self._held[True]
                held.extend(r for r in receipts if r.is_refused == is_refused)
                held.extend(newer)

    def _rest(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, PAUSE_S)


def receipt(
    request: Request,
    settings: Settings,
    *,
    signal: str,
    seen: Seen,
    status: int,
    queued_spans: int,
) -> Receipt:
    """Of a request and what it was answered. Reads headers only."""
    now_ns = time.time_ns()
    first = seen.first_span
    client = request.headers.get("user-agent")
    _, port = request.scope.get("server") or (None, None)
    return Receipt(
        project_id=settings.scope[0],
        request_id=f"{now_ns:016x}{secrets.token_hex(4)}",
        time_ns=now_ns,
        signal=signal,
        path=clean(request.scope["path"], _MAX_NAME),
        status=status,
        is_refused=status >= 400 or seen.rejected > 0,
        reason=clean(seen.reason, _MAX_REASON) if seen.reason else None,
        service=clean(first.service, _MAX_NAME) if first and first.service else None,
        client=clean(client, _MAX_NAME) if client else None,
        api_key=named_key(request.headers, settings),
        items=seen.items,
        duplicates=seen.duplicates,
        rejected=seen.rejected,
        trace_id=first.trace_id if first else None,
        collector=f"{_HOST}:{os.getpid()}",
        port=port,
        queued_spans=queued_spans,
    )
