"""What a rule finds: budgets in sums, runs that fail, are slow or dear, and states of services and disk. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collector.store.records import AlertRule, AlertRun, Evidence, NewError, OutcomeCounts

NANO = 10**9
NO_EVIDENCE = Evidence()
MOST_FINDINGS = 200
"""Of one rule in one look; the largest come first."""
RUN_KINDS = ("failed", "slow", "dear")
_COST_TIMES = {"day": "7d", "week": "7d", "month": "mtd"}
_PERIOD_WORDS = {"day": "today", "week": "this week", "month": "this month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    subject: str
    """A rule has one event for each."""
    title: str
    detail: str = ""
    level: int = 0
    count: int = 1
    evidence: Evidence = NO_EVIDENCE


def budget_findings(
    rule: AlertRule, spent_nusd: Mapping[str | None, int], expected_nusd: int | None, period_name: str
) -> list[Finding]:
    """spent_nusd: by value of the rule's dimension, or under None what all of it cost.
    expected_nusd: at the period's end. period_name: tells this period from the next."""
    terms = rule.terms
    limit_nusd = round((terms.limit_usd or 0) * NANO)
    if limit_nusd <= 0:
        return []
    found = [
        _spent(rule, value, nusd, level, period_name)
        for value, nusd in spent_nusd.items()
        if (level := highest_level(terms.thresholds, nusd, limit_nusd))
    ]
    found.sort(key=lambda finding: -finding.level)
    total = sum(spent_nusd.values())
    if terms.forecasts and expected_nusd is not None and total < limit_nusd < expected_nusd:
        found.append(
            Finding(
                subject=f"{period_name}/forecast",
                title=f"{rule.name}: heading for {money(expected_nusd)} {_PERIOD_WORDS[terms.period]}",
                detail=f"The budget is {money(limit_nusd)}, {money(total)} is spent so far.",
                evidence=_costs(rule, rule.terms.value),
            )
        )
    return found[:MOST_FINDINGS]


def highest_level(thresholds: Iterable[int], spent_nusd: int, limit_nusd: int) -> int:
    """The highest threshold in percent that is reached, 0 for none."""
    return max((level for level in thresholds if spent_nusd * 100 >= level * limit_nusd), default=0)


def _spent(rule: AlertRule, value: str | None, nusd: int, level: int, period_name: str) -> Finding:
    terms = rule.terms
    limit_nusd = round((terms.limit_usd or 0) * NANO)
    whose = f" by {terms.dimension} {value or 'unattributed'}" if terms.dimension else ""
    share = nusd * 100 // limit_nusd
    return Finding(
        subject=f"{period_name}/{value or ''}" if terms.dimension and terms.value is None else period_name,
        title=f"{rule.name}: {level} % of {money(limit_nusd)} spent{whose}",
        detail=f"{money(nusd)} {_PERIOD_WORDS[terms.period]}, {share:,} % of the budget.",
        level=level,
        evidence=_costs(rule, value if terms.dimension else None),
    )


def _costs(rule: AlertRule, value: str | None) -> Evidence:
    terms = rule.terms
    where = f"{terms.dimension}:{value}" if terms.dimension and value else None
    return Evidence(cost_time=_COST_TIMES[terms.period], cost_where=where)


def meets(rule: AlertRule, run: AlertRun) -> bool:
    """Whether a rule about single runs means this one."""
    terms = rule.terms
    if run.received_ns < rule.created_ns or (terms.workflow and run.workflow != terms.workflow):
        return False
    if rule.kind == "failed":
        return run.outcome == "failed"
    if rule.kind == "slow":
        return terms.seconds is not None and run.duration_s is not None and run.duration_s > terms.seconds
    limit = terms.limit_usd
    return rule.kind == "dear" and limit is not None and run.cost_nusd is not None and run.cost_nusd > limit * NANO


def run_subject(run: AlertRun) -> str:
    return run.workflow or run.name


def run_findings(rule: AlertRule, runs: Sequence[AlertRun]) -> list[Finding]:
    """runs: those it meets and has not met before. A finding a workflow, which points to its newest run."""
    by_subject: defaultdict[str, list[AlertRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: (run.received_ns, run.trace_id)):
        by_subject[run_subject(run)].append(run)
    return [
        Finding(
            subject=subject,
            title=f"{subject} {_what_it_did(rule, found[-1])}",
            detail=_said(rule, found[-1]),
            count=len(found),
            evidence=Evidence(trace_id=found[-1].trace_id, workflow=found[-1].workflow),
        )
        for subject, found in by_subject.items()
    ]


def _what_it_did(rule: AlertRule, run: AlertRun) -> str:
    if rule.kind == "slow":
        return f"took {run.duration_s or 0:,.1f} s"
    return f"cost {money(run.cost_nusd or 0)}" if rule.kind == "dear" else "failed"


def _said(rule: AlertRule, run: AlertRun) -> str:
    if rule.kind == "slow":
        return f"More than {rule.terms.seconds:,g} s."
    return f"More than ${rule.terms.limit_usd:,g}." if rule.kind == "dear" else run.error or ""


def error_rate_findings(rule: AlertRule, counts: OutcomeCounts) -> list[Finding]:
    """counts: of the rule's window."""
    terms = rule.terms
    ended = counts.ok + counts.recovered + counts.failed
    if terms.percent is None or ended < max(1, terms.least_runs) or counts.failed * 100 < terms.percent * ended:
        return []
    return [
        Finding(
            subject=terms.workflow or "",
            title=f"{terms.workflow or 'All workflows'}: {counts.failed * 100 / ended:.0f} % of runs fail",
            detail=f"{counts.failed:,} of {ended:,} runs in {terms.minutes} min; the limit is {terms.percent:g} %.",
            evidence=Evidence(workflow=terms.workflow),
        )
    ]


def new_error_findings(errors: Sequence[NewError]) -> list[Finding]:
    return [
        Finding(
            subject=error.fingerprint,
            title=f"New error: {error.type or 'failed'}",
            detail=error.message or "",
            evidence=Evidence(error=error.fingerprint),
        )
        for error in errors
    ]


def silence_findings(rule: AlertRule, *, has_spans: bool, now_ns: int) -> list[Finding]:
    """has_spans: whether something came in the last minutes that the rule names. A young rule waits as long."""
    terms = rule.terms
    if has_spans or now_ns - rule.created_ns < terms.minutes * 60 * NANO:
        return []
    whose = terms.service or "any service"
    return [Finding(subject=terms.service or "", title=f"No spans from {whose} for {terms.minutes} min")]


def disk_findings(rule: AlertRule, days_left: float | None) -> list[Finding]:
    if rule.terms.days is None or days_left is None or days_left >= rule.terms.days:
        return []
    return [
        Finding(
            subject="disk",
            title=f"The disk is full in {days_left:,.0f} days" if days_left >= 2 else "The disk is full in two days",
            detail="At the rate of the last 24 hours.",
            evidence=Evidence(is_disk=True),
        )
    ]


def money(nusd: int) -> str:
    usd = nusd / NANO
    return f"${usd:,.2f}" if abs(usd) >= 0.01 or not usd else f"${usd:.4f}"
