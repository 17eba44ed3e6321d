"""The messages of a model call, as cards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import streamlit as st

from app.components.long_text import long_text
from app.format import count, cut, escape_markdown, plural
from collector.analysis.arguments import named
from collector.store.records import Message, Part

MOST_MESSAGES = 30
"""Drawn at once; more are turned to."""
_MANY_CHARACTERS = 500
_SHORT_ARGUMENT = 200
_MOST_ARGUMENTS = 12
_ROLES = {"system": "System", "developer": "Developer", "user": "User", "assistant": "Assistant", "tool": "Tool result"}
_NONE: Mapping[int, Part] = {}


def messages(
    conversation: Sequence[Message],
    key: str,
    look: str = "text",
    positions: Sequence[int] | None = None,
    failed_calls: Collection[str] = (),
) -> None:
    """positions: of those to draw; all when None."""
    chosen = range(len(conversation)) if positions is None else positions
    page = 1
    if len(chosen) > MOST_MESSAGES:
        st.caption(plural(len(chosen), "message"))
        page = st.pagination(-(-len(chosen) // MOST_MESSAGES), key=f"page_{key}", max_visible_pages=5)
    for position in chosen[(page - 1) * MOST_MESSAGES : page * MOST_MESSAGES]:
        message(conversation[position], f"{key}_{position}", look, failed_calls=failed_calls)


def message(
    said: Message,
    key: str,
    look: str = "text",
    *,
    is_new: bool = False,
    results: Mapping[int, Part] = _NONE,
    failed_calls: Collection[str] = (),
    after_call: Callable[[Part, str], None] | None = None,
) -> None:
    """results: what came of its tool calls, by part. failed_calls: ids. `after_call` draws below a tool call."""
    with st.container(border=True, key=f"message_{'new_' if is_new else ''}{key}", gap="xsmall"):
        _heading(said)
        is_only_call = sum(part.type == "tool_call" for part in said.parts) == 1
        for number, part in enumerate(said.parts):
            is_told = part.type == "tool_call" and is_only_call and part.name is not None
            _part(part, f"{key}_{number}", look, failed_calls, is_told)
            if part.type == "tool_call" and number in results:
                if after_call is None:
                    _part(results[number], f"{key}_{number}_result", look, failed_calls)
                else:
                    with st.container(
                        horizontal=True, vertical_alignment="center", gap="xsmall", key=f"result_{key}_{number}"
                    ):
                        st.caption(_what(results[number], failed_calls), width="content")
                        after_call(part, f"{key}_{number}")
                    _part(results[number], f"{key}_{number}_result", look, failed_calls, True)
        if not said.parts:
            st.caption("empty")


def _heading(said: Message) -> None:
    role = said.role.lower()
    names = [escape_markdown(cut(part.name, 60)) for part in said.parts if part.type == "tool_call" and part.name]
    what = f" :gray[:small[calls]] **{names[0]}**" if len(names) == 1 else ""
    size = sum(len(part.text or "") for part in said.parts)
    told = f" :gray[:small[{count(size)} characters]]" if size >= _MANY_CHARACTERS else ""
    st.markdown(f"**{_ROLES.get(role) or escape_markdown(cut(said.role, 40))}**{what}{told}")


def _part(part: Part, key: str, look: str, failed_calls: Collection[str], is_told: bool = False) -> None:
    """is_told: what it is stands above it already."""
    if part.type == "reasoning":
        with st.expander(
            "Reasoning", icon=":material/psychology:", type="compact", key=f"why_{key}", on_change="rerun"
        ) as folded:
            if folded.open:
                long_text(part.text or "", key, look)
        return
    if not is_told and (heading := _what(part, failed_calls)):
        st.caption(heading)
    if part.type == "tool_call" and look == "text" and (lines := _arguments(part.text)):
        st.code(lines, language=None, wrap_lines=True)
    elif part.text and not (part.type in _MEDIA and part.text == "inline"):
        long_text(part.text, key, look)


_MEDIA = frozenset({"image", "audio", "file"})


def _what(part: Part, failed_calls: Collection[str]) -> str:
    """What a part is; nothing for plain text. A medium is named and never fetched."""
    name = f" **{escape_markdown(cut(part.name, 80))}**" if part.name else ""
    identity = f" · {escape_markdown(cut(part.id, 80))}" if part.id and not part.name else ""
    if part.type in _MEDIA:
        where = "inside the span, see Attributes" if part.text == "inline" else "not fetched, only named:"
        return f":material/attach_file: {part.type}{name}, {where}"
    if part.type == "tool_result" and part.id in failed_calls:
        return f":red[:material/close: result{' of' if name else ''}{name}, which failed]{identity}"
    return {
        "text": "",
        "tool_call": f":material/call_made: calls{name}{identity}",
        "tool_result": f":material/call_received: result{' of' if name else ''}{name}{identity}",
    }.get(part.type, f":material/attach_file: {escape_markdown(part.type)}{name}{identity}")


def _arguments(text: str | None) -> str | None:
    """One line an argument; None where that would hide something."""
    told = named(text or "")
    if not told or "" in told or len(told) > _MOST_ARGUMENTS:
        return None
    if any(len(value) > _SHORT_ARGUMENT or "\n" in value for value in told.values()):
        return None
    width = max(map(len, told))
    return "\n".join(f"{name:<{width}}  {value}" for name, value in told.items())
