"""Each recording's meaning is kept in `golden/`, so that a change of meaning shows up as a diff.

`MSGTRACE_RENEW_GOLDEN=1 pytest tests/corpus/test_golden.py` writes the files anew: read the diff before you commit it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.corpus.golden_files import golden
from tests.corpus.recordings import Run, runs

FOLDER = Path(__file__).with_name("golden")


@pytest.mark.parametrize("run", runs(), ids=str)
def test_a_recording_means_what_it_meant(recorded: Engine, run: Run) -> None:
    path = FOLDER / f"{run}.json"
    found = golden(recorded, run)
    if os.environ.get("MSGTRACE_RENEW_GOLDEN"):
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(path.read_text())


def test_every_golden_file_belongs_to_a_recording() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {str(run) for run in runs()}
