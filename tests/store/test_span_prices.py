from __future__ import annotations

from sqlalchemy import Engine

from collector.pricing import PriceBook
from collector.repricing import reprice
from collector.store import models
from collector.store.commit import commit, recompute
from collector.store.left_out import as_stored
from collector.store.reads.spans import get_span, list_spans
from collector.store.records import Period
from collector.store.rows import SpanRow
from collector.store.selecting import TraceKey
from collector.store.span_prices import price_id, prices_of
from tests.conftest import SCOPE
from tests.store.rows import TRACE_ID, batch, llm, span, span_id
from tests.store.test_commit import rows_of

KEY: TraceKey = ("default", TRACE_ID)
CHEAP, DEAR = '{"input":1,"source":"list"}', '{"input":20,"source":"list"}'


class OnePrice(PriceBook):
    """Of every call of a model."""

    def __init__(self, price: str) -> None:
        self._price = price

    def price_span(self, row: SpanRow) -> None:
        if row.kind == "llm":
            row.price, row.cost_nusd, row.cost_source = self._price, 7, "computed"


def price_again(engine: Engine, price: str) -> int:
    return recompute(engine, [KEY], lambda spans: reprice(spans, Period(0, 2**62), OnePrice(price)))


def test_a_price_is_stored_once_and_told_of_every_span(writing: Engine, reading: Engine) -> None:
    spans = [llm(number, price=CHEAP) for number in range(2, 12)]
    commit(writing, [batch(span(1), *spans)])
    commit(writing, [batch(llm(12, price=CHEAP), llm(13, end_s=None, price=DEAR))])
    assert {row["price"] for row in rows_of(writing, models.Span)} == {None, price_id(CHEAP), price_id(DEAR)}
    assert {row["content"] for row in rows_of(writing, models.SpanPrice)} == {CHEAP, DEAR}
    told = [one.price for one in list_spans(reading, SCOPE, TRACE_ID)]
    assert told == [None, *[{"input": 1, "source": "list"}] * 11, {"input": 20, "source": "list"}]
    assert [row.price for row in spans] == [CHEAP] * 10


def test_rows_of_older_versions_tell_their_price(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), llm(2))])
    with writing.begin() as connection:
        row = models.Span.__table__  # type: ignore[attr-defined]
        connection.execute(row.update().where(row.c.span_id == span_id(2)).values(price=CHEAP))
    assert get_span(reading, SCOPE, TRACE_ID, span_id(2)).record.price == {"input": 1, "source": "list"}


def test_the_same_prices_change_nothing_and_others_are_stored(writing: Engine, reading: Engine) -> None:
    commit(writing, [batch(span(1), llm(2, price=CHEAP, cost_nusd=7, cost_source="computed"))])
    assert [price_again(writing, CHEAP), price_again(writing, DEAR)] == [0, 1]
    assert get_span(reading, SCOPE, TRACE_ID, span_id(2)).record.price == {"input": 20, "source": "list"}


def test_an_id_stands_for_itself_and_prices_come_in_one_order() -> None:
    known = price_id(CHEAP)
    assert price_id(known) == known
    assert price_id(None) is None
    rows = [llm(2, price=DEAR), llm(3, price=CHEAP), llm(4, price=known), llm(5), llm(6, price=DEAR)]
    found = prices_of(rows)
    assert [row.price_id for row in found] == sorted({price_id(CHEAP), price_id(DEAR)})  # type: ignore[type-var]
    assert list(as_stored(rows[:1], [("a", DEAR, "b", "asked", "answered", "c")], COLUMNS)) == [
        ("a", price_id(DEAR), "b", "asked", "answered", "c")
    ]


COLUMNS = ("name", "price", "kind", "input_preview", "output_preview", "version")
