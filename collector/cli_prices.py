"""`msgtrace prices`: what models cost, prices of one's own, and pricing stored calls again."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from collector import repricing
from collector.config import get_settings, saved_prices
from collector.errors import BadQuery
from collector.price_file import fetch_list
from collector.price_overrides import day_of, new_override, parse_time, usd_rates
from collector.price_source import PriceSource
from collector.store.commands import prices as commands
from collector.store.engine import open_reader, open_writer
from collector.store.reads.prices import list_seen_models
from collector.store.records import Period, PriceInForce, PriceOverride, RepricedLine, Repricing, Scope

SEEN_DAYS = 30
_DAY_NS = 86_400 * 10**9
_PIPE_WIDTH = 200
"""Columns of a table that is not shown on a terminal."""

prices = typer.Typer(help="What models cost, prices of your own, and pricing stored calls again.", no_args_is_help=True)
console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)

Rate = Annotated[str | None, typer.Option(metavar="USD")]


@prices.command("list")
def list_prices(model: Annotated[str | None, typer.Argument(help="A model, as a call names it.")] = None) -> None:
    """Show your own prices, and what the models of the last 30 days cost now; or what MODEL costs."""
    with _source() as (engine, source, scope):
        book, now_ns = source.refresh(), time.time_ns()
        seen = list_seen_models(engine, scope, Period(now_ns - SEEN_DAYS * _DAY_NS, now_ns))
        calls = [(m.provider, m.model, m.answering_model) for m in seen if model in (None, m.model)]
        if model and not calls:
            calls = [(None, model, None)]
        if not model:
            _print_overrides(book.overrides)
        _print_in_force(
            (provider, asked, book.in_force(provider, (answering, asked), now_ns))
            for provider, asked, answering in calls
        )
        console.print(f"price list: genai-prices {book.load().version}")


@prices.command("set")
def set_price(
    model: Annotated[str, typer.Argument(help="A model, or a pattern such as 'gpt-4o*'.")],
    provider: Annotated[str | None, typer.Option(help="Only calls of this provider.")] = None,
    input: Rate = None,
    output: Rate = None,
    cache_read: Rate = None,
    cache_write: Rate = None,
    cache_write_1h: Rate = None,
    reasoning: Rate = None,
    input_audio: Rate = None,
    output_audio: Rate = None,
    per_request: Annotated[str | None, typer.Option(metavar="USD", help="A fee a call.")] = None,
    discount: Annotated[str | None, typer.Option(metavar="PERCENT", help="Off the listed price.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day, UTC.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Day after the last, UTC.")] = None,
    note: Annotated[str | None, typer.Option(help="Why, for whoever reads it later.")] = None,
) -> None:
    """Price a model yourself: US dollars for a million tokens, 0 for what costs nothing.

    Cache and audio rates that you leave out follow --input and --output. New calls are priced so within seconds;
    `msgtrace prices reprice` does the older ones.
    """
    rates = {
        "input": input,
        "output": output,
        "cache_read": cache_read,
        "cache_write": cache_write,
        "cache_write_1h": cache_write_1h,
        "reasoning": reasoning,
        "input_audio": input_audio,
        "output_audio": output_audio,
        "per_request": per_request,
    }
    said = {"model": model, "provider": provider, "from": since, "to": until, "discount": discount, "note": note}
    override = new_override({**said, **rates})
    with _writer() as engine:
        commands.add_override(engine, override)
    console.print(f"{override.id}: {_clean(override.model)} is priced so from now on; older calls: prices reprice")


@prices.command()
def remove(id: Annotated[str, typer.Argument(help="As `prices list` shows it.")]) -> None:
    """Take a price of your own back."""
    with _writer() as engine:
        commands.remove_override(engine, id)
    console.print(f"{_clean(id)} is removed; calls that were priced by it stay so until prices reprice")


@prices.command()
def unpriced() -> None:
    """Show the models of the last 30 days that have calls without a known price."""
    with _source() as (engine, _, scope):
        now_ns = time.time_ns()
        seen = list_seen_models(engine, scope, Period(now_ns - SEEN_DAYS * _DAY_NS, now_ns))
    missing = [m for m in seen if m.unpriced_calls]
    if not missing:
        console.print("every call of the last 30 days has a price")
        return
    table = _table("provider", "model", "calls", "of them unpriced", "input tokens", "output tokens")
    for m in missing:
        _row(
            table,
            m.provider or "",
            m.model,
            f"{m.calls:,}",
            f"{m.unpriced_calls:,}",
            _count(m.unpriced_input_tokens),
            _count(m.unpriced_output_tokens),
        )
    console.print(table)


@prices.command()
def update() -> None:
    """Fetch genai-prices' newest list over the network; every process on this machine uses it from then on."""
    version = fetch_list(saved_prices())
    console.print(f"the price list is now the one {version}, kept in {saved_prices()}")


