from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from collector.analysis.reconciling import coverage, gap_nusd, known_gaps
from collector.errors import BadQuery, NotFound
from collector.store.commands.invoices import put_invoice, remove_invoice
from collector.store.commit import commit
from collector.store.reads.invoices import list_billed, month_period
from collector.store.records.costs import Spend
from collector.store.records.invoices import Billed, Invoice
from tests.conftest import SCOPE
from tests.store.rows import batch, llm

DOLLAR = 10**9
MONTH = "2026-10"


def invoice(provider: str = "openai", **changes: Any) -> Invoice:
    values: dict[str, Any] = {
        "project_id": "default",
        "provider": provider,
        "month": MONTH,
        "amount_nusd": 10 * DOLLAR,
        "note": "",
        "changed_ns": 1,
    }
    return Invoice(**(values | changes))


def call(number: int, usd: float | None, time_ns: int, **changes: Any) -> Any:
    values = {
        "trace_id": f"{number:032x}",
        "parent": None,
        "start_ns": time_ns,
        "end_ns": time_ns + 1,
        "provider": "OpenAI",
        "cost_nusd": None if usd is None else round(usd * DOLLAR),
        "cost_source": None if usd is None else "computed",
    }
    return llm(number, **(values | changes))


def test_an_invoice_stands_beside_the_calls_of_its_provider_and_month(writing: Engine, reading: Engine) -> None:
    october = month_period(MONTH, "Europe/Berlin")
    inside, outside = october.start_ns, october.end_ns
    commit(
        writing,
        [
            batch(
                call(1, 5, inside),
                call(2, 4, outside - 2, cost_source="reported"),
                call(3, None, inside),
                call(4, 100, outside),
                call(5, 100, inside, provider="anthropic"),
            )
        ],
    )
    put_invoice(writing, invoice())
    (billed,) = list_billed(reading, SCOPE, "Europe/Berlin")
    assert (billed.spend.calls, billed.spend.unpriced_calls, billed.spend.cost_nusd) == (3, 1, 9 * DOLLAR)
    assert (billed.reported_nusd, coverage(billed), gap_nusd(billed)) == (4 * DOLLAR, 0.9, DOLLAR)


def test_the_same_month_again_replaces_and_can_be_removed(writing: Engine, reading: Engine) -> None:
    put_invoice(writing, invoice())
    put_invoice(writing, invoice(amount_nusd=DOLLAR, note=" no. 7 \0"))
    (billed,) = list_billed(reading, SCOPE, "UTC")
    assert (billed.invoice.amount_nusd, billed.invoice.note) == (DOLLAR, "no. 7")
    remove_invoice(writing, "default", "openai", MONTH)
    assert list_billed(reading, SCOPE, "UTC") == ()
    with pytest.raises(NotFound, match="no invoice"):
        remove_invoice(writing, "default", "openai", MONTH)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"provider": "  "}, "provider"),
        ({"month": "2026-13"}, "month"),
        ({"amount_nusd": -1}, "amount"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(writing: Engine, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadQuery, match=f"^{field}"):
        put_invoice(writing, invoice(**changes))


@pytest.mark.parametrize(
    ("spend", "said"),
    [
        (Spend(), "saw no call"),
        (Spend(calls=3, unpriced_calls=1, cost_nusd=10 * DOLLAR), "1 call has no price"),
        (Spend(calls=3, cost_nusd=5 * DOLLAR), "not sent here"),
        (Spend(calls=3, cost_nusd=15 * DOLLAR), "discounts"),
        (Spend(calls=3, cost_nusd=10 * DOLLAR), "None known."),
    ],
)
def test_known_gaps_are_told_in_words(spend: Spend, said: str) -> None:
    assert said in " ".join(known_gaps(Billed(invoice=invoice(), spend=spend, reported_nusd=0)))
