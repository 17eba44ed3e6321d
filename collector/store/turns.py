"""Work on the database in turns: short transactions under a lease, with rests in which writers get theirs."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from collector.errors import StoreUnavailable
from collector.store.commands.writing import faults_in_our_words, writing
from collector.store.engine import on_disk_later
from collector.store.lease import end_lease, hold_lease

GOAL_S, SHARE = 0.05, 0.5
"""A turn is to hold the write lock for so long; 0.3 s are never to be reached."""
CALM_GOAL_S, CALM_SHARE = 0.01, 0.2
"""For work that has time: writers hardly notice it."""
_LEAST, _FIRST, _MOST = 1, 200, 20_000
_GROWTH = 1.5
_SHORTEST_REST_S, _LONGEST_REST_S = 0.02, 1.0

Rest = Callable[[float], bool]
"""Waits so many seconds; True when the work is to stop."""


class Stopped(Exception):
    """The process is to end."""


class Turns:
    """One holder's turns. `size` is how many rows, or pages, a turn may take, from how long the last ones took."""

    def __init__(self, engine: Engine, lease: str, rest: Rest, *, is_calm: bool = False) -> None:
        self.engine = engine
        self.is_calm = is_calm
        self.size = _FIRST
        self.done = 0
        """How much of it the turn has taken, for the one who works to say: only what was tried can grow."""
        self.longest_s = 0.0
        self._lease = lease
        self._rest = rest
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    @contextmanager
    def turn(self) -> Iterator[Connection]:
        """A transaction, and then a rest: of the same length, or longer where it is calm. It is on disk with the next
        commit of a writer, or with `end`.

        Raises StoreUnavailable, also while another process holds the lease; Stopped after the rest.
        """
        self.done = 0
        with faults_in_our_words():
            with on_disk_later(self.engine).begin() as connection:
                begun = time.monotonic()
                if not hold_lease(connection, self._lease, self._holder):
                    raise StoreUnavailable(f"another process does the {self._lease} already: try again when it is done")
                yield connection
            took_s = time.monotonic() - begun
        self.longest_s = max(self.longest_s, took_s)
        self._adapt(took_s)
        share = CALM_SHARE if self.is_calm else SHARE
        if self._rest(min(_LONGEST_REST_S, max(_SHORTEST_REST_S, took_s * (1 / share - 1)))):
            raise Stopped

    def _adapt(self, took_s: float) -> None:
        goal_s = CALM_GOAL_S if self.is_calm else GOAL_S
        factor = min(_GROWTH, max(0.25, goal_s / max(took_s, 0.001)))
        if factor < 1 or self.done > self.size // 2:
            self.size = max(_LEAST, min(_MOST, int(self.size * factor)))

    def begin_small(self) -> None:
        """Before another kind of work: how long so much of the last kind took says nothing about it."""
        self.size = min(self.size, _FIRST)

    def end(self) -> None:
        """Lets the next one begin; all turns are on disk then. Raises StoreUnavailable."""
        with writing(self.engine) as connection:
            end_lease(connection, self._lease, self._holder)
