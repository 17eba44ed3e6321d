"""Sessions and users."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask, ask_large
from collector.detail import read_detail
from collector.store.reads import sessions as reads
from collector.store.reads.tool_calls import list_roots
from collector.store.records import (
    Message,
    Scope,
    SessionSummary,
    SpanDetail,
    TraceFilter,
    TraceSummary,
    Turn,
    UserRun,
    UserSummary,
)


def sessions(wanted: TraceFilter, part: str, limit: int) -> tuple[SessionSummary, ...]:
    """part: of the session's id or of the user's; empty for all."""
    return ask(reads.list_sessions, wanted, part, limit)


def session(session_id: str) -> SessionSummary:
    """The whole of it, whatever the period. Raises NotFound."""
    return ask(reads.get_session, session_id)


def turns(session_id: str, newest: int) -> tuple[Turn, ...]:
    """The newest turns of a session, the oldest of them first."""
    return ask_large(_list_turns, session_id, newest)


def users(wanted: TraceFilter, part: str, limit: int) -> tuple[UserSummary, ...]:
    """part: of the user's id; empty for all."""
    return ask(reads.list_users, wanted, part, limit)


def user_runs(wanted: TraceFilter) -> tuple[UserRun, ...]:
    return ask(reads.list_user_runs, wanted)


def _list_turns(engine: Engine, scope: Scope, session_id: str, newest: int) -> tuple[Turn, ...]:
    traces = reads.list_turns(engine, scope, session_id, newest)
    stored = list_roots(engine, scope, [trace.trace_id for trace in traces])
    roots = {span.record.trace_id: read_detail(span) for span in reversed(stored)}
    return tuple(_turn(trace, roots.get(trace.trace_id)) for trace in traces)


def _turn(trace: TraceSummary, root: SpanDetail | None) -> Turn:
    if root is None:
        return Turn(trace=trace, asked=trace.input_preview, answered=trace.output_preview)
    users = [message for message in root.input if message.role.lower() in ("user", "human")]
    return Turn(
        trace=trace,
        asked=_text(users[-1:]) or root.input_text or trace.input_preview,
        answered=_text(root.output) or root.output_text or trace.output_preview,
    )


def _text(messages: list[Message] | tuple[Message, ...]) -> str | None:
    """What the messages say, without tool calls."""
    parts = (part.text for message in messages for part in message.parts if part.type == "text" and part.text)
    return "\n\n".join(parts) or None
