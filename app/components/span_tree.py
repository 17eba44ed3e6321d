"""The spans of a trace as an outline of expanders; what is closed is not drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from app.format import count, cut, duration, escape_markdown, money, plural
from app.frames.span_tree import FIRST_ROWS, MOST_LEVELS, Outline, Row
from app.theme import KIND_ICONS
from collector.analysis.span_name import span_name

_KIND_COLOURS = {
    "agent": "blue",
    "llm": "violet",
    "tool": "yellow",
    "retriever": "green",
    "embedder": "green",
    "reranker": "green",
}
"""Streamlit's own names; every other kind is gray."""
_STYLE = """<style>
.st-key-span_tree,.st-key-span_tree [data-testid=stVerticalBlock]{gap:0}
.st-key-span_tree [data-testid=stExpander]{margin:0}
.st-key-span_tree :is(summary,button){width:100%;min-height:24px;padding:0 6px;border-radius:6px;
color:inherit;opacity:1;justify-content:flex-start}
.st-key-span_tree button{padding-left:24px}
.st-key-span_tree :is(summary,button):hover{background:color-mix(in srgb,currentColor 5%,transparent)}
.st-key-span_tree :is(summary,button):has(.stMarkdownColoredBackground){
background:color-mix(in srgb,var(--primary-color,#6D5AE6) 14%,transparent);
box-shadow:inset 3px 0 0 var(--primary-color,#6D5AE6)}
.st-key-span_tree .stMarkdownColoredBackground{background:none!important;padding:0!important;margin:0;line-height:24px;
color:inherit!important;font-weight:600}
.st-key-span_tree :is(summary,button) :is(span,div):has(p){flex:1 1 auto;min-width:0;width:100%;
justify-content:flex-start}
.st-key-span_tree summary [data-testid=stIconMaterial]{order:-1;font-size:16px;width:16px}
.st-key-span_tree summary>span{gap:2px}
.st-key-span_tree summary>span>span:last-child{order:-1}
.st-key-span_tree [data-testid=stExpanderDetails]{padding:0 0 0 14px}
.st-key-span_tree p{display:flex;align-items:center;gap:6px;font-size:12.5px;line-height:24px}
.st-key-span_tree p>span{flex:none;opacity:1}
.st-key-span_tree p>span:nth-child(2){flex:1 1 auto;min-width:0;overflow:hidden;text-overflow:ellipsis;
white-space:nowrap;text-align:left;font-size:inherit}
.st-key-span_tree p>span:nth-child(n+3){font-size:inherit;min-width:62px;text-align:right;
font-variant-numeric:tabular-nums}
.msg-columns{display:flex;justify-content:flex-end;gap:6px;padding:0 6px 4px;margin-bottom:4px;
font-size:11.5px;opacity:.78;border-bottom:1px solid color-mix(in srgb,currentColor 16%,transparent)}
.msg-columns span{width:62px;text-align:right}
.msg-columns span:first-child{flex:1;text-align:left;padding-left:24px}
@media(max-width:640px){.msg-columns span:nth-child(3){display:none}}
@media(max-width:640px){.st-key-span_tree p>span:nth-child(4){display:none}}
</style>"""
_COLUMNS = '<div class="msg-columns"><span>Span</span><span>Duration</span><span>Tokens</span><span>Cost</span></div>'


def expander_key(span_id: str) -> str:
    return f"open_{span_id}"


def span_tree(outline: Outline, on_choose: Callable[[str], None]) -> None:
    """`on_choose` is called with the span_id of a clicked row, before the page is drawn again."""
    with st.container(key="span_tree", gap=None):
        st.html(_STYLE + _COLUMNS)
        if outline.above:
            _above(outline, on_choose)
        _rows(outline, outline.tops, 0, on_choose)


def _above(outline: Outline, on_choose: Callable[[str], None]) -> None:
    parent = outline.rows[outline.above[-1]].span
    st.button(
        f":material/arrow_upward: up to {escape_markdown(cut(span_name(parent), 60))}, "
        f"{plural(len(outline.above), 'level')} above",
        key="tree_up",
        type="tertiary",
        on_click=on_choose,
        args=(parent.span_id,),
    )


def _rows(outline: Outline, positions: tuple[int, ...], level: int, on_choose: Callable[[str], None]) -> None:
    for position in _page(outline, positions):
        row = outline.rows[position]
        span_id = row.span.span_id
        label = _label(row, position == outline.selected)
        if not row.children or level + 1 >= MOST_LEVELS:
            inside = f" :gray[· {plural(len(row.children), 'span')} inside]" if row.children else ""
            st.button(
                label + inside,
                key=f"row_{span_id}",
                type="tertiary",
                width="stretch",
                on_click=on_choose,
                args=(span_id,),
            )
            continue
        box = st.expander(
            label,
            expanded=position in outline.open,
            type="compact",
            key=expander_key(span_id),
            on_change=on_choose,
            args=(span_id,),
        )
        if box.open:
            with box:
                _rows(outline, row.children, level + 1, on_choose)


def _page(outline: Outline, positions: tuple[int, ...]) -> Iterable[int]:
    """The rows of one parent, a page at a time; at first the page that leads to the selected span."""
    if len(positions) <= FIRST_ROWS:
        return positions
    pages = -(-len(positions) // FIRST_ROWS)
    wanted = next((at for at, position in enumerate(positions) if position in outline.lineage), 0)
    first = outline.rows[positions[0]].span.span_id
    page = st.pagination(
        pages, default=wanted // FIRST_ROWS + 1, max_visible_pages=5, key=f"page_{first}_{wanted // FIRST_ROWS}"
    )
    st.caption(f"{FIRST_ROWS} of {len(positions):,} spans a page")
    return positions[(page - 1) * FIRST_ROWS : page * FIRST_ROWS]


def _label(row: Row, is_selected: bool) -> str:
    """Icon, name, duration, tokens and cost, each in one directive, so that the style can set them in columns.

    Tokens and cost of the spans below are gray, so that nobody adds them to those.
    """
    span = row.span
    colour = "red" if row.is_failed else _KIND_COLOURS.get(span.kind, "gray")
    icon = f":{colour}[{KIND_ICONS.get(span.kind, KIND_ICONS['other'])}]"
    name = escape_markdown(cut(span_name(span), 80)) or "\\(no name\\)"
    if row.is_failed:
        reason = span.exceptions[0].type if span.exceptions else span.status_message
        name = f":red[{name} ✕ {escape_markdown(cut(reason or 'failed', 40))}]"
    elif span.returned_error:
        name = f":orange[{name} · returned an error]"
    name = f":primary-background[{name}]" if is_selected else f":small[{name}]"
    figures = (
        duration(span.duration_ms) if span.end_ns is not None else "no end",
        "" if row.tokens is None else count(row.tokens),
        _cost(row),
    )
    quiet = "gray" if row.is_sum else "small"
    columns = " ".join(
        f":{style}[{_figure(text)}]" for style, text in zip(("gray", quiet, quiet), figures, strict=True)
    )
    return f"{icon} {name} {columns}"


def _cost(row: Row) -> str:
    if row.cost_usd is None:
        return money(None) if row.unpriced else ""
    return money(row.cost_usd) + (" + ?" if row.unpriced else "")


def _figure(text: str) -> str:
    """Our own figures need only these signs escaped; nothing makes a column that keeps its place."""
    return text.replace("$", "\\$").replace("<", "\\<") or "\u2007"
