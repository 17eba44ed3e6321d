"""The search index of a running collector: filled in a thread of its own, behind what is received."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread

from sqlalchemy import Engine

from collector.errors import MsgtraceError
from collector.store.search_fill import fill_search, renew_search

EVERY_S, AFTER_A_FAULT_S, RENEW_EVERY_S = 1.0, 30.0, 3_600.0

log = logging.getLogger(__name__)


class Searching:
    """Of one collector. Of several that share a database one fills at a time."""

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer, self._reader = writer, reader
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="msgtrace-search", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends after the transaction that is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        pause_s, renew_s = EVERY_S, time.monotonic() + RENEW_EVERY_S
        while not self._stopping.wait(pause_s):
            pause_s = EVERY_S
            try:
                if time.monotonic() > renew_s:
                    renew_s = time.monotonic() + RENEW_EVERY_S
                    renew_search(self._writer, self._reader, self._stopping.wait)
                fill_search(self._writer, self._reader, self._stopping.wait)
            except MsgtraceError as error:  # another process fills, or the database is away
                log.debug("the search index waits: %s", error)
            except Exception:  # a fault here must not go unseen, and not end the filling either
                log.exception("filling the search index failed")
                pause_s = AFTER_A_FAULT_S
