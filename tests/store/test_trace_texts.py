from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.store.commit import commit
from collector.store.reads.trace_texts import find_in_previews, list_argument_hashes
from collector.store.records import Scope
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, batch, span


@pytest.fixture
def told(writing: Engine, reading: Engine) -> Engine:
    rows = [
        span(1, input_preview="Where is my PARCEL?", output_preview=None),
        span(2, kind="tool", input_preview=None, output_preview="parcel 7: 50% there", arguments_hash="ab"),
        span(3),
    ]
    commit(writing, [batch(*rows)])
    return reading


@pytest.mark.parametrize(("text", "found"), [("parcel", 2), ("50%", 1), ("%", 1), ("_", 0), ("", 0), ("nowhere", 0)])
def test_a_text_is_found_in_previews_as_it_stands(told: Engine, text: str, found: int) -> None:
    assert len(find_in_previews(told, SCOPE, TRACE_ID, text)) == found


def test_only_calls_that_told_their_arguments_have_a_hash(told: Engine) -> None:
    assert list(list_argument_hashes(told, SCOPE, TRACE_ID).values()) == ["ab"]


def test_another_project_sees_nothing(told: Engine) -> None:
    other = Scope(("other",))
    assert not find_in_previews(told, other, TRACE_ID, "parcel")
    assert not list_argument_hashes(told, other, TRACE_ID)
