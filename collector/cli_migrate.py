"""`msgtrace migrate`: the schema, brought up to date or looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from sqlalchemy import Engine

from collector.config import Settings, get_settings
from collector.store.engine import open_reader, open_writer
from collector.store.records.schema import SchemaPlan, SchemaStep
from collector.store.schema import migrate as migrate_schema
from collector.store.schema import plan, steps_of_an_empty_database

migrating = typer.Typer()
_COPY_BYTES_A_SECOND = 200 * 2**20
console = Console(highlight=False, soft_wrap=True)


@migrating.command()
def migrate(
    check: Annotated[
        bool,
        typer.Option("--check", help="Only say what would be done: ends with 0 for nothing, with 1 for something."),
    ] = False,
    no_copy: Annotated[bool, typer.Option("--no-copy", help="Make no copy of an SQLite database before.")] = False,
) -> None:
    """Bring the database's schema up to date: all steps, or none if it is interrupted.

    Before it changes an SQLite database it makes a copy beside it; the two newest of these copies are kept.
    """
    settings = get_settings()
    if check:
        _check(settings, with_copy=not no_copy)
        return
    with _disposed(open_writer(settings.sqlalchemy_url)) as engine:
        changed = migrate_schema(engine, with_copy=not no_copy, tell=_tell)
    _tell("the schema was brought up to date" if changed else "the schema is up to date")


def _check(settings: Settings, *, with_copy: bool) -> None:
    found = _plan(settings)
    if not found.steps:
        _tell(f"the schema is up to date: {found.revision}")
        return
    _tell(f"{found.revision or 'an empty database'}: {len(found.steps)} steps to do")
    if with_copy and found.copy_bytes is not None:
        seconds = _about(found.copy_bytes / _COPY_BYTES_A_SECOND)
        _tell(f"  copy  {found.copy_bytes / 2**20:,.0f} MiB beside the database, {seconds}")
    for step in found.steps:
        _tell(f"  {step.revision}  {step.what}: {_effort(found, step)}")
    _tell(
        "Times are estimates from the number of rows, on a disk that is neither slow nor busy. "
        "All steps are one transaction: writers wait until it ends."
    )
    raise typer.Exit(1)


def _plan(settings: Settings) -> SchemaPlan:
    path = settings.sqlite_path
    if path and not path.exists():
        return steps_of_an_empty_database()
    with _disposed(open_reader(settings.sqlalchemy_url)) as engine:
        return plan(engine)


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _effort(found: SchemaPlan, step: SchemaStep) -> str:
    if found.revision is None or step.rows == 0:
        return "no rows to go through"
    if step.rows is None or step.estimated_s is None:
        return "not known how long"
    return f"goes through {step.rows:,} rows, {_about(step.estimated_s)}"


def _about(seconds: float) -> str:
    if seconds < 1:
        return "less than a second"
    return f"about {seconds:,.0f} s" if seconds < 120 else f"about {seconds / 60:,.0f} minutes"


def _tell(said: str) -> None:
    console.print(said, markup=False)
