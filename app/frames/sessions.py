"""Sessions, users and the days of one user as a sentence and as rows of tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

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
    plural,
)
from app.frames.listing import HERE, Cell, Column, Row, To, at, counted, link_row, number, paid, told, when, words
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


_OUTCOME = "Failed runs, else recovered ones: something inside failed, the run did not. A dot: all went well."
_COST = "Sum of the known costs."
SESSION_COLUMNS = (
    Column(id="outcome", label="Outcome", help=_OUTCOME, width=110, sort=HERE),
    when("last", "Last turn", "In your time zone.", 110),
    replace(words("session", "Session", "Its id as sent.", 200), opens=True),
    words("user", "User", "Of its runs.", 170),
    words("workflows", "Workflows", "Of its runs in this time.", 240),
    number("turns", "Turns", "Runs in this time.", 76),
    number("tokens", "Tokens", "Input and output.", 94),
    number("cost_usd", "Cost", _COST, 90),
)
USER_COLUMNS = (
    Column(id="outcome", label="Outcome", help=_OUTCOME, width=130, sort=HERE),
    when("last", "Last seen", "In your time zone.", 120),
    replace(words("user", "User", "As sent.", 320), opens=True),
    number("runs", "Runs", "In this time.", 90),
    number("sessions", "Sessions", "In this time.", 96),
    number("tokens", "Tokens", "Input and output.", 110),
    number("cost_usd", "Cost", _COST, 110),
)
DAY_COLUMNS = (
    Column(id="day", label="Day", help="The last 30 days at least, in your time zone; a click shows the runs of a day.",
           width=104, opens=True, sort=HERE),
    number("runs", "Runs", "That began on this day.", 56),
    Column(id="outcome", label="Outcome", help=_OUTCOME, width=96, grows=True, sort=HERE),
    number("cost_usd", "Cost", _COST, 72),
)  # fmt: skip


def session_rows(sessions: Sequence[SessionSummary], zone: tzinfo, to: To) -> list[Row]:
    """One row a session, in the given order. `to` is asked for session ids."""
    return [
        link_row(
            session.session_id,
            to,
            f"{cut(session.session_id, 80)}, {plural(session.turns, 'turn')}",
            {
                "outcome": _outcome(session.failed, session.recovered),
                "last": at(session.last_ns, zone),
                "session": told(session.session_id),
                "user": told(session.user_id),
                "workflows": told(", ".join(session.workflows)),
                "turns": counted(session.turns),
                "tokens": counted(session.total_tokens),
                "cost_usd": paid(session.cost_usd),
            },
        )
        for session in sessions
    ]


def user_rows(users: Sequence[UserSummary], zone: tzinfo, to: To) -> list[Row]:
    """One row a user, in the given order. `to` is asked for user ids."""
    return [
        link_row(
            user.user_id,
            to,
            f"{cut(user.user_id, 80)}, {plural(user.runs, 'run')}",
            {
                "outcome": _outcome(user.failed, user.recovered),
                "last": at(user.last_ns, zone),
                "user": told(user.user_id),
                "runs": counted(user.runs),
                "sessions": counted(user.sessions),
                "tokens": counted(user.total_tokens),
                "cost_usd": paid(user.cost_usd),
            },
        )
        for user in users
    ]


def day_rows(runs: Sequence[UserRun], zone: tzinfo, chosen: str | None, to: To) -> list[Row]:
    """One row a day in the viewer's zone, the newest first. `to` is asked for days, ISO."""
    days: defaultdict[str, list[UserRun]] = defaultdict(list)
    for run in runs:
        days[local(run.start_ns, zone).date().isoformat()].append(run)
    return [_day_row(day, found, chosen, to) for day, found in sorted(days.items(), reverse=True)]


def _day_row(day: str, runs: Sequence[UserRun], chosen: str | None, to: To) -> Row:
    known = [run.cost_usd for run in runs if run.cost_usd is not None]
    outcome = _outcome(sum(r.outcome == "failed" for r in runs), sum(r.outcome == "recovered" for r in runs))
    cells = {"day": told(day), "runs": counted(len(runs)), "outcome": outcome, "cost_usd": paid(sum(known))}
    if not known:
        cells["cost_usd"] = paid(None)
    return link_row(day, to, f"{day}, {plural(len(runs), 'run')}", cells, is_chosen=day == chosen)


def _outcome(failed: int, recovered: int) -> Cell:
    tone = "failed" if failed else "recovered" if recovered else "quiet"
    return Cell(outcome_text(failed, recovered), tone, failed + recovered / 1e6)


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
