"""Traces from a file: dropped here, read as requests are."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

import streamlit as st

from app import state
from app.format import count, escape_markdown, plural
from collector.store.records import Imported, Period, Scope

MOST_MIB = 64
_FORMATS = (
    "OTLP/JSON lines, as exported here, and what the file exporter of an OpenTelemetry Collector writes (JSON or "
    "proto), also compressed with zstd; or Jaeger's JSON. The same file again changes nothing."
)
_MOST_REASONS = 5
_HOUR_NS = 3_600 * 10**9

Take = Callable[[IO[bytes], str, Callable[[int], object]], Imported]
"""Reads a file into a project; tells how many bytes of it are done."""


def draw_import(projects: Scope, take: Take) -> None:
    with st.popover("Import", icon=":material/upload:", key="import_menu"), st.container(width=400, gap="small"):
        st.markdown("**Drop a file of traces here**")
        st.caption(_FORMATS)
        file = st.file_uploader(
            "A file of traces", max_upload_size=MOST_MIB, key="import_file", label_visibility="collapsed"
        )
        st.caption("Larger files: `msgtrace import FILE` on the server, which takes any size.")
        if file is None:
            return
        done: tuple[str, Imported] | None = state.kept("imported")
        if done and done[0] == file.file_id:
            _draw_result(done[1])
            return
        project = _chosen(projects)
        if st.button("Import it", type="primary", icon=":material/upload:", key="import_now", width="stretch"):
            state.keep("imported", (file.file_id, take(file, project, _bar(file.size))))
            st.rerun()


def _bar(size: int) -> Callable[[int], None]:
    """Follows the reading; every step of it is sent to the browser, so there are no more than a hundred."""
    bar, shown = st.progress(0, "Reading"), 0

    def show(read: int) -> None:
        nonlocal shown
        percent = min(100, 100 * read // max(1, size))
        if percent != shown:
            shown = percent
            bar.progress(percent, f"Reading: {percent} %")

    return show


def _chosen(projects: Scope) -> str:
    if len(projects) == 1:
        return projects[0]
    return str(st.selectbox("Into the project", projects, key="import_project"))


def _draw_result(imported: Imported) -> None:
    new, known = plural(imported.stored, "span"), count(imported.known)
    if imported.fault:
        st.error(
            f"**The file could not be read to its end.** {escape_markdown(imported.fault)}", icon=":material/error:"
        )
    if imported.stored or imported.known or imported.left_out:
        left_out = f", {count(imported.left_out)} left out" if imported.left_out else ""
        message = f"**{new} new**, {known} known already{left_out}."
        (st.warning if imported.left_out or imported.fault else st.success)(message, icon=":material/download_done:")
    elif not imported.fault:
        st.warning("There is no span in this file.", icon=":material/inbox:")
    with st.container(key="import_reasons", gap="xsmall"):
        for reason in list(dict.fromkeys(imported.reasons))[:_MOST_REASONS]:
            st.text(reason)
    if imported.first_ns is not None and imported.last_ns is not None:
        whole = Period(imported.first_ns // _HOUR_NS * _HOUR_NS, (imported.last_ns // _HOUR_NS + 1) * _HOUR_NS)
        st.button(
            "Show their time",
            icon=":material/schedule:",
            key="import_show",
            width="stretch",
            on_click=state.change_page,
            kwargs={"between": whole},
        )
