"""What a span was asked: system, tools offered, parameters and messages, with what is new since the call before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from app.components.long_text import long_text
from app.components.look import look_switch
from app.components.messages import message, messages
from app.format import MINUS, count, cut, escape_markdown, plural
from app.frames.messages import messages_json
from app.frames.offered_tools import OfferedTool, offered_tools
from app.frames.request_code import as_curl, as_python
from collector.analysis.conversation import with_names
from collector.analysis.same_messages import new_messages
from collector.store.records import SpanDetail

MOST_NEW = 20
"""Drawn at once; more are turned to."""
_MOST_NAMES = 12
_MOST_TOOLS = 50
_SHORT_PARAMETER = 60
_SHORT_DESCRIPTION = 300
_WHOLE_PROGRAM = 50_000
"""Characters; longer code is opened in pieces."""
_COPY_HELP = "The same call as a program, with a copy button in its corner."


def request(detail: SpanDetail, before: SpanDetail | None, failed_calls: Collection[str]) -> None:
    """before: the call that the same agent made before; None for its first. failed_calls: ids of tool calls."""
    key = f"in_{detail.record.span_id}"
    look = _parameters(detail.request_parameters)
    _tools(offered_tools(detail.tool_definitions), key)
    if look == "json" and detail.input:
        long_text(messages_json(detail.input), key, look)
    elif detail.input:
        _messages(detail, before, key, look, failed_calls)
    if detail.input_text:
        st.caption("Arguments" if detail.record.kind == "tool" else "Input")
        long_text(detail.input_text, key, look)
    elif not detail.input:
        st.caption("This span carries no input.")
    if detail.record.kind == "llm" and (detail.input or detail.input_text):
        _copies(detail, key)


def _messages(
    detail: SpanDetail, before: SpanDetail | None, key: str, look: str, failed_calls: Collection[str]
) -> None:
    sent = with_names(detail.input)
    new = () if before is None else new_messages(before.input, detail.input)
    if before is None or len(new) == len(sent):
        messages(sent, key, look, failed_calls=failed_calls)
        return
    known = [position for position in range(len(sent)) if position not in set(new)]
    label = f"{plural(len(known), 'message')} as in the previous call, {_name(before)}"
    with st.expander(label, type="compact", key=f"known_{key}", on_change="rerun") as folded:
        if folded.open:
            messages(sent, f"known_{key}", look, known, failed_calls)
    with st.container(key=f"new_since_{key}"):
        st.markdown(_new_since(detail, before) if new else "nothing new since the previous call")
    for position in new[:MOST_NEW]:
        message(sent[position], f"{key}_{position}", look, is_new=True, failed_calls=failed_calls)
    if len(new) > MOST_NEW:
        messages(sent, f"more_{key}", look, new[MOST_NEW:], failed_calls)


def _new_since(detail: SpanDetail, before: SpanDetail) -> str:
    now, then = detail.record.input_tokens, before.record.input_tokens
    more = f" ({now - then:+,} tokens)".replace("-", MINUS) if now is not None and then is not None else ""
    return f"new since the previous call, {_name(before)}{more}"


def _name(detail: SpanDetail) -> str:
    return escape_markdown(cut(detail.record.name, 60))


def _parameters(parameters: Mapping[str, object]) -> str:
    """Short ones in one line, the others as a tree; returns how texts are to be shown."""
    short = {
        name: str(value)
        for name, value in parameters.items()
        if isinstance(value, (str, int, float)) and 0 < len(str(value)) <= _SHORT_PARAMETER
    }
    shown = (f":gray[{escape_markdown(name)}] **{escape_markdown(value)}**" for name, value in short.items())
    look = look_switch("  ".join(shown))
    if others := {name: value for name, value in parameters.items() if name not in short}:
        st.json(others, expanded=1)
    return look


def _tools(offered: Sequence[OfferedTool], key: str) -> None:
    """Their names at a glance; what they take on demand."""
    if not offered:
        return
    names = ", ".join(escape_markdown(cut(tool.name, 40)) or "(no name)" for tool in offered[:_MOST_NAMES])
    more = f" and {len(offered) - _MOST_NAMES} more" if len(offered) > _MOST_NAMES else ""
    label = f":small[:gray[{plural(len(offered), 'tool')} offered] **{names}**{more}]"
    with st.expander(label, type="compact", key=f"tools_{key}", on_change="rerun") as folded:
        if folded.open:
            for number, tool in enumerate(offered[:_MOST_TOOLS]):
                _tool(tool, f"tool_{key}_{number}")
            if len(offered) > _MOST_TOOLS:
                st.caption(f"{count(len(offered) - _MOST_TOOLS)} more stand in Attributes.")


def _tool(tool: OfferedTool, key: str) -> None:
    with st.container(border=True, key=key, gap="xsmall"):
        takes = f" :gray[:small[{escape_markdown(cut(', '.join(tool.parameters), 200))}]]" if tool.parameters else ""
        st.markdown(f"**{escape_markdown(cut(tool.name, 80)) or '(no name)'}**{takes}")
        if tool.description:
            st.text(cut(tool.description, _SHORT_DESCRIPTION))
        st.json(dict(tool.sent), expanded=False)


def _copies(detail: SpanDetail, key: str) -> None:
    """The code is written when somebody opens it, and has a copy button of its own."""
    with st.container(horizontal=True, gap="xsmall", key=f"copies_{key}"):
        for label, icon, write, language in (
            ("Copy as Python", "content_copy", as_python, "python"),
            ("Copy as curl", "terminal", as_curl, "bash"),
        ):
            with st.popover(
                label, icon=f":material/{icon}:", key=f"{language}_{key}", on_change="rerun", help=_COPY_HELP
            ) as opened:
                if opened.open:
                    _program(write(detail), language, f"{language}_text_{key}")


def _program(code: str, language: str, key: str) -> None:
    if len(code) > _WHOLE_PROGRAM:
        long_text(code, key)
    else:
        st.code(code, language=language, wrap_lines=True, height=420 if code.count("\n") > 24 else "content")
