"""What providers billed, beside msgtrace's figure, and the form to enter it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import Protocol

import streamlit as st

from app import state
from app.components.panel import panel
from app.format import escape_markdown, one_line
from app.frames.invoices import invoices_frame, sentence
from collector.errors import MsgtraceError
from collector.store.records.invoices import Billed, Invoice

_ROW_PX, _MOST_ROWS, _MONTHS = 32, 8, 24
_HELP = (
    "Enter what a provider billed for a month: the table tells how much of it msgtrace explains, and what is missing."
)


class Changes(Protocol):
    def put_invoice(self, provider: str, month: str, amount_usd: float, note: str) -> None: ...

    def remove_invoice(self, invoice: Invoice) -> None: ...


def draw_invoices(found: Sequence[Billed], providers: Sequence[str], today: date, changes: Changes) -> None:
    with panel("invoices", "Provider invoices", "in months of the reporting zone", help=_HELP):
        if found:
            st.text(sentence(found[0]))
            frame = invoices_frame(found)
            st.dataframe(
                frame,
                hide_index=True,
                row_height=_ROW_PX,
                height=min(len(frame), _MOST_ROWS) * _ROW_PX + 38,
                key="invoices",
                alt="Invoices by month and provider: billed, known to msgtrace, coverage and known gaps.",
            )
        else:
            st.text("None yet. Enter what a provider billed, to see how much of it msgtrace explains.")
        with st.container(horizontal=True, gap="xsmall"):
            with st.popover("Enter an invoice", icon=":material/receipt_long:", key="new_invoice"):
                _draw_form(providers, today, changes)
            if found:
                with st.popover("Remove one", icon=":material/delete:", key="old_invoice"):
                    _draw_removal(found, changes)
        if fault := state.kept("invoice_fault"):
            st.error(escape_markdown(str(fault)), icon=":material/error:")


def _draw_form(providers: Sequence[str], today: date, changes: Changes) -> None:
    with st.form("invoice", border=False):
        st.selectbox("Provider", providers, key="invoice_provider", accept_new_options=True, format_func=one_line)
        st.selectbox("Month", _months(today), key="invoice_month")
        st.number_input("Amount in USD", min_value=0.0, max_value=1e9, step=1.0, format="%.2f", key="invoice_amount")
        st.text_input("Note", key="invoice_note", max_chars=500, placeholder="Invoice number, discount, credits")

        def save() -> None:
            said = (state.value_of(f"invoice_{name}") for name in ("provider", "month", "amount", "note"))
            provider, month, amount, note = said
            _try(lambda: changes.put_invoice(str(provider or ""), str(month), float(amount or 0.0), str(note or "")))

        st.form_submit_button("Save invoice", type="primary", on_click=save, disabled=state.reads_only())


def _draw_removal(found: Sequence[Billed], changes: Changes) -> None:
    for billed in found:
        invoice = billed.invoice
        st.button(
            escape_markdown(f"{invoice.month}, {one_line(invoice.provider)}"),
            key=f"remove_{invoice.project_id}_{invoice.month}_{invoice.provider}",
            icon=":material/delete:",
            on_click=_try,
            args=(partial(changes.remove_invoice, invoice),),
            disabled=state.reads_only(),
        )


def _try(change: Callable[[], None]) -> None:
    """Its fault is kept for the run that follows."""
    state.keep("invoice_fault", None)
    try:
        change()
    except MsgtraceError as error:
        state.keep("invoice_fault", str(error))


def _months(today: date) -> list[str]:
    """The last ones, the month that has just ended first."""
    number = today.year * 12 + today.month - 1
    months = [f"{at // 12}-{at % 12 + 1:02d}" for at in range(number, number - _MONTHS, -1)]
    return [*months[1:], months[0]]
