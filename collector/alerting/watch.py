"""Watches the rules for as long as a collector runs: woken by its commits, and every two seconds for those of others.

One process at a time, by a lease in the database. Two that overlap for a moment do no harm: events, matches and
deliveries have ids of their own making, so that whoever comes second finds them there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections.abc import Sequence

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from collector.alerting.looking import Look, RunKey, looked_until, of_runs
from collector.alerting.sending import RETRIES_S, send
from collector.config import Settings
from collector.errors import MsgtraceError, QueryTimeout
from collector.store.reads import alerts as reads
from collector.store.records import AlertChannel, AlertDelivery, AlertRule, Scope
from collector.store.watch import (
    claim_deliveries,
    forget_old,
    give_lease_back,
    note_answer,
    set_looked,
    take_lease,
)

NANO = 10**9
LEASE = "alerts"
LEASE_NS = 15 * NANO
_RENEW_NS = 5 * NANO
PAUSE_S, SHORTEST_PAUSE_S = 2.0, 0.3
_EVERY_S = {"budget": 2.0, "error_rate": 3.0, "new_error": 0.0, "silence": 5.0, "disk": 300.0}
"""No rule is asked more often than this, nor for more than a twentieth of the time."""
_SHARE = 20
_NOTE_EVERY_NS = 30 * NANO
_FORGET_EVERY_S = 3_600.0

log = logging.getLogger(__name__)


class AlertWatch:
    """Of one collector."""

    def __init__(self, settings: Settings, writer: Engine, reader: Engine) -> None:
        self._writer, self._reader = writer, reader
        self._look = Look(settings, writer, reader)
        self._holder = secrets.token_hex(8)
        self._leased_ns = 0
        self._looked_ns: dict[str, int] = {}
        self._rest: dict[str, RunKey | None] = {}
        self._noted_ns = 0
        self._due_s: dict[str, float] = {}
        self._forget_s = 0.0
        self._fault = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._wakes: tuple[asyncio.Event, ...] = ()
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def start(self) -> None:
        """In the loop that it then runs in."""
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        looking, sending = asyncio.Event(), asyncio.Event()
        self._wakes = looking, sending
        self._tasks = (
            asyncio.create_task(self._keep_looking(looking, sending)),
            asyncio.create_task(self._keep_sending(sending)),
        )

    def wake(self) -> None:
        """From any thread: something was committed."""
        if self._loop and self._wakes:
            with contextlib.suppress(RuntimeError):  # the loop has closed
                self._loop.call_soon_threadsafe(self._wakes[0].set)

    async def stop(self) -> None:
        """Waits for what is being looked at or sent: a thread can't be cancelled, and needs the database to the end."""
        if not self._tasks:
            return
        self._stopping.set()
        for wake in self._wakes:
            wake.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._leased_ns:
            with contextlib.suppress(MsgtraceError):
                await run_in_threadpool(give_lease_back, self._writer, LEASE, self._holder)

    async def _keep_looking(self, wake: asyncio.Event, sending: asyncio.Event) -> None:
        while not self._stopping.is_set():
            try:
                if await run_in_threadpool(self.look):
                    sending.set()
                self._fault = ""
            except MsgtraceError as error:
                self._say(error)
            await _at_most(self._stopping, SHORTEST_PAUSE_S)  # however fast commits come
            await _at_most(wake, PAUSE_S - SHORTEST_PAUSE_S)
            wake.clear()

    async def _keep_sending(self, wake: asyncio.Event) -> None:
        while not self._stopping.is_set():
            await wake.wait()
            wake.clear()
            try:
                while claimed := await run_in_threadpool(self._claim):
                    await asyncio.gather(*(asyncio.to_thread(self.send_one, one) for one in claimed))
            except MsgtraceError as error:
                self._say(error)

    def _claim(self) -> tuple[AlertDelivery, ...]:
        return () if self._stopping.is_set() else claim_deliveries(self._writer, time.time_ns())

    def look(self) -> bool:
        """Whether there is something to send. Raises StoreUnavailable."""
        now_ns = time.time_ns()
        rules = reads.list_all_rules(self._reader)
        if not rules and not reads.has_due_delivery(self._reader, now_ns):
            return False
        if not self._is_mine(now_ns):
            return False
        self._look_at_runs(rules, now_ns)
        for rule in rules:
            self._look_at(rule, now_ns)
        self._tidy(rules)
        return reads.has_due_delivery(self._reader, time.time_ns())

    def send_one(self, one: AlertDelivery) -> None:
        """Sends a delivery that is claimed, and notes what was answered."""
        channel = self._channel(one)
        if channel is None:
            note_answer(self._writer, one, "the channel is gone", sent_ns=None, next_ns=None)
            return
        is_sent, answer = send(channel, json.loads(one.message))
        now_ns = time.time_ns()
        if is_sent:
            note_answer(self._writer, one, answer, sent_ns=now_ns, next_ns=None)
            return
        pause_s = RETRIES_S[one.attempts] if one.attempts < len(RETRIES_S) else None
        log.warning("an alert could not be sent to %s: %s", channel.kind, answer)
        next_ns = None if pause_s is None else now_ns + pause_s * NANO
        note_answer(self._writer, one, answer, sent_ns=None, next_ns=next_ns)

    def _channel(self, one: AlertDelivery) -> AlertChannel | None:
        channels = reads.list_channels(self._reader, Scope((one.project_id,)))
        return next((channel for channel in channels if channel.channel_id == one.channel_id), None)

    def _is_mine(self, now_ns: int) -> bool:
        """Whether this process watches; the lease is renewed when a third of it has passed."""
        if now_ns - self._leased_ns < _RENEW_NS:
            return True
        self._leased_ns = now_ns if take_lease(self._writer, LEASE, self._holder, LEASE_NS) else 0
        return bool(self._leased_ns)

    def _look_at_runs(self, rules: Sequence[AlertRule], now_ns: int) -> None:
        for of_project in of_runs(rules).values():
            since_ns = min(looked_until(rule, self._looked_ns.get(rule.rule_id)) for rule in of_project)
            project_id = of_project[0].project_id
            until_ns, rest = self._look.at_runs(of_project, since_ns, now_ns, self._rest.get(project_id))
            self._rest[project_id] = rest
            self._looked_ns |= {rule.rule_id: until_ns for rule in of_project}
        watching = [rule for rule in rules if rule.rule_id in self._looked_ns]
        if watching and now_ns - self._noted_ns >= _NOTE_EVERY_NS:
            set_looked(self._writer, watching, self._looked_ns)
            self._noted_ns = now_ns

    def _look_at(self, rule: AlertRule, now_ns: int) -> None:
        """Unless it was asked just now; a changed rule is a new one."""
        key, began_s = f"{rule.rule_id}.{rule.created_ns}", time.monotonic()
        if rule.kind not in _EVERY_S or began_s < self._due_s.get(key, 0.0):
            return
        try:
            self._look.at_rule(rule, now_ns)
        except QueryTimeout as error:  # the other rules go on
            self._say(error)
        finally:
            took_s = time.monotonic() - began_s
            self._due_s[key] = time.monotonic() + max(_EVERY_S[rule.kind], _SHARE * took_s)

    def _tidy(self, rules: Sequence[AlertRule]) -> None:
        if time.monotonic() >= self._forget_s:
            self._forget_s = time.monotonic() + _FORGET_EVERY_S
            forget_old(self._writer, sorted({rule.project_id for rule in rules}), time.time_ns())

    def _say(self, error: MsgtraceError) -> None:
        """Once for each fault, however long it lasts."""
        if str(error) != self._fault:
            self._fault = str(error)
            log.warning("alerts wait: %s", error)


async def _at_most(event: asyncio.Event, seconds: float) -> None:
    """Until the event is set, or the time is over."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
