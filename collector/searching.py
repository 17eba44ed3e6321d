"""The search index of a running collector: filled in a thread of its own, behind what is received.

It sleeps until this process has stored something, so that an idle server is left alone, and looks by itself every half
a minute for what other processes left. It takes what receiving leaves of a core: nearly all of it when that is calm,
nothing in a burst of full load, a tenth of it in one that lasts, and catches up afterwards.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy import Engine

from collector.errors import MsgtraceError
from collector.store.search_fill import fill_search, renew_search

GATHER_S = 1.0
"""What comes within it is taken in together."""
LOOK_EVERY_S, TRY_AGAIN_S, AFTER_A_FAULT_S, RENEW_EVERY_S = 30.0, 5.0, 30.0, 3_600.0
LEAST_SHARE = 0.1
"""Of a core, however busy the process is."""
BURST_S = 30.0
"""For so long it takes nothing while requests are on their way without a pause."""
_LOOK_UP_S, _LONGEST_REST_S = 0.02, 30.0

log = logging.getLogger(__name__)


class Searching:
    """Of one collector. Of several that share a database one fills at a time."""

    def __init__(self, writer: Engine, reader: Engine, is_busy: Callable[[], bool] = lambda: False) -> None:
        """is_busy: whether requests are on their way."""
        self._writer, self._reader, self._is_busy = writer, reader, is_busy
        self._rested_s = 0.0
        """By time.thread_time(), when the last rest ended."""
        self._calm_s = 0.0
        """By time.monotonic(), when no request was on its way, or nothing was left to take in."""
        self._stopping, self._woken = Event(), Event()
        self._woken.set()  # for what an earlier process left
        self._thread = Thread(target=self._run, name="msgtrace-search", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was stored."""
        self._woken.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ends after the transaction that is under way."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        pause_s, renew_s = GATHER_S, time.monotonic() + RENEW_EVERY_S
        while not self._stopping.wait(pause_s):
            self._woken.wait(LOOK_EVERY_S)
            self._woken.clear()
            pause_s = GATHER_S
            self._calm_s = time.monotonic()
            try:
                if time.monotonic() > renew_s:
                    renew_s = time.monotonic() + RENEW_EVERY_S
                    renew_search(self._writer, self._reader, self._rest)
                fill_search(self._writer, self._reader, self._rest)
            except MsgtraceError as error:  # another process fills, or the database is away
                log.debug("the search index waits: %s", error)
                pause_s = self._soon(TRY_AGAIN_S)
            except Exception:  # a fault here must not go unseen, and not end the filling either
                log.exception("filling the search index failed")
                pause_s = self._soon(AFTER_A_FAULT_S)

    def _soon(self, pause_s: float) -> float:
        self._woken.set()
        return pause_s

    def _rest(self, seconds: float) -> bool:
        """Whether to stop. Longer than asked for as the rest of the process is busy: with its CPUs, or with requests
        that are on their way."""
        spent_s = time.thread_time() - self._rested_s
        begun_s, others_s = time.monotonic(), time.process_time()
        looks = found_busy = 0
        is_to_stop = False
        while not is_to_stop:
            looks += 1
            found_busy += self._looks_busy()
            rested_s = time.monotonic() - begun_s
            load = max(found_busy / looks, (time.process_time() - others_s) / max(rested_s, _LOOK_UP_S))
            is_burst = found_busy == looks and time.monotonic() - self._calm_s < BURST_S
            if rested_s >= max(seconds, rest_s(spent_s, load)) and not is_burst:
                break
            is_to_stop = self._stopping.wait(_LOOK_UP_S)
        self._rested_s = time.thread_time()
        return is_to_stop

    def _looks_busy(self) -> bool:
        is_busy = self._is_busy()
        if not is_busy:
            self._calm_s = time.monotonic()
        return is_busy


def rest_s(spent_s: float, load: float) -> float:
    """How long to rest after a turn that took spent_s of CPU time, so that it leaves room for others, who use so much
    of a core."""
    share = max(LEAST_SHARE, 1 - load)
    return min(_LONGEST_REST_S, spent_s * (1 / share - 1))
