"""A process that is killed in the middle of a migration: the next one does it from the beginning."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from collector.store.engine import open_writer
from collector.store.schema import migrate, plan
from tests import servers
from tests.store.test_migrations import bring_to, contents, fill, kept

pytestmark = pytest.mark.faults

STOPS_IN_THE_MIDDLE = """
import sys, time
from sqlalchemy import event
from collector.store.engine import open_writer
from collector.store.schema import migrate
engine = open_writer(sys.argv[1])

def wait(_connection, _cursor, statement, *_):
    if "RENAME COLUMN span TO spans" in statement:
        print("in the middle", flush=True)
        time.sleep(600)

event.listen(engine, "before_cursor_execute", wait)
migrate(engine)
"""


def test_a_migration_that_is_killed_is_done_again_with_nothing_lost(bare_database_url: str) -> None:
    engine = open_writer(bare_database_url)
    bring_to(engine, "0004")
    fill(engine)
    before = contents(engine)
    command = [sys.executable, "-c", STOPS_IN_THE_MIDDLE, bare_database_url]
    with subprocess.Popen(command, cwd=servers.ROOT, stdout=subprocess.PIPE, text=True) as migrating:
        assert migrating.stdout is not None
        assert migrating.stdout.readline() == "in the middle\n"
        migrating.send_signal(signal.SIGKILL)
    assert plan(engine).revision == "0004"
    assert migrate(engine)
    kept(before, contents(engine))
    engine.dispose()
