from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.errors import NotFound
from collector.store.commit import commit
from collector.store.reads.spans import MAX_STORED, get_span, list_stored
from collector.store.records import Scope
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, batch, content_of, span, span_id


def test_several_spans_are_read_in_the_order_they_are_asked_for(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), span(2), span(3))])
    found = list_stored(reading, SCOPE, TRACE_ID, [span_id(3), span_id(9), span_id(1)])
    assert [(stored.record.span_id, stored.span) for stored in found] == [
        (span_id(3), content_of(span(3))),
        (span_id(1), content_of(span(1))),
    ]


def test_no_more_than_the_most_are_read_at_once(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1))])
    assert list_stored(reading, SCOPE, TRACE_ID, [span_id(9)] * MAX_STORED + [span_id(1)]) == ()


def test_a_span_of_another_project_is_not_read(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1))])
    assert list_stored(reading, Scope(("other",)), TRACE_ID, [span_id(1)]) == ()
    with pytest.raises(NotFound):
        get_span(reading, Scope(("other",)), TRACE_ID, span_id(1))
