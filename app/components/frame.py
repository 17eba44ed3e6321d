"""What is round every page: style, sidebar and the row at the top."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from app import state
from app.format import cut
from app.theme import Palette

_STYLE = """<style>
[data-testid=stMainBlockContainer]{padding:1.1rem 1.7rem;max-width:none}
[data-testid=stMainBlockContainer]>[data-testid=stVerticalBlock]{gap:10px}
[data-testid=stHeader]{background:transparent;height:2.4rem;min-height:0}
@media (min-width:900px){.st-key-page_head,.st-key-page_controls,.st-key-live_line{flex-wrap:nowrap;height:30px}
.st-key-page_head [data-testid=stSkeleton]{height:30px;min-width:80px}}
:is([data-testid=stHeader],[data-testid=stToolbar]){pointer-events:none}
[data-testid=stHeader] :is(button,a){pointer-events:auto}
[data-testid=stMainMenu]{position:fixed;right:1px;top:1px}
[data-testid=stSidebarHeader]{padding:.9rem .4rem .2rem .15rem;height:auto;margin-bottom:.6rem}
[data-testid=stCaptionContainer]{opacity:.78!important}
[data-stale=true]{opacity:1!important;transition:none!important}
div:has(>.st-key-live_tick){position:absolute;width:1px;height:1px;overflow:hidden;opacity:0}
.st-key-live_line button{min-height:30px;height:30px;padding:0 .6rem}
.st-key-live_running button{color:%(better)s;border-color:transparent}
.st-key-menu{gap:0}
.st-key-menu a{min-height:29px}
.st-key-menu [data-testid=stElementContainer]:has(a){margin-top:-2px}
[class*=st-key-panel_] a{padding-left:0}
:is(.st-key-traces,.st-key-newest) [data-testid=stElementToolbar]{display:none}
.st-key-tall{flex:none;height:max(420px,100vh - 244px)}
.st-key-tall :is([data-testid=stElementContainer],[data-testid=stFullScreenFrame]){height:100%%}
.st-key-tall [data-testid=stDataFrame]{height:100%%}
@container (max-width:152px){.sparkline{display:none}}
@media (max-width:1250px){.st-key-cards{grid-template-columns:repeat(3,1fr)!important}
.st-key-lower>div>[data-testid=stHorizontalBlock]{flex-direction:column}
.st-key-lower>div>div>[data-testid=stColumn]{width:100%%;flex:none}}
@media (max-width:640px){.st-key-cards{grid-template-columns:repeat(2,1fr)!important}}
@media (min-width:641px) and (max-width:1250px){.st-key-charts>div>div>[data-testid=stColumn]{flex:1 1 0!important}
.st-key-rail{display:grid;grid-template-columns:1fr 1fr}
.st-key-rail>:first-child{grid-column:1/-1}}
[class*=st-key-error_]{padding-top:5px}
.st-key-gate{padding-top:14vh}
div:has(>.st-key-ticket){position:absolute;opacity:0}
.sign-out{display:block;margin-top:18px;padding:4px 0;font-size:12.25px;color:%(muted)s}
.st-key-card_failed [data-testid=stMetricLabel] p{letter-spacing:-.01em}
@media (max-width:640px){[data-testid=stMainBlockContainer]{padding:3rem 1rem 1rem}}
.st-key-menu [data-testid=stElementContainer]:not(:first-child):has([data-testid=stCaptionContainer]){margin-top:12px}
.st-key-menu [data-testid=stCaptionContainer]{margin:0;padding:2px 0}
.st-key-menu [data-testid=stCaptionContainer] p{margin:0}
[data-testid=stSelectbox] [role=group]{height:30px;min-height:30px}
[data-testid=stSelectbox] [role=group] :is(input,button){height:28px;min-height:28px}
[class*=st-key-card_]{container-type:inline-size;padding:11px 12px 7px!important;position:relative;overflow:hidden}
[class*=st-key-card_] [data-testid=stMetricLabel] p{font-size:12px}
[class*=st-key-card_] [data-testid=stMetricDelta]{font-size:11.5px}
[class*=st-key-card_] [data-testid=stMetricValue]{line-height:1.2}
[class*=st-key-card_] [data-testid=stElementContainer]:has(.sparkline){position:absolute;right:12px;top:31px;
width:78px!important}
[class*=st-key-panel_]{padding:10px 14px 8px!important}
[class*=st-key-error_] [data-testid=stText] *{font-size:12.25px;color:%(muted)s;line-height:1.4}
[class*=st-key-panel_] [data-testid=stElementContainer]:has(a){margin-top:6px}
[class*=st-key-error_] [data-testid=stElementContainer]:has(a){margin-top:0}
[class*=st-key-error_] a :is(p,span){color:%(failed)s}
[data-testid=stBaseButton-primary],[data-testid=stBaseButton-primaryFormSubmit]{color:%(on_accent)s}
</style>"""


def style(palette: Palette) -> None:
    """The little that the theme can't say, on Streamlit's own test ids and on our keys."""
    colours = {"muted": palette.muted, "failed": palette.failed_text, "better": palette.better_text}
    on_accent = palette.background if palette.is_dark else "#FFFFFF"
    st.html(_STYLE % {**colours, "on_accent": on_accent})


def sidebar(wordmark: Path, logo: Path, menu: Mapping[str, Mapping[str, Page]], sign_out: str | None) -> None:
    """menu: sections of icons and pages. Its links take environment and period along, as the built-in menu can't.

    sign_out: the path that does so, where there is something to sign out of.
    """
    st.logo(str(wordmark), size="large", icon_image=str(logo))
    params = state.page_params()
    with st.sidebar, st.container(key="menu", gap=None):
        for section, pages in menu.items():
            st.caption(section)
            for icon, page in pages.items():
                st.page_link(page, icon=icon, query_params=params)
        if sign_out:
            st.html(f'<a class="sign-out" href="{sign_out}">Sign out</a>')


def name_tab(title: str) -> None:
    """What the browser's tab, its history and a bookmark say. Plain text."""
    st.set_page_config(page_title=f"{cut(title, 80)} - msgtrace")


@contextmanager
def head(title: str) -> Iterator[None]:
    """The title on the left; what is drawn inside stands on the right."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small", key="page_head"
    ):
        st.title(title, anchor=False, width="content")
        with st.container(
            horizontal=True, width="content", vertical_alignment="center", gap="xsmall", key="page_controls"
        ):
            yield
