"""Text of any length that is not ours, and the messages of a model call."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.format import count, cut, escape_markdown
from app.frames.span_facts import pages, pretty
from collector.store.records import Message, Part

FIRST_CHARACTERS = 2_000
"""Shown of a long text at first."""
PAGE_CHARACTERS = 20_000
_ROLES = {"system": "System", "developer": "Developer", "user": "User", "assistant": "Assistant", "tool": "Tool result"}
_ICONS = {"system": "settings", "developer": "settings", "user": "person", "assistant": "auto_awesome", "tool": "bolt"}


_STYLE = """<style>
[class*=st-key-message_]{padding:8px 12px!important;gap:4px}
[class*=st-key-message_] [data-testid=stText],.st-key-span_panel [data-testid=stText]{font-size:13px;line-height:1.5}
.st-key-span_panel [data-testid=stCaptionContainer] strong{font-size:inherit}
</style>"""


def long_text(text: str, key: str) -> None:
    """All of a text, to read and to copy: short ones at once, long ones opened and paged on demand."""
    shown, is_json = pretty(text)
    language = "json" if is_json else None
    if len(shown) <= FIRST_CHARACTERS * 2:
        st.code(shown, language=language, wrap_lines=True)
        return
    size = f"{count(len(text))} characters"
    if not st.toggle(f"Show all, {size}", key=f"all_{key}"):
        st.code(shown[:FIRST_CHARACTERS] + "…", language=language, wrap_lines=True)
        return
    pieces = pages(shown, PAGE_CHARACTERS)
    page = st.pagination(len(pieces), key=f"page_{key}", max_visible_pages=5) if len(pieces) > 1 else 1
    st.code(pieces[page - 1], language=language if len(pieces) == 1 else None, wrap_lines=True)
    st.download_button(
        f"Download, {size}",
        text,
        f"{key}.txt",
        "text/plain",
        key=f"save_{key}",
        icon=":material/download:",
        on_click="ignore",
    )


def messages(conversation: Sequence[Message], key: str) -> None:
    st.html(_STYLE)
    for number, message in enumerate(conversation):
        with st.container(border=True, key=f"message_{key}_{number}", gap="xsmall"):
            role = message.role.lower()
            icon = f":material/{_ICONS.get(role, 'chat')}:"
            st.markdown(f":gray[{icon}] **{_ROLES.get(role) or escape_markdown(cut(message.role, 40))}**")
            for place, part in enumerate(message.parts):
                _part(part, f"{key}_{number}_{place}")
            if not message.parts:
                st.caption("empty")


def _part(part: Part, key: str) -> None:
    heading = _heading(part)
    if heading:
        st.caption(heading)
    if part.type in {"text", "reasoning"} and _is_short(part.text):
        st.text(part.text or "")
    elif part.text:
        long_text(part.text, key)


def _is_short(text: str | None) -> bool:
    return text is not None and len(text) <= FIRST_CHARACTERS and not text.lstrip().startswith(("{", "["))


def _heading(part: Part) -> str:
    """What a part is; nothing for plain text."""
    name = f" **{escape_markdown(cut(part.name, 80))}**" if part.name else ""
    identity = f" · {escape_markdown(cut(part.id, 80))}" if part.id else ""
    return {
        "text": "",
        "reasoning": ":material/psychology: reasoning",
        "tool_call": f":material/call_made: calls{name}{identity}",
        "tool_result": f":material/call_received: result{' of' if name else ''}{name}{identity}",
    }.get(part.type, f":material/attach_file: {escape_markdown(part.type)}{name}{identity}")
