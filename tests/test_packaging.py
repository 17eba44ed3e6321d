"""What is built, pinned and promised fits together."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from collector.config import Settings

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return {line.partition("==")[0].lower().replace("_", "-"): line for line in lines if "==" in line}


def names(requirements: list[str]) -> set[str]:
    return {Requirement(text).name.lower() for text in requirements}


def test_every_dependency_is_pinned() -> None:
    assert names(PROJECT["dependencies"]) <= pins("requirements.txt").keys()
    tested = names(PROJECT["optional-dependencies"]["test"])
    assert tested <= (pins("requirements.txt") | pins("tests/requirements.txt")).keys()


def test_no_pin_names_a_place_to_download_from() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        assert "://" not in (ROOT / name).read_text()


def test_the_sdk_is_an_extra_and_no_dependency() -> None:
    assert any("msgtrace-sdk" in text and "extra" in text for text in requires("msgtrace") or ())
    assert "msgtrace-sdk" not in names(PROJECT["dependencies"])


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_stands_in_the_readme(name: str) -> None:
    assert f"`MSGTRACE_{name.upper()}`" in (ROOT / "README.md").read_text()


def test_ci_runs_the_readmes_test_command() -> None:
    readme = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- test command -->\n```sh\n(.+)\n```", readme)
    assert found is not None
    assert found[1].rstrip().endswith("pytest")
    assert "<!-- test command -->" in (ROOT / ".ci" / "run").read_text()
