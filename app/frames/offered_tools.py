"""The tools that a model was offered, in whatever shape their provider gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SCHEMAS = ("parameters", "input_schema", "inputSchema", "parameters_json_schema", "args_schema")


@dataclass(frozen=True, slots=True)
class OfferedTool:
    name: str
    """Empty where none was sent."""
    description: str | None
    parameters: tuple[str, ...]
    """Their names; one with a star has to be given."""
    schema: Mapping[str, object]
    """Of what it takes, as JSON schema; empty where none was sent."""
    sent: Mapping[str, object]


def offered_tools(definitions: Sequence[Mapping[str, object]]) -> tuple[OfferedTool, ...]:
    return tuple(map(_tool, definitions))


def _tool(sent: Mapping[str, object]) -> OfferedTool:
    function = sent.get("function")
    told = {**sent, **function} if isinstance(function, dict) else sent
    name, description = told.get("name") or told.get("type"), told.get("description")
    schema = _schema(told)
    return OfferedTool(
        name=name if isinstance(name, str) else "",
        description=description if isinstance(description, str) and description else None,
        parameters=_parameters(schema),
        schema=schema,
        sent=sent,
    )


def _schema(told: Mapping[str, object]) -> Mapping[str, object]:
    for key in _SCHEMAS:
        if isinstance(schema := told.get(key), dict):
            inner = schema.get("jsonSchema")  # Vercel and Bedrock wrap it
            return inner if isinstance(inner, dict) else schema
    return {}


def _parameters(schema: Mapping[str, object]) -> tuple[str, ...]:
    properties, required = schema.get("properties"), schema.get("required")
    needed = required if isinstance(required, list) else []
    names = properties if isinstance(properties, dict) else {}
    return tuple(f"{name}*" if name in needed else str(name) for name in names)
