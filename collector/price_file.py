"""The newer price list in the data folder: fetched when a person asks for it, used by every process from then on."""

from __future__ import annotations

import importlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from collector.errors import Retryable

if TYPE_CHECKING:
    from genai_prices.types import Provider

_TIMEOUT_S = 30.0


class SavedList(NamedTuple):
    """A saved list as it was at one moment: another modification time is another list."""

    path: Path
    modified_ns: int

    def read(self) -> tuple[str, list[Provider]]:
        """Version and content. Raises ValueError when the file is not one that `fetch_list` wrote."""
        try:
            saved = orjson.loads(self.path.read_bytes())
            return str(saved["version"]), parse(saved["providers"])
        except (KeyError, TypeError, OSError) as error:
            raise ValueError(f"{self.path} is no price list: {error}") from error


def find_saved(path: Path) -> SavedList | None:
    """The list at `path`, None when none was saved. Cheap: nothing is read."""
    try:
        return SavedList(path, path.stat().st_mtime_ns)
    except OSError:
        return None


def fetch_list(path: Path, url: str | None = None) -> str:
    """Fetches genai-prices' newest list over the network, saves it at `path` and returns its version.

    Raises Retryable when it can't be fetched, with nothing changed.
    """
    updates = importlib.import_module("genai_prices.update_prices")
    client = importlib.import_module("httpx2")
    url = url or updates.DEFAULT_UPDATE_URL
    try:
        answer = client.get(url, timeout=_TIMEOUT_S)
        answer.raise_for_status()
        providers = orjson.loads(answer.content)
        parse(providers)
    except (client.HTTPError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Retryable(f"the price list could not be fetched from {url}: {reason}. Nothing changed") from error
    version = f"fetched {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    _replace(path, orjson.dumps({"version": version, "providers": providers}))
    return version


def parse(providers: Any) -> list[Provider]:
    """The list in genai-prices' own types. Raises ValueError when it is none."""
    if not isinstance(providers, list) or not providers:
        raise ValueError("expected a list of providers")
    # The only way in for a list that was not fetched by the library itself; `test_price_file` watches it.
    read = importlib.import_module("genai_prices.types")._providers_from_raw
    found: list[Provider] = read(providers)
    return found


def _replace(path: Path, content: bytes) -> None:
    """Other processes see the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
