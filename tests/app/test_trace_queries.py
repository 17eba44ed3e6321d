"""What the page of a trace asks beside the trace itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st

from app.queries import studies
from collector.store.reads import freshness as freshness_reads
from collector.store.records import Freshness
from tests.analysis.spans import make_span


@pytest.fixture
def unchanging(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> Iterator[None]:
    monkeypatch.setenv("MSGTRACE_DATABASE_URL", sqlite_url)
    monkeypatch.setattr(freshness_reads, "get_freshness", lambda *_: Freshness(version=1))
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.usefixtures("unchanging")
def test_the_same_answer_is_studied_once_and_another_anew() -> None:
    spans = (make_span("a", None, 0, 5),)
    assert studies.study(spans) is studies.study(spans)
    grown = (*spans, make_span("b", "a", 1, 2))
    assert len(studies.study(grown).tree.nodes) == 2
