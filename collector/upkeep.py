"""What a running collector does to what is stored, in a thread of its own: a round of retention every ten minutes, sums
rolled up every minute, and what rows of an older version lack filled in."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread

from sqlalchemy import Engine

from collector.config import Settings
from collector.errors import StoreUnavailable
from collector.store.engine import on_disk_later
from collector.store.filling_values import fill_span_values
from collector.store.records import Lifetimes, Scope
from collector.store.retention import prune
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours

FIRST_S, EVERY_S = 30.0, 600.0
ROLL_EVERY_S = 60.0
"""What is not rolled is read row by row: pages read so much more of it at most."""
FILL_S = 30.0
"""Of each minute, while there is something to fill in."""
_MIB = 2**20

log = logging.getLogger(__name__)


def lifetimes_of(settings: Settings) -> Lifetimes:
    return Lifetimes(
        content_days=settings.keep_content_days,
        traces_days=settings.keep_traces_days,
        ledger_months=settings.keep_ledger_months,
        keep_failed=settings.keep_failed,
        max_bytes=settings.max_database_mb * _MIB if settings.max_database_mb else None,
    )


class Upkeep:
    """Of one collector. Of several that share a database one works at a time, and the others come later."""

    def __init__(self, settings: Settings, writer: Engine, reader: Engine) -> None:
        self._writer, self._reader = writer, reader
        self._scope = Scope(settings.scope)
        self._lifetimes = lifetimes_of(settings)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="msgtrace-upkeep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends after the transaction that is under way."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        pause_s, next_s = FIRST_S, 0.0
        while not self._stopping.wait(pause_s):
            pause_s = ROLL_EVERY_S
            try:
                if time.monotonic() >= next_s:
                    next_s = time.monotonic() + EVERY_S
                    self._round()
                roll_sums(on_disk_later(self._writer), self._scope, time.time_ns(), self._stopping.wait)
                self._fill()
            except StoreUnavailable as error:
                log.info("upkeep waits for its next round: %s", error)
            except Exception:  # a fault here must not go unseen, and not end the rounds either
                log.exception("a round of upkeep failed")

    def _round(self) -> None:
        prune(self._writer, self._scope, self._lifetimes, time.time_ns(), self._stopping.wait)
        roll_hours(on_disk_later(self._writer), self._scope, time.time_ns(), self._stopping.wait)

    def _fill(self) -> None:
        until_s = time.monotonic() + FILL_S
        fill_span_values(
            self._writer, self._reader, self._scope, lambda s: self._stopping.wait(s) or time.monotonic() > until_s
        )
