"""What a span used and cost, as its attributes report it."""

from __future__ import annotations

from collector.semconv.index import Fields
from collector.semconv.values import MAX_NANOSECONDS, count
from collector.store.rows import SpanRow

_USAGE = {
    *("total_tokens", "input_tokens", "output_tokens", "reasoning_tokens"),
    *("cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"),
}
_COSTS = {"cost_nusd", "input_cost_nusd", "output_cost_nusd"}
_CURRENCY_LENGTH = 20


def set_usage(row: SpanRow, fields: Fields) -> None:
    """Input contains cache reads and writes, output contains reasoning: where a client tells them beside, they are
    added. Its own total shows that, where there is one; else parts that exceed the whole do.
    """
    if _USAGE.isdisjoint(fields):
        return
    total = fields.get("total_tokens")
    if row.cache_write_tokens is None:
        row.cache_write_tokens = _sum(fields.get("cache_write_5m_tokens"), fields.get("cache_write_1h_tokens"))
    if total is not None:
        _fill_missing_side(row, total)
    sent, received = row.input_tokens or 0, row.output_tokens or 0
    cached, reasoned = (row.cache_read_tokens or 0) + (row.cache_write_tokens or 0), row.reasoning_tokens or 0
    beside = (total or 0) - sent - received
    if cached > sent or (cached and beside in (cached, cached + reasoned)):
        row.input_tokens = _sum(row.input_tokens, cached)
    if reasoned > received or (reasoned and beside in (reasoned, cached + reasoned)):
        row.output_tokens = _sum(row.output_tokens, reasoned)


def _fill_missing_side(row: SpanRow, total: int) -> None:
    if row.input_tokens is None and row.output_tokens is not None and total >= row.output_tokens:
        row.input_tokens = total - row.output_tokens
    elif row.output_tokens is None and row.input_tokens is not None and total >= row.input_tokens:
        row.output_tokens = total - row.input_tokens


def _sum(tokens: int | None, more: int | None) -> int | None:
    """None when neither is known, or when the sum is more than can be true."""
    return None if tokens is None and more is None else count((tokens or 0) + (more or 0))


def set_cost(row: SpanRow, fields: Fields) -> None:
    """A cost in another currency than US dollars is kept as it was reported: it can't be summed."""
    if _COSTS.isdisjoint(fields):
        return
    sent, received = fields.get("input_cost_nusd"), fields.get("output_cost_nusd")
    parts = (sent or 0) + (received or 0)
    total = fields.get("cost_nusd") or parts
    if not total or total > MAX_NANOSECONDS:
        return
    currency = fields.get("currency", "USD").upper()
    if currency != "USD":
        row.foreign_cost = f"{total / 1e9:.9f}".rstrip("0").rstrip(".") + f" {currency[:_CURRENCY_LENGTH]}"
        return
    row.cost_nusd = total
    row.cost_source = "reported"
    if parts == total:
        row.input_cost_nusd, row.output_cost_nusd = sent or 0, received or 0
