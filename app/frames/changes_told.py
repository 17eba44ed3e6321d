"""What people changed between two runs: prompts, models, parameters and the tools offered, each told once."""

from __future__ import annotations

from app import format as fmt
from app.frames.compared_steps import node_name
from collector.analysis.changes import Change
from collector.analysis.comparison import Comparison

_BY_PEOPLE = ("system", "model", "parameters", "tools")
_MOST_NAMES = 3


def changes_told(comparison: Comparison) -> str:
    """ "the system prompt of plan.search and summarise.findings; the model of chat (o3 → gpt-5)"; empty for none."""
    steps: dict[Change, list[str]] = {}
    for node in comparison.nodes:
        for change in node.changes:
            if change.what in _BY_PEOPLE:
                names = steps.setdefault(change, [])
                name = fmt.cut(node_name(node), 40)
                names += [] if name in names else [name]
    ordered = sorted(steps, key=lambda change: _BY_PEOPLE.index(change.what))
    return "; ".join(_told(change, steps[change]) for change in ordered)


def _told(change: Change, names: list[str]) -> str:
    of = f"of {_listed(names)}"
    if change.what == "system":
        return f"the system prompt {of}"
    if change.what == "tools":
        verb = "new" if change.a is None else "gone" if change.b is None else "described otherwise"
        return f"the tool {fmt.cut(change.subject or '', 40)} {of} ({verb})"
    what = "model" if change.what == "model" else fmt.cut(change.subject or "", 40)
    return f"the {what} {of} ({_value(change.a)} → {_value(change.b)})"


def _listed(names: list[str]) -> str:
    shown = names[:_MOST_NAMES]
    more = len(names) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _value(value: str | None) -> str:
    return "none" if value is None else fmt.cut(value, 40)
