"""Attribute values to what msgtrace keeps. Each function returns None for a value that says nothing, and never raises.

Everything in a span is hostile: a count may be True, NaN, -1 or "12", a name may be a megabyte long.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import orjson

MAX_COUNT = 2**53
"""Beyond this, JSON readers lose the exact value."""
MAX_NANOSECONDS = 2**63 - 1
NAME_LENGTH = 1_024
JSON_BEGINNINGS = frozenset('{["')
TAG_LENGTH = 200
MAX_TAGS = 50

_ERROR_SEVERITY = 17
_RUN_BEGINNINGS = ('{"input_str":', '{"inputs":', '{"outputs":', '{"output":', '{"query":')
_STEP_TAGS = ("seq:step:", "graph:step:", "map:key:")
_WHOLE_NUMBER = re.compile(r"(\d{1,17})(?:\.0+)?", re.ASCII)
_NOTHING = {"", "null", '{"output":null}', '{"output": null}'}
_NOTHING_LENGTH = max(map(len, _NOTHING))
_NO_ID = {"null", "none", "undefined", "<not specified>"}
_FINISH_REASONS = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "completed": "stop",
    "eos": "stop",
    "finish": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "incomplete": "length",
    "tool_call": "tool_call",
    "tool_calls": "tool_call",
    "tool_use": "tool_call",
    "function_call": "tool_call",
    "content_filter": "content_filter",
    "safety": "content_filter",
    "refusal": "content_filter",
    "error": "error",
}


def clean(value: str, length: int) -> str:
    """Text for a column: no NUL (PostgreSQL refuses it), no lone surrogates (UTF-8 has none), cut to `length`."""
    value = value[:length]
    if "\0" in value:
        value = value.replace("\0", "\ufffd")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def remembered(parse: Callable[[object], object | None]) -> Callable[[object], object | None]:
    """The same reader, quicker for a field of few and short values, such as a model's name."""
    known = lru_cache(maxsize=1_024)(parse)

    def read(value: object) -> object | None:
        return known(value) if type(value) is str and len(value) <= TAG_LENGTH else parse(value)

    return read


def text(value: object) -> str | None:
    if type(value) is str:
        value = value.strip()
        if value.isascii() and len(value) <= NAME_LENGTH and "\0" not in value:  # nearly always: worth being quick
            return value or None
        return clean(value, NAME_LENGTH)
    if type(value) is int or type(value) is float:
        return str(value)[:NAME_LENGTH] if -MAX_NANOSECONDS <= value <= MAX_NANOSECONDS else None
    return None


def unquoted(value: object) -> str | None:
    """Text that some clients write as JSON, in quotes."""
    found = text(value)
    return text(found[1:-1]) if found and len(found) > 1 and found[0] == found[-1] == '"' else found


def identifier(value: object) -> str | None:
    """A session or user id; clients write "null" when they have none."""
    found = unquoted(value)
    return None if found is None or found.lower() in _NO_ID else found


def count(value: object) -> int | None:
    """A number of tokens, 0 to 2**53."""
    if type(value) is int:
        return value if 0 <= value <= MAX_COUNT else None
    if type(value) is float:
        return int(value) if 0 <= value <= MAX_COUNT and value.is_integer() else None
    if type(value) is str and (match := _WHOLE_NUMBER.fullmatch(value[:64].strip().strip('"'))):
        return count(int(match[1]))
    return None


def number(value: object) -> float | None:
    """A finite number that isn't negative."""
    if type(value) is str:
        try:
            value = float(value[:64].strip().strip('"'))
        except ValueError:
            return None
    if type(value) is not int and type(value) is not float:
        return None
    return float(value) if 0 <= value <= MAX_NANOSECONDS and math.isfinite(value) else None


def signed_number(value: object) -> float | None:
    """A finite number, such as a score; True is 1, as evaluators mean it."""
    if type(value) is str and value.lstrip()[:1] == "-":
        found = number(value.lstrip()[1:])
        return None if found is None else -found
    if type(value) is int or type(value) is float:
        found = number(abs(value))
        return found if found is None or value >= 0 else -found
    return float(value) if type(value) is bool else number(value)


def nano_dollars(value: object) -> int | None:
    """US dollars to nano-dollars. Zero says nothing: clients that know no price send it."""
    dollars = number(value)
    if dollars is None or dollars > MAX_COUNT / 1e9:
        return None
    return round(dollars * 1e9) or None


