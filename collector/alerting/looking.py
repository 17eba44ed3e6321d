"""One look at the rules: reads what they ask for, and writes what became of their events."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, Engine

from collector.alerting.messages import delivery, together
from collector.analysis import alerts, disk
from collector.analysis.alert_life import Change, changes, event_id
from collector.analysis.alerts import RUN_KINDS, Finding
from collector.analysis.forecast import forecast
from collector.config import Settings
from collector.store.commands.writing import writing
from collector.store.commit import bump_counter
from collector.store.engine import reading
from collector.store.reads import alerts as reads
from collector.store.reads.costs import month_spend, sum_spend
from collector.store.reads.days import calendar_bounds_ns
from collector.store.reads.errors import list_new_errors
from collector.store.reads.health import get_health
from collector.store.reads.traces import count_traces
from collector.store.records import AlertRule, AlertRun, BudgetState, Period, Scope, TraceFilter
from collector.store.records.costs import CostFilter
from collector.store.watch import add_matches, queue_delivery, save_event

NANO = 10**9
OVERLAP_NS = 20 * NANO
"""A run is committed a little after it was received, at most so long: what came then is looked at again."""
_PAGES = 20
"""Of runs in one look."""

RunKey = tuple[int, str]
"""received_ns and trace_id of a run."""


class Look:
    """Reads through one engine and writes through another."""

    def __init__(self, settings: Settings, writer: Engine, reader: Engine) -> None:
        self._settings = settings
        self._writer, self._reader = writer, reader
        self._ask: Mapping[str, Callable[[AlertRule, int], list[Finding]]] = {
            "budget": self._budget,
            "error_rate": self._error_rate,
            "new_error": self._new_errors,
            "silence": self._silence,
            "disk": self._disk,
        }

    def at_rule(self, rule: AlertRule, now_ns: int) -> None:
        """At a rule that is not about single runs."""
        self._settle(rule, self._ask[rule.kind](rule, now_ns), now_ns)

    def at_runs(
        self, rules: Sequence[AlertRule], since_ns: int, now_ns: int, rest: RunKey | None = None
    ) -> tuple[int, RunKey | None]:
        """At the runs to which something came since, for those rules of one project that are about single runs.

        rest: where the last look had to stop. Returns until when they have been looked at, and where this one had to
        stop before it was through.
        """
        after = rest or (since_ns - OVERLAP_NS, "")
        for _ in range(_PAGES):
            runs = self._runs(rules, after)
            for rule in rules:
                self._settle_runs(rule, {run.trace_id: run for run in runs if alerts.meets(rule, run)}, now_ns)
            if len(runs) < reads.MOST:
                return now_ns, None
            after = runs[-1].received_ns, runs[-1].trace_id
        return after[0], after

    def _runs(self, rules: Sequence[AlertRule], after: RunKey) -> tuple[AlertRun, ...]:
        seconds = [r.terms.seconds for r in rules if r.kind == "slow" and r.terms.seconds is not None]
        limits = [r.terms.limit_usd for r in rules if r.kind == "dear" and r.terms.limit_usd is not None]
        return reads.list_alert_runs(
            self._reader,
            rules[0].project_id,
            after,
            failed=any(rule.kind == "failed" for rule in rules),
            longer_than_ns=int(min(seconds) * NANO) if seconds else None,
            dearer_than_nusd=int(min(limits) * NANO) if limits else None,
        )

    def _settle_runs(self, rule: AlertRule, runs: Mapping[str, AlertRun], now_ns: int) -> None:
        known = reads.known_matches(self._reader, rule, list(runs)) if runs else frozenset()
        events = {key: event_id(rule.rule_id, alerts.run_subject(run)) for key, run in runs.items() if key not in known}
        if not events:
            self._settle(rule, [], now_ns)
            return
        with writing(self._writer) as connection:
            new = add_matches(connection, rule, events, now_ns)
            findings = alerts.run_findings(rule, [runs[trace_id] for trace_id in new])
            stored = reads.events_of_rule(connection, rule, list(events.values()), for_update=True)
            self._write(connection, rule, changes(rule, stored, findings, now_ns))

    def _settle(self, rule: AlertRule, findings: list[Finding], now_ns: int) -> None:
        """Looks first, and takes the database's write lock only where something has changed."""
        ids = [event_id(rule.rule_id, finding.subject) for finding in findings]
        with reading(self._reader) as connection:
            stored = reads.events_of_rule(connection, rule, ids)
        if not changes(rule, stored, findings, now_ns):
            return
        with writing(self._writer) as connection:
            stored = reads.events_of_rule(connection, rule, ids, for_update=True)
            self._write(connection, rule, changes(rule, stored, findings, now_ns))

    def _write(self, connection: Connection, rule: AlertRule, made: Sequence[Change]) -> None:
        saved = [change for change in made if save_event(connection, change.event, is_new=change.is_new)]
        told = [change for change in saved if change.occasion]
        url = self._settings.dashboard_url
        for channel_id in rule.channels:
            if rule.kind == "new_error" and len(told) > 1:
                queue_delivery(connection, together(told, rule, channel_id, url))
                continue
            for change in told:
                queue_delivery(connection, delivery(change, rule, channel_id, url))
        if made:
            bump_counter(connection)

    def budget_state(self, rule: AlertRule, now_ns: int) -> BudgetState:
        """How a budget stands; of one about each value, that of the dearest."""
        spent = self._spent(rule, now_ns)
        value = max(spent, key=lambda name: spent[name], default=None)
        nusd = spent[value] if spent else 0
        return BudgetState(
            rule_id=rule.rule_id, value=value, spent_nusd=nusd, expected_nusd=self._expected_nusd(rule, now_ns)
        )

    def _spent(self, rule: AlertRule, now_ns: int) -> dict[str | None, int]:
        terms = rule.terms
        period = Period(self._period_start_ns(rule, now_ns), now_ns + 1)
        return sum_spend(self._reader, Scope((rule.project_id,)), period, terms.dimension, terms.value)

    def _period_start_ns(self, rule: AlertRule, now_ns: int) -> int:
        return calendar_bounds_ns(now_ns, rule.terms.period, self._settings.reporting_zone)[0]

    def _budget(self, rule: AlertRule, now_ns: int) -> list[Finding]:
        period_name = f"{rule.terms.period}@{self._period_start_ns(rule, now_ns)}"
        expected_nusd = self._expected_nusd(rule, now_ns)
        return alerts.budget_findings(rule, self._spent(rule, now_ns), expected_nusd, period_name)

    def _expected_nusd(self, rule: AlertRule, now_ns: int) -> int | None:
        """What the period will have cost; None for a budget about each value, and where nobody knows."""
        terms = rule.terms
        is_about_one = terms.dimension is None or terms.value is not None
        if not (terms.forecasts and is_about_one):
            return None
        wanted = (CostFilter(terms.dimension, (terms.value,)),) if terms.dimension else ()
        zone = self._settings.reporting_zone
        found = forecast(month_spend(self._reader, Scope((rule.project_id,)), now_ns, zone, wanted, terms.period))
        return None if found is None else round(found.expected_usd * NANO)

    def _error_rate(self, rule: AlertRule, now_ns: int) -> list[Finding]:
        terms = rule.terms
        wanted = TraceFilter(
            period=Period(now_ns - terms.minutes * 60 * NANO, now_ns),
            workflows=(terms.workflow,) if terms.workflow else (),
        )
        return alerts.error_rate_findings(rule, count_traces(self._reader, Scope((rule.project_id,)), wanted))

    def _new_errors(self, rule: AlertRule, now_ns: int) -> list[Finding]:
        since_ns = max(rule.created_ns, now_ns - 3_600 * NANO)
        found = list_new_errors(self._reader, Scope((rule.project_id,)), since_ns, alerts.MOST_FINDINGS)
        return alerts.new_error_findings(found)

    def _silence(self, rule: AlertRule, now_ns: int) -> list[Finding]:
        since_ns = now_ns - rule.terms.minutes * 60 * NANO
        has_spans = reads.has_spans_since(self._reader, rule.project_id, rule.terms.service, since_ns)
        return alerts.silence_findings(rule, has_spans=has_spans, now_ns=now_ns)

    def _disk(self, rule: AlertRule, now_ns: int) -> list[Finding]:
        path = self._settings.sqlite_path
        free_bytes = shutil.disk_usage(path.parent).free if path else None
        health = get_health(self._reader, Scope((rule.project_id,)), now_ns)
        return alerts.disk_findings(rule, disk.days_until_full(health, free_bytes))


def of_runs(rules: Sequence[AlertRule]) -> dict[str, list[AlertRule]]:
    """The rules about single runs, by project."""
    found: defaultdict[str, list[AlertRule]] = defaultdict(list)
    for rule in rules:
        if rule.kind in RUN_KINDS:
            found[rule.project_id].append(rule)
    return dict(found)


def looked_until(rule: AlertRule, known_ns: int | None) -> int:
    """Where a look goes on; a rule looks at nothing from before it was made."""
    return max(rule.created_ns, rule.looked_ns, known_ns or 0)
