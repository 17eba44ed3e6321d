"""Rules that watch, what they found, and what was sent about it."""

from __future__ import annotations

from dataclasses import dataclass

RULE_KINDS = ("budget", "failed", "slow", "dear", "error_rate", "new_error", "silence", "disk")
CHANNEL_KINDS = ("webhook", "chat", "email", "apprise")
BUDGET_PERIODS = ("day", "week", "month")
EVENT_STATES = ("open", "snoozed", "resolved")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What a rule asks; each kind reads its own fields. None: not asked for."""

    period: str = "month"
    """Of a budget: one of BUDGET_PERIODS, in the reporting zone."""
    limit_usd: float | None = None
    """Of a budget, or of one run."""
    dimension: str | None = None
    """What a budget is for; None for all that is spent."""
    value: str | None = None
    """Of the dimension; None for each of its values."""
    thresholds: tuple[int, ...] = (50, 80, 100)
    """Percent of the limit."""
    forecasts: bool = True
    """Whether a monthly budget speaks when the month is heading beyond it."""
    workflow: str | None = None
    """Whose runs; None for all."""
    service: str | None = None
    seconds: float | None = None
    percent: float | None = None
    """Of runs that fail."""
    least_runs: int = 20
    """Of fewer in the window, their error rate says nothing."""
    minutes: int = 60
    """The window of an error rate, or how long a service may be silent."""
    days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    project_id: str
    rule_id: str
    name: str
    kind: str
    """One of RULE_KINDS."""
    terms: RuleTerms
    channels: tuple[str, ...] = ()
    is_muted: bool = False
    """Watches on, and sends nothing."""
    created_ns: int
    """When it was made or last changed: it looks at nothing from before."""
    looked_ns: int = 0
    """Runs received until then have been looked at; some of the newest may be looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChannel:
    """Where events are sent. The address is secret: show `place` only."""

    project_id: str
    channel_id: str
    name: str
    kind: str
    url: str
    created_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen:
    """A channel as it may be shown."""

    project_id: str
    channel_id: str
    name: str
    kind: str
    place: str
    """Scheme and host, or the name of the service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What an event points to; what it leaves out is None."""

    trace_id: str | None = None
    error: str | None = None
    """Fingerprint."""
    workflow: str | None = None
    cost_time: str | None = None
    """What the cost report's `time` says."""
    cost_where: str | None = None
    """dimension:value"""
    is_disk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """One for each rule and subject, however often it is found."""

    project_id: str
    event_id: str
    rule_id: str
    subject: str
    title: str
    detail: str
    level: int
    """Percent of a budget that has been told; 0 for other rules."""
    opening: int
    """1, and one more whenever it came back."""
    count: int
    """Runs that are behind it, or 1."""
    opened_ns: int
    last_ns: int
    told_ns: int | None
    """When it was last announced; None while its rule is muted or it is snoozed."""
    resolved_ns: int | None
    snoozed_until_ns: int | None
    evidence: Evidence

    def state(self, now_ns: int) -> str:
        """One of EVENT_STATES."""
        if self.resolved_ns is not None:
            return "resolved"
        return "snoozed" if self.snoozed_until_ns is not None and now_ns < self.snoozed_until_ns else "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDelivery:
    """One message to one channel. `next_ns` is None once it was sent or given up."""

    project_id: str
    delivery_id: str
    event_id: str | None
    """None for a test."""
    channel_id: str
    message: str
    """JSON, as a webhook gets it."""
    created_ns: int
    attempts: int
    next_ns: int | None
    sent_ns: int | None
    answer: str | None
    """What the last attempt was answered; None before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRun:
    """What rules about single runs look at."""

    trace_id: str
    name: str
    workflow: str | None
    outcome: str
    duration_s: float | None
    cost_nusd: int | None
    received_ns: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """A budget as its page shows it."""

    rule_id: str
    value: str | None
    """Of the rule's dimension; the dearest one where it is about each."""
    spent_nusd: int
    expected_nusd: int | None
    """At the end of the month; None where that can't be said."""