def seconds(value: object) -> int | None:
    """Seconds to nanoseconds."""
    found = number(value)
    return None if found is None or found > MAX_NANOSECONDS / 1e9 else round(found * 1e9)


def milliseconds(value: object) -> int | None:
    """Milliseconds to nanoseconds."""
    found = number(value)
    return None if found is None or found > MAX_NANOSECONDS / 1e6 else round(found * 1e6)


def point_in_time(value: object) -> int | None:
    """An ISO time, in UTC unless it says otherwise, to nanoseconds since 1970."""
    found = unquoted(value) if type(value) is str else None
    if not found:
        return None
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    seconds_since = at.replace(microsecond=0).timestamp()
    return int(seconds_since) * 10**9 + at.microsecond * 1_000 if 0 <= seconds_since < MAX_NANOSECONDS / 1e9 else None


def seconds_or_whole_milliseconds(value: object) -> int | None:
    """One name, two units: OpenLIT sends a float of seconds, Strands an int of milliseconds."""
    return milliseconds(value) if type(value) is int else seconds(value)


def finish_reason(value: object) -> str | None:
    """stop, length, tool_call, content_filter, error, or what the client sent. Of several, the first."""
    if type(value) is str and value[:1] == "[":
        value = json_value(value)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else next((item for item in value if item), None)
    if type(value) is str and value in _FINISH_REASONS:
        return _FINISH_REASONS[value]
    found = text(value)
    if found is None:
        return None
    plain = found.rpartition(".")[2].lower().replace("-", "_")
    return _FINISH_REASONS.get(plain, found[:TAG_LENGTH])


def level(value: object) -> str | None:
    """ "error" for the levels of Langfuse (ERROR) and the severity numbers of OpenTelemetry (17 and up)."""
    return "error" if value in ("ERROR", '"ERROR"') or (type(value) is int and value >= _ERROR_SEVERITY) else None


def tags(value: object) -> tuple[str, ...] | None:
    """From a list, a JSON list or a comma-joined text."""
    if type(value) is str:
        found = json_value(value) if value[:1] == "[" else None
        value = found if isinstance(found, list) else value.split(",", MAX_TAGS)
    if not isinstance(value, list):
        return None
    named = (tag[:TAG_LENGTH] for item in value[:MAX_TAGS] if (tag := text(item)))
    return tuple(dict.fromkeys(named)) or None


def run_content(value: object) -> object | None:
    """What went into a run or came out: of LangChain's without the tags and metadata that are written round it, and
    text without the quotes that JSON has."""
    if type(value) is str and value[:1] == '"':
        found = json_value(value)
        return content(value if found is None else found)
    if type(value) is str and value.startswith(_RUN_BEGINNINGS) and ('"kwargs"' in value or '"tags"' in value):
        found = json_value(value)
        if isinstance(found, dict) and found.keys() & {"kwargs", "tags"}:
            inner = content(next(iter(found.values())))
            return value if inner is None else inner
    return content(value)


def run_tags(value: object) -> tuple[str, ...] | None:
    """LangChain's tags, without those that it numbers the steps of a run with."""
    return tuple(tag for tag in tags(value) or () if not tag.startswith(_STEP_TAGS)) or None


def content(value: object) -> object | None:
    """What went in or came out, unread; None for what says that there was nothing."""
    if type(value) is str:  # nearly always: worth being quick
        return None if len(value) <= _NOTHING_LENGTH and value in _NOTHING else value
    return None if value is None or value == [] or value == {} else value


def one_of(known: Mapping[str, str]) -> Callable[[object], str | None]:
    def parse(value: object) -> str | None:
        found = unquoted(value)
        return known.get(found.lower()) if found else None

    return parse


def json_value(value: object) -> object | None:
    """What a JSON text holds; None for anything else, such as JSON that was cut off.

    Text in a JSON text (MLflow writes every value as JSON) is read once more, where it is JSON too.
    """
    if type(value) is not str or value.lstrip()[:1] not in JSON_BEGINNINGS:
        return None
    try:
        found: object = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    if type(found) is str and found.lstrip()[:1] in ("{", "["):
        inner = json_value(found)
        return found if inner is None else inner
    return found


def json_object(value: object) -> Mapping[str, object]:
    """A structured value, or the one in a JSON text; empty for anything else."""
    found = json_value(value) if type(value) is str else value
    return found if isinstance(found, dict) else {}


def as_text(value: object) -> str:
    """Text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=_bytes_or_repr, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # nested too deeply, or a number no JSON reader takes
        return reprlib.repr(value)


def _bytes_or_repr(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else reprlib.repr(value)
