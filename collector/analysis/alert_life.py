"""How events begin, rise, end and come back, and when somebody is told. Pure.

Somebody is told when an event opens, comes back, reaches a higher level, is still there after it was snoozed, and when
it is over after it was told of. A budget's period and threshold, and a new error, speak once whatever happens in
between; what a person resolves is not told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from collector.analysis.alerts import RUN_KINDS, Finding
from collector.store.records import AlertEvent, AlertRule

QUIET_NS = {**dict.fromkeys(RUN_KINDS, 3_600 * 10**9), "new_error": 24 * 3_600 * 10**9}
"""After so long without another, an event of these kinds is over. Others are over once they are not found any more."""
_ONCE = ("budget", "new_error")
OVER = "over"
"""The end of the occasion on which somebody is told that an event is over."""


@dataclass(frozen=True, slots=True)
class Change:
    event: AlertEvent
    is_new: bool
    occasion: str | None
    """Why somebody is told; no two occasions of one event are the same. None: nobody is."""


def event_id(rule_id: str, subject: str) -> str:
    return hashlib.blake2b(f"{rule_id}\0{subject}".encode(), digest_size=16).hexdigest()


def changes(
    rule: AlertRule, events: Mapping[str, AlertEvent], findings: Iterable[Finding], now_ns: int
) -> list[Change]:
    """What becomes of the rule's events. events: by id, the open ones and those that the findings are about."""
    found = {event_id(rule.rule_id, finding.subject): finding for finding in findings}
    raised = [_raised(rule, key, events.get(key), finding, now_ns) for key, finding in found.items()]
    ended = [
        Change(replace(event, resolved_ns=now_ns, snoozed_until_ns=None), False, _farewell(rule, event, now_ns))
        for key, event in events.items()
        if key not in found and event.resolved_ns is None and _is_over(rule, event, now_ns)
    ]
    return [*(change for change in raised if change is not None), *ended]


def _raised(rule: AlertRule, key: str, event: AlertEvent | None, finding: Finding, now_ns: int) -> Change | None:
    if event is None:
        return _told(rule, _opened(rule, key, finding, now_ns), now_ns, is_new=True)
    rises = finding.level > event.level
    if event.resolved_ns is not None:
        if rule.kind in _ONCE and not rises:
            return None
        again = replace(event, opening=event.opening + 1, opened_ns=now_ns, resolved_ns=None, snoozed_until_ns=None)
        return _told(rule, _updated(rule, again, finding, now_ns), now_ns)
    after = _updated(rule, event, finding, now_ns)
    woke = event.snoozed_until_ns is not None and now_ns >= event.snoozed_until_ns
    if rises or woke:
        return _told(rule, after, now_ns)
    told = (event.title, event.detail, event.count)
    return Change(after, False, None) if told != (after.title, after.detail, after.count) else None


def _opened(rule: AlertRule, key: str, finding: Finding, now_ns: int) -> AlertEvent:
    return AlertEvent(
        project_id=rule.project_id,
        event_id=key,
        rule_id=rule.rule_id,
        subject=finding.subject,
        title=finding.title,
        detail=finding.detail,
        level=finding.level,
        opening=1,
        count=finding.count,
        opened_ns=now_ns,
        last_ns=now_ns,
        told_ns=None,
        resolved_ns=None,
        snoozed_until_ns=None,
        evidence=finding.evidence,
    )


def _updated(rule: AlertRule, event: AlertEvent, finding: Finding, now_ns: int) -> AlertEvent:
    return replace(
        event,
        title=finding.title if finding.level >= event.level else event.title,
        detail=finding.detail,
        level=max(event.level, finding.level),
        count=event.count + finding.count if rule.kind in RUN_KINDS else 1,
        last_ns=now_ns,
        evidence=finding.evidence,
    )


def _told(rule: AlertRule, event: AlertEvent, now_ns: int, *, is_new: bool = False) -> Change:
    """With the occasion, unless the rule is muted or the event still snoozed."""
    until_ns = event.snoozed_until_ns
    if rule.is_muted or (until_ns is not None and now_ns < until_ns):
        return Change(event, is_new, None)
    occasion = f"{event.opening}.{event.level}" + (f".{until_ns}" if until_ns is not None else "")
    return Change(replace(event, told_ns=now_ns, snoozed_until_ns=None), is_new, occasion)


def _farewell(rule: AlertRule, event: AlertEvent, now_ns: int) -> str | None:
    """The occasion of telling that an event is over."""
    is_snoozed = event.snoozed_until_ns is not None and now_ns < event.snoozed_until_ns
    was_told = event.told_ns is not None and event.told_ns >= event.opened_ns
    return f"{event.opening}.{OVER}" if was_told and not (rule.is_muted or is_snoozed or rule.kind in _ONCE) else None


def _is_over(rule: AlertRule, event: AlertEvent, now_ns: int) -> bool:
    quiet_ns = QUIET_NS.get(rule.kind)
    return quiet_ns is None or now_ns - event.last_ns >= quiet_ns
