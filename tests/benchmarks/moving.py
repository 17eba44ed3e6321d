"""Whether a database that was exported and imported is the same, how long it takes and how much memory (SQLite, Linux).

    python -m tests.benchmarks.moving [--spans 1000000] [--folder FOLDER]

The import is killed on its way and begun again. Compared: the rows of every table, the sums of tokens, cost and calls,
and a hash over the content hashes of all spans.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine

from collector.config import Settings
from collector.ingest import prepare
from collector.store.commit import commit
from collector.store.engine import open_writer
from collector.store.packing import Bases
from collector.store.schema import migrate
from tests import servers
from tests.benchmarks.ingest import machine
from tests.benchmarks.load import Load

SPANS_A_REQUEST = 600
TABLES = ("span", "trace", "usage", "log_record", "score", "span_conflict")
_SUMS = {
    "trace": ("span_count", "input_tokens", "output_tokens", "cost_nusd", "llm_calls", "tool_calls", "unpriced_spans"),
    "usage": ("calls", "input_tokens", "output_tokens", "cost_nusd"),
    "span": ("counted", "input_tokens", "cost_nusd", "start_ns % 1000003", "end_ns % 1000003"),
}


def build(engine: Engine, spans: int) -> None:
    migrate(engine)
    bases = Bases()
    for request in islice(Load(seed=3).requests(SPANS_A_REQUEST), -(-spans // SPANS_A_REQUEST)):
        body = request.SerializeToString()
        prepared = prepare(body, "protobuf", project_id="default", max_spans=1_000, bases=bases)
        commit(engine, [prepared.batch], bases=bases)


def told(engine: Engine) -> dict[str, object]:
    """What has to be equal."""
    found: dict[str, object] = {}
    with engine.connect() as connection:
        for table in TABLES:
            sums = ", ".join(f"sum({name})" for name in _SUMS.get(table, ()))
            found[table] = tuple(
                connection.exec_driver_sql(f"SELECT count(*){', ' * bool(sums)}{sums} FROM {table}").one()
            )
        hashed = hashlib.sha256()
        keys = "project_id, trace_id, span_id, content_hash"
        for row in connection.exec_driver_sql(f"SELECT {keys} FROM span ORDER BY {keys}"):
            hashed.update("".join(row[:3]).encode() + row[3])
        connection.rollback()
    return found | {"content": hashed.hexdigest()}


def run(folder: Path, *words: str, kill_after_s: float | None = None) -> tuple[float, float]:
    """Seconds and the most memory, MiB, of a `msgtrace` command."""
    environment = servers.clean_environment(
        MSGTRACE_DATABASE_URL=f"sqlite:///{folder / words[-1]}", XDG_DATA_HOME=str(folder)
    )
    command = [sys.executable, "-m", "collector.cli", *words[:-1]]
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, cwd=servers.ROOT, stderr=subprocess.PIPE)
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        process.send_signal(signal.SIGKILL)
    assert process.stderr
    said = process.stderr.read().decode()
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == (0 if kill_after_s is None else -signal.SIGKILL), said
    if kill_after_s is None:
        print("   " + said.strip().splitlines()[-1])
    return time.monotonic() - begun, used.ru_maxrss / 1024


def measure(folder: Path, spans: int) -> None:
    source = open_writer(Settings(database_url=f"sqlite:///{folder / 'from.db'}").sqlalchemy_url)
    build(source, spans)
    expected = told(source)
    source.dispose()
    file, size = str(folder / "traces.jsonl.zst"), (folder / "from.db").stat().st_size
    print(f"{spans:,} spans, {size / 2**20:,.0f} MiB; load {os.getloadavg()[0]:.1f}")
    seconds, rss = run(folder, "export", file, "from.db")
    written = Path(file).stat().st_size
    print(f"export   {seconds:6.0f} s {spans / seconds:8,.0f} spans/s {rss:6.0f} MiB of memory, {written >> 20:,} MiB")
    run(folder, "import", file, "to.db", kill_after_s=max(3.0, seconds / 4))
    target = open_writer(Settings(database_url=f"sqlite:///{folder / 'to.db'}").sqlalchemy_url)
    there = told(target)["span"]
    seconds, rss = run(folder, "import", file, "to.db")
    print(
        f"import   {seconds:6.0f} s {spans / seconds:8,.0f} spans/s {rss:6.0f} MiB of memory, after {there} were killed"
    )
    assert told(target) == expected, (told(target), expected)
    print("counts, sums and content hashes: identical")
    seconds, rss = run(folder, "import", file, "to.db")
    print(f"again    {seconds:6.0f} s {spans / seconds:8,.0f} spans/s {rss:6.0f} MiB of memory")
    assert told(target) == expected
    target.dispose()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--folder", help="Where there is room for it; else a temporary one.")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        measure(Path(folder), asked.spans)


if __name__ == "__main__":
    main()
