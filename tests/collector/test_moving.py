"""Export, import and backup, as a person runs them."""

from __future__ import annotations

import io
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.errors import BadQuery
from collector.export import trace_lines
from collector.ingest import prepare, prepare_logs
from collector.moving import documents as taken_apart
from collector.moving.documents import documents
from collector.otlp_json import request_from_json
from collector.store import models
from collector.store.commit import commit
from collector.store.engine import open_reader, open_writer
from collector.store.retention import DAY_NS
from collector.store.schema import migrate
from tests.collector.log_requests import log_body, log_record
from tests.collector.otlp_requests import body, proto_span
from tests.conftest import SCOPE
from tests.servers import ROOT, clean_environment
from tests.store.test_commit import rows_of
from tests.store.test_retention import prune_after

Run = Callable[..., subprocess.CompletedProcess[bytes]]
TRACES = 5


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Run:
    def msgtrace(*words: str, url: str = database_url, **settings: str) -> subprocess.CompletedProcess[bytes]:
        environment = {"MSGTRACE_DATABASE_URL": url, "XDG_DATA_HOME": str(tmp_path / "data"), **settings}
        return subprocess.run(
            [sys.executable, "-m", "collector.cli", *words],
            cwd=ROOT,
            env=clean_environment(**environment),
            capture_output=True,
            timeout=60,
        )

    return msgtrace