@prices.command()
def reprice(
    since: Annotated[str, typer.Option("--from", metavar="DATE", help="Calls from this day on, UTC.")],
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="And before this one; else now.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only show what would change.")] = False,
) -> None:
    """Price stored calls again with the prices of today. Costs that a client reported stay."""
    period = Period(parse_time(since, "--from"), parse_time(until, "--to") if until else time.time_ns())
    if period.length_ns <= 0:
        raise BadQuery("--to: must be later than --from")
    with _source() as (engine, source, scope):
        book = source.refresh()
        with _progress("looking") as told:
            found = repricing.preview(engine, scope, period, book, told)
    _print_repricing(found)
    if dry_run or not found.changed_spans:
        return
    with _writer() as engine, _progress("pricing") as told:
        changed = repricing.apply(engine, scope, period, book, told)
    console.print(f"spans priced anew: {changed:,}")


@contextmanager
def _source() -> Iterator[tuple[Engine, PriceSource, Scope]]:
    settings = get_settings()
    engine = open_reader(settings.sqlalchemy_url)
    try:
        yield engine, PriceSource(engine, file=settings.prices_file, saved_list=saved_prices()), Scope(settings.scope)
    finally:
        engine.dispose()


@contextmanager
def _writer() -> Iterator[Engine]:
    engine = open_writer(get_settings().sqlalchemy_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _progress(doing: str) -> Iterator[repricing.Progress]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task(doing)
        yield lambda done: shown.update(task, description=f"{doing}: {done:,} traces")


def _print_overrides(overrides: Iterable[PriceOverride]) -> None:
    table = _table("id", "model", "provider", "USD for a million tokens", "from", "to", "note")
    for override in overrides:
        _row(
            table,
            override.id,
            override.model,
            override.provider or "any",
            _terms(override),
            day_of(override.valid_from_ns) or "",
            day_of(override.valid_to_ns) or "",
            override.note or "",
        )
    if table.row_count:
        console.print(table)
    else:
        console.print("no prices of your own")


def _terms(override: PriceOverride) -> str:
    if override.discount_ppm is not None:
        return f"{override.discount_ppm / 10_000:g} % off the listed price"
    return ", ".join(f"{name} {usd.normalize():f}" for name, usd in usd_rates(override).items())


def _print_in_force(found: Iterable[tuple[str | None, str, PriceInForce | None]]) -> None:
    table = _table("provider", "model", "source", "input", "output", "cache read", "cache write", "since")
    for provider, model, price in found:
        if price is None:
            _row(table, provider or "", model, "unknown", "", "", "", "", "")
            continue
        source = price.source + (f" {price.override_id}" if price.override_id else f" {price.version}")
        rates = (price.input_per_mtok, price.output_per_mtok, price.cache_read_per_mtok, price.cache_write_per_mtok)
        _row(table, provider or "", model, source, *map(_rate, rates), price.since or "")
    if table.row_count:
        console.print(table)


def _print_repricing(found: Repricing) -> None:
    if not found.changed_spans:
        console.print("nothing would change")
        return
    table = _table("day", "provider", "model", "calls", "before", "after", "difference", "unpriced")
    for line in found.changed_lines:
        _row(table, f"{line.day}", line.provider or "", line.model or "", f"{line.calls:,}", *_change(line))
    console.print(table)
    difference = found.after_nusd - found.before_nusd
    console.print(
        f"{found.changed_spans:,} spans; {_usd(found.before_nusd)} before, {_usd(found.after_nusd)} after, "
        f"{_usd(difference, sign='+')} in all"
    )


def _change(line: RepricedLine) -> tuple[str, str, str, str]:
    unpriced = f"{line.unpriced_before:,}"
    if line.unpriced_after != line.unpriced_before:
        unpriced += f" -> {line.unpriced_after:,}"
    return _usd(line.before_nusd), _usd(line.after_nusd), _usd(line.difference_nusd, sign="+"), unpriced


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _row(table: Table, *cells: str) -> None:
    """As text without markup: names of models come from spans."""
    table.add_row(*(Text(_clean(cell)) for cell in cells))


def _clean(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _rate(usd: float | None) -> str:
    return "" if usd is None else f"{usd:g}"


def _usd(nusd: int | None, sign: str = "") -> str:
    return "unknown" if nusd is None else f"{nusd / 10**9:{sign},.6f}"
