from __future__ import annotations

import pytest
from sqlalchemy import Engine

from collector.errors import BadQuery, NotFound
from collector.store.commands import views as commands
from collector.store.commands.views import add_view, remove_view, rename_view, replace_view
from collector.store.reads.freshness import get_freshness
from collector.store.reads.views import list_views
from collector.store.records import SavedView, Scope
from tests.conftest import SCOPE


def view(view_id: str, created_ns: int = 1, name: str = "Slow answers") -> SavedView:
    return SavedView(view_id=view_id, name=name, params="q=duration%3E2s", created_ns=created_ns)


def test_views_are_listed_as_they_were_saved_the_oldest_first(writing: Engine, reading: Engine) -> None:
    add_view(writing, "default", view("b", created_ns=2, name="  two\nlines  "))
    add_view(writing, "default", view("a"))
    add_view(writing, "other", view("c"))
    assert [(v.view_id, v.name) for v in list_views(reading, SCOPE)] == [("a", "Slow answers"), ("b", "two lines")]
    assert get_freshness(reading, SCOPE).version == 3


def test_a_view_is_renamed_changed_and_removed_by_its_id(writing: Engine, reading: Engine) -> None:
    add_view(writing, "default", view("a"))
    rename_view(writing, "default", "a", "Slower")
    replace_view(writing, "default", "a", "q=cost%3E1")
    (found,) = list_views(reading, SCOPE)
    assert (found.name, found.params) == ("Slower", "q=cost%3E1")
    remove_view(writing, "default", "a")
    assert list_views(reading, SCOPE) == ()


def test_another_projects_view_is_out_of_reach(writing: Engine, reading: Engine) -> None:
    add_view(writing, "other", view("a"))
    for change in (lambda: rename_view(writing, "default", "a", "x"), lambda: remove_view(writing, "default", "a")):
        with pytest.raises(NotFound):
            change()
    assert len(list_views(reading, Scope(("other",)))) == 1


@pytest.mark.parametrize("name", ["", "  \n", "x" * 81, "\0"])
def test_a_name_that_nobody_could_read_is_refused(writing: Engine, name: str) -> None:
    with pytest.raises(BadQuery, match="name"):
        add_view(writing, "default", view("a", name=name))


def test_there_is_an_end_to_views(writing: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "MAX_VIEWS", 1)
    add_view(writing, "default", view("a"))
    with pytest.raises(BadQuery, match="delete one"):
        add_view(writing, "default", view("b"))
