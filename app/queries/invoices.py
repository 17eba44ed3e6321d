"""What providers billed."""

from __future__ import annotations

from app.queries.asking import ask
from collector.config import get_settings
from collector.store.reads.invoices import list_billed
from collector.store.records.invoices import Billed


def billed() -> tuple[Billed, ...]:
    """By months of the reporting zone, the newest first."""
    return ask(list_billed, get_settings().reporting_zone)
