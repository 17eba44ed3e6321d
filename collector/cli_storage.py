"""`msgtrace prune` and `msgtrace doctor`: what of the database goes, and whether its sums are right."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text
from sqlalchemy import Engine

from collector.config import get_settings
from collector.store.commands.doctor import forget_wrong, repair, search_again
from collector.store.engine import open_reader, open_writer
from collector.store.reads.doctor import examine
from collector.store.reads.doctor_sums import examine_sums
from collector.store.reads.retention import preview_prune
from collector.store.reads.search import examine_search
from collector.store.records import Difference, Lifetimes, Pruned, Scope, WrongStretch
from collector.store.retention import prune as prune_now
from collector.store.rolling import roll_sums
from collector.store.rollup import roll_hours
from collector.store.schema import migrate
from collector.upkeep import lifetimes_of

storage = typer.Typer()
_MOST_PRINTED = 200
console = Console(highlight=False, soft_wrap=True)


@storage.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Remove now what is older than it is kept. A running collector does it by itself.

    Cost reports stay as they are: the ledger has a lifetime of its own.
    """
    settings = get_settings()
    lifetimes, scope = lifetimes_of(settings), Scope(settings.scope)
    for line in _told(lifetimes):
        console.print(line)
    writer = open_writer(settings.sqlalchemy_url)
    migrate(writer)
    if dry_run:
        pruned = preview_prune(open_reader(settings.sqlalchemy_url), scope, lifetimes, time.time_ns())
        console.print(f"would go: {_what(pruned)}")
        if lifetimes.max_bytes:
            console.print("and, beyond MSGTRACE_MAX_DATABASE_MB, the oldest content, then the oldest traces")
        return
    pruned = prune_now(writer, scope, lifetimes, time.time_ns(), _rest)
    console.print(f"gone: {_what(pruned)}; writers waited {pruned.longest_ms:,.0f} ms at most")
    if pruned.returned_bytes:
        console.print(f"{pruned.returned_bytes / 2**20:,.1f} MiB were given back to the disk")


@storage.command()
def doctor(
    fix: Annotated[bool, typer.Option("--fix", help="Repair what differs.")] = False,
) -> None:
    """Recount traces and ledger from the spans, and the sums over hours and days from these; print what differs.

    Ends with 1 when something differs and was not repaired. Lines that retention has sealed are left as they are.
    """
    settings = get_settings()
    writer, reader = open_writer(settings.sqlalchemy_url), open_reader(settings.sqlalchemy_url)
    migrate(writer)
    traces = wrong = sealed = printed = 0
    for group in examine(reader, Scope(settings.scope)):
        for found in group.differences[: max(0, _MOST_PRINTED - printed)]:
            console.print(_difference(found))
        printed += len(group.differences)
        traces, sealed, wrong = traces + group.traces, sealed + group.sealed, wrong + len(group.wrong)
        if fix and group.wrong:
            repair(writer, group.wrong)
    if printed > _MOST_PRINTED:
        console.print(f"and {printed - _MOST_PRINTED:,} more differences")
    kept = f", {sealed:,} of them with a sealed ledger" if sealed else ""
    done = " and repaired" if fix and wrong else ""
    console.print(f"{traces:,} traces recounted{kept}: {wrong:,} differed{done}")
    wrong += _examine_sums(writer, reader, Scope(settings.scope), fix)
    wrong += _examine_search(reader, writer, Scope(settings.scope), fix=fix)
    if wrong and not fix:
        console.print("msgtrace doctor --fix repairs them; spans that arrived meanwhile are no fault")
        raise typer.Exit(1)


def _examine_search(reader: Engine, writer: Engine, scope: Scope, *, fix: bool) -> int:
    """The number of traces that the search index holds otherwise than they are."""
    wrong = 0
    for differences in examine_search(reader, scope):
        for found in differences[: max(0, _MOST_PRINTED - wrong)]:
            console.print(_difference(found))
        wrong += len(differences)
        if fix:
            search_again(writer, [(found.project_id, found.trace_id) for found in differences])
    if wrong:
        console.print(f"{wrong:,} traces differed in the search index{': taken in anew soon' if fix else ''}")
    return wrong


def _examine_sums(writer: Engine, reader: Engine, scope: Scope, fix: bool) -> int:
    """How many hours and days differ; made anew with `fix`."""
    wrong = list(examine_sums(reader, scope))
    for found in wrong[:_MOST_PRINTED]:
        console.print(_stretch(found))
    if fix and wrong:
        forget_wrong(writer, wrong)
        roll_hours(writer, scope, time.time_ns())
        roll_sums(writer, scope, time.time_ns())
    done = " and repaired" if fix and wrong else ""
    console.print(f"sums over hours and days recounted: {len(wrong):,} differed{done}")
    return len(wrong)


def _stretch(found: WrongStretch) -> Text:
    start = datetime.fromtimestamp(found.start_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M UTC")
    of = "the ledger's hour" if found.what == "ledger" else f"the {found.what}"
    return Text(f"{of} of {start}: its sums are not those of its rows")


def _difference(found: Difference) -> Text:
    """What spans say may hold anything: no markup, no control characters."""
    told = f"{found.trace_id} {found.what}: {found.stored} is {found.recounted}"
    return Text("".join(c if c.isprintable() else " " for c in told))


def _rest(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _told(lifetimes: Lifetimes) -> list[str]:
    def kept(amount: int, unit: str) -> str:
        return f"{amount} {unit}" if amount else "for ever"

    lines = [
        f"content is kept {kept(lifetimes.content_days, 'days')}, spans and traces "
        f"{kept(lifetimes.traces_days, 'days')}, the ledger {kept(lifetimes.ledger_months, 'months')}"
    ]
    if lifetimes.keep_failed > 1:
        lines.append(f"failed and starred traces {lifetimes.keep_failed:g} times as long")
    return lines


def _what(pruned: Pruned) -> str:
    if pruned.is_nothing:
        return "nothing"
    return (
        f"{pruned.traces:,} traces with {pruned.spans:,} spans, the content of {pruned.contents:,} more, "
        f"{pruned.ledger_lines:,} lines of the ledger"
    )
