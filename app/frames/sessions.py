"""Sessions, users and the days of one user as a sentence and as rows of tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import tzinfo

import pandas as pd

from app.format import (
    UNKNOWN,
    compact,
    count,
    cut,
    duration_ns,
    escape_markdown,
    local,
    moment,
    money,
    one_line,
    plural,
)
from app.frames.trace_facts import Card
from collector.store.records import SessionSummary, TraceSummary, UserRun, UserSummary


def listed_sentence(listed: Sequence[SessionSummary | UserSummary], noun: str, *, has_more: bool) -> str:
    """Markdown: "38 sessions, 4 failed runs, $0.61"."""
    parts = [f"**{'The latest ' if has_more else ''}{plural(len(listed), noun)}**"]
    if failed := sum(one.failed for one in listed):
        parts.append(f"**{plural(failed, 'failed run')}**")
    known = [one.cost_usd for one in listed if one.cost_usd is not None]
    if known:
        parts.append(escape_markdown(money(sum(known))))
    return ", ".join(parts)


def session_rows(sessions: Sequence[SessionSummary], zone: tzinfo) -> pd.DataFrame:
    """Columns: outcome, last, session, user, workflows, turns, tokens, cost_usd."""
    frame = pd.DataFrame(
        {
            "outcome": [outcome_text(session.failed, session.recovered) for session in sessions],
            "last": pd.to_datetime([session.last_ns for session in sessions], unit="ns", utc=True),
            "session": [one_line(session.session_id) for session in sessions],
            "user": [one_line(session.user_id) if session.user_id else None for session in sessions],
            "workflows": [", ".join(map(one_line, session.workflows)) for session in sessions],
            "turns": pd.array([session.turns for session in sessions], dtype="Int64"),
            "tokens": pd.array([session.total_tokens for session in sessions], dtype="Int64"),
            "cost_usd": pd.array([session.cost_usd for session in sessions], dtype="Float64"),
        }
    )
    return frame.assign(last=frame["last"].dt.tz_convert(zone))


def user_rows(users: Sequence[UserSummary], zone: tzinfo) -> pd.DataFrame:
    """Columns: outcome, last, user, runs, sessions, tokens, cost_usd."""
    frame = pd.DataFrame(
        {
            "outcome": [outcome_text(user.failed, user.recovered) for user in users],
            "last": pd.to_datetime([user.last_ns for user in users], unit="ns", utc=True),
            "user": [one_line(user.user_id) for user in users],
            "runs": pd.array([user.runs for user in users], dtype="Int64"),
            "sessions": pd.array([user.sessions for user in users], dtype="Int64"),
            "tokens": pd.array([user.total_tokens for user in users], dtype="Int64"),
            "cost_usd": pd.array([user.cost_usd for user in users], dtype="Float64"),
        }
    )
    return frame.assign(last=frame["last"].dt.tz_convert(zone))


def day_rows(runs: Sequence[UserRun], zone: tzinfo) -> pd.DataFrame:
    """One row a day in the viewer's zone, the newest first. Columns: day (ISO), runs, sessions, outcome, cost_usd."""
    days: defaultdict[str, list[UserRun]] = defaultdict(list)
    for run in runs:
        days[local(run.start_ns, zone).date().isoformat()].append(run)
    ordered = sorted(days.items(), reverse=True)
    costs = [[run.cost_usd for run in found if run.cost_usd is not None] for _, found in ordered]
    return pd.DataFrame(
        {
            "day": [day for day, _ in ordered],
            "runs": pd.array([len(found) for _, found in ordered], dtype="Int64"),
            "sessions": pd.array([len({r.session_id for r in found} - {None}) for _, found in ordered], dtype="Int64"),
            "outcome": [
                outcome_text(sum(r.outcome == "failed" for r in found), sum(r.outcome == "recovered" for r in found))
                for _, found in ordered
            ],
            "cost_usd": pd.array([sum(known) if known else None for known in costs], dtype="Float64"),
        }
    )


def session_cards(session: SessionSummary, zone: tzinfo, now_ns: int) -> tuple[Card, ...]:
    went = _went(session.failed, session.recovered)
    lasted = f"over {duration_ns(session.last_ns - session.first_ns)}" if session.turns > 1 else None
    return (
        Card("Turns", count(session.turns), went, "Runs of the session, whatever the chosen time."),
        Card("User", cut(session.user_id or UNKNOWN, 24), None, "Of its runs."),
        Card(
            "Last turn",
            moment(session.last_ns, zone, now_ns),
            lasted,
            "In your time zone.",
        ),
        Card("Tokens", compact(session.total_tokens), None, "Input and output of all counted model calls."),
        Card("Cost", money(session.cost_usd), _unpriced(session.unpriced_spans), "Sum of the known costs."),
    )


def user_cards(user: UserSummary, zone: tzinfo, now_ns: int) -> tuple[Card, ...]:
    went = _went(user.failed, user.recovered)
    return (
        Card("Runs", count(user.runs), went, "Runs of the chosen time."),
        Card("Sessions", count(user.sessions), None, "Of these runs."),
        Card("Last seen", moment(user.last_ns, zone, now_ns), None, "Start of the newest run, in your time zone."),
        Card("Tokens", compact(user.total_tokens), None, "Input and output of all counted model calls."),
        Card("Cost", money(user.cost_usd), _unpriced(user.unpriced_spans), "Sum of the known costs."),
    )


def _went(failed: int, recovered: int) -> str:
    return outcome_text(failed, recovered).replace("●", "all went well")


def _unpriced(spans: int) -> str | None:
    return f"{plural(spans, 'call')} unpriced" if spans else None


def outcome_text(failed: int, recovered: int) -> str:
    """What went wrong in several runs, with a sign; a dot where nothing did."""
    if failed:
        return f"▲ {count(failed)} failed"
    return f"↻ {count(recovered)} recovered" if recovered else "●"


def turn_facts(trace: TraceSummary) -> str:
    """Model and tools of one turn, in a few words."""
    parts = [plural(trace.llm_calls, "model call")] if trace.llm_calls else []
    if trace.tool_calls:
        parts.append(plural(trace.tool_calls, "tool call"))
    return ", ".join(parts)
