"""A trace as what was said: each message once, tool results beside their calls, a page of turns at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import streamlit as st

from app.components.messages import message
from app.components.paging import turned_page
from app.components.removed import no_longer_kept
from app.format import UNKNOWN, count, cut, duration, escape_markdown, money
from app.theme import KIND_ICONS
from collector.analysis.calls import ModelCall, model_calls
from collector.analysis.conversation import Exchange, Turn, answered, conversation, unanswered
from collector.analysis.failures import failed_calls, has_failed
from collector.analysis.steps import Call, agent_name
from collector.analysis.tree import Tree
from collector.store.records import Message, Part, SpanRecord

TURNS = 10
"""On one page: each may carry the whole history, which is read to tell what is new."""
ReadMessages = Callable[[Iterable[SpanRecord]], Mapping[str, tuple[tuple[Message, ...], tuple[Message, ...]]]]
ReadCalls = Callable[[Iterable[SpanRecord]], Mapping[str, Call]]


def conversation_view(
    tree: Tree,
    span_id: str | None,
    read_messages: ReadMessages,
    read_calls: ReadCalls,
    on_choose: Callable[[str], None],
) -> None:
    """`read_...` are asked for the spans of one page. `on_choose` is called with a span_id."""
    calls = model_calls(tree)
    if not calls:
        st.caption("No model was called in this trace, so there is no conversation.")
        return
    at = {tree.nodes[call.position].span.span_id: number for number, call in enumerate(calls)}
    page = turned_page(-(-len(calls) // TURNS), at.get(span_id or "", 0) // TURNS + 1)
    shown = calls[(page - 1) * TURNS : page * TURNS]
    turns, kept = _turns(tree, calls, shown, read_messages)
    tools = {node.span.tool_call_id: node.span for node in tree.nodes if node.span.tool_call_id}
    failed = failed_calls(tree)
    turns = _with_results(tools, turns, read_calls)
    for number, (call, turn) in enumerate(zip(shown, turns, strict=True), start=(page - 1) * TURNS + 1):
        _draw_turn(tree, call, turn, number, tools, failed, span_id, on_choose)
    if not all(turn.span_id in kept for turn in turns):
        no_longer_kept()
    elif not any(turn.said for turn in turns):
        st.caption("These calls carry no messages: their client sends no content, or content is switched off.")


def _turns(
    tree: Tree, calls: Sequence[ModelCall], shown: Sequence[ModelCall], read_messages: ReadMessages
) -> tuple[list[Turn], Collection[str]]:
    """Of the page, and the calls whose content is kept. The calls before and after it tell what is known already and
    what its tools gave back."""
    last = calls.index(shown[-1])
    wanted = {call.position for call in shown} | {call.previous for call in shown if call.previous is not None}
    after = {call.agent: call.position for call in reversed(calls[last + 1 : last + 1 + TURNS])}
    positions = sorted(wanted | set(after.values()), key=lambda at: (tree.nodes[at].start_ns, at))
    agents = {call.position: call.agent for call in calls}
    told = read_messages([tree.nodes[at].span for at in positions])
    exchanges = [_exchange(tree.nodes[at].span.span_id, agents[at], told) for at in positions]
    turns = {turn.span_id: turn for turn in conversation(exchanges)}
    return [turns[tree.nodes[call.position].span.span_id] for call in shown], told.keys()


def _exchange(
    span_id: str, agent: int | None, told: Mapping[str, tuple[tuple[Message, ...], tuple[Message, ...]]]
) -> Exchange:
    sent, received = told.get(span_id, ((), ()))
    return Exchange(span_id=span_id, thread=agent, sent=sent, received=received)


def _with_results(tools: Mapping[str, SpanRecord], turns: Sequence[Turn], read_calls: ReadCalls) -> list[Turn]:
    """What no later call repeats is read from the tools' own spans."""
    asked = {call_id: tools[call_id] for call_id in unanswered(turns) if call_id in tools}
    told = read_calls(asked.values()) if asked else {}
    results = {call_id: call.result for call_id, span in asked.items() if (call := told.get(span.span_id))}
    return [answered(turn, {call_id: result for call_id, result in results.items() if result}) for turn in turns]


def _draw_turn(
    tree: Tree,
    call: ModelCall,
    turn: Turn,
    number: int,
    tools: Mapping[str, SpanRecord],
    failed: Collection[str],
    span_id: str | None,
    on_choose: Callable[[str], None],
) -> None:
    span = tree.nodes[call.position].span
    chosen = "chosen_" if span.span_id == span_id else ""

    def jump(part: Part, key: str) -> None:
        tool = tools.get(part.id or "")
        if tool is not None:
            label = f"{duration(tool.duration_ms)}, open"
            st.button(
                label,
                key=f"tool_{key}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=on_choose,
                args=(tool.span_id,),
            )

    with st.container(key=f"turn_{chosen}{number}", gap="xsmall"):
        _heading(tree, call, turn, number, on_choose)
        for place, said in enumerate(turn.said):
            key = f"turn_{span.span_id}_{place}"
            message(said.message, key, results=said.results, failed_calls=failed, after_call=jump)
        if has_failed(span):
            st.markdown(f":red[:material/close: **{escape_markdown(cut(_failure(span), 200))}**]")


def _heading(tree: Tree, call: ModelCall, turn: Turn, number: int, on_choose: Callable[[str], None]) -> None:
    span = tree.nodes[call.position].span
    speaker = "" if call.agent is None else f"{escape_markdown(cut(agent_name(tree.nodes[call.agent].span), 60))} · "
    facts = [
        duration(span.duration_ms),
        escape_markdown(cut(span.response_model or span.request_model or "model unknown", 26)),
        f"{count(span.input_tokens)} in, {count(span.output_tokens)} out",
        money(span.cost_usd) if span.cost_usd is not None else f"cost {UNKNOWN}",
    ]
    known = f" · {turn.repeated} earlier folded" if turn.repeated else ""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"turn_head_{number}"):
        name = escape_markdown(cut(span.name, 80)) or "(no name)"
        st.button(
            f"{number} · {speaker}{name}",
            icon=KIND_ICONS["llm"],
            key=f"turn_open_{number}",
            type="tertiary",
            help="Show this call in the panel",
            on_click=on_choose,
            args=(span.span_id,),
        )
        st.caption(f"{' · '.join(facts)}{known}", width="content")


def _failure(span: SpanRecord) -> str:
    told = next((f"{note.type}: {note.message}" for note in span.exceptions), None)
    return told or span.status_message or "failed"
