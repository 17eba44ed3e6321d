"""Traces from a file, for those who may write."""

from __future__ import annotations

from app import queries
from app.commands import traces as commands
from app.components.import_menu import draw_import


def draw_imports() -> None:
    if queries.may_write():
        draw_import(queries.scope(), commands.import_file)
