"""What agents and tools did."""

from __future__ import annotations

from sqlalchemy import Engine

from app.queries.asking import ask
from collector.detail import read_detail
from collector.store.reads import agents as reads
from collector.store.reads.tool_calls import PAGE_CALLS, list_calls
from collector.store.records import AgentReport, Message, Period, Scope, StoredSpan, ToolCall, TraceSummary

PREVIEW_LENGTH = 400


def report(period: Period, environment: str | None = None) -> AgentReport:
    return ask(reads.get_agent_report, period, environment)


def runs_of(agent_name: str, period: Period, environment: str | None = None) -> tuple[TraceSummary, ...]:
    """The newest traces of the period in which the agent ran."""
    return ask(reads.list_agent_runs, agent_name, period, environment)


def calls(
    tool_name: str, period: Period, environment: str | None, *, only_errors: bool, pages: int
) -> tuple[tuple[ToolCall, ...], bool]:
    """The newest calls of a tool with what went in and came out, and whether there are more."""
    found: tuple[ToolCall, ...] = ()
    for _ in range(pages):
        after = (found[-1].span.start_ns, found[-1].span.span_id) if found else None
        page: tuple[ToolCall, ...] = ask(_list_calls, tool_name, period, environment, only_errors, after)
        found += page
        if len(page) < PAGE_CALLS:
            return found, False
    return found, True


def _list_calls(
    engine: Engine,
    scope: Scope,
    tool_name: str,
    period: Period,
    environment: str | None,
    only_errors: bool,
    after: tuple[int, str] | None,
) -> tuple[ToolCall, ...]:
    stored = list_calls(engine, scope, tool_name, period, environment, only_errors=only_errors, after=after)
    return tuple(_call(one) for one in stored)


def _call(stored: StoredSpan) -> ToolCall:
    detail = read_detail(stored)
    return ToolCall(
        span=stored.record,
        arguments=_preview(detail.input_text, detail.input),
        result=_preview(detail.output_text, detail.output),
    )


def _preview(text: str | None, messages: tuple[Message, ...]) -> str | None:
    """The beginning of what is there; kept for every call, so no more than a row can show."""
    parts = [part.text for message in messages for part in message.parts if part.text]
    whole = text if text is not None else "\n".join(parts)
    return whole[:PREVIEW_LENGTH] or None
