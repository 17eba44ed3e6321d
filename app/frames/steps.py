"""Steps of agents as rows, and what is said of their loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from app import format as fmt
from collector.analysis.arguments import Change, named
from collector.analysis.loops import Loop
from collector.analysis.steps import Call, Comparison, Step

_CUT = 200
_NAMES = 3
_ANSWERS = "answers"


def step_rows(found: Sequence[Step], compared: Sequence[Comparison], calls: Mapping[str, Call]) -> pd.DataFrame:
    """A row a step, in the given order. Unknown is missing, never 0.

    Columns: step, agent, action, arguments, result, tokens, cost (text), duration_ms.
    """
    return pd.DataFrame(
        {
            "step": [step.number for step in found],
            "agent": [None if step.agent is None else fmt.one_line(step.agent) for step in found],
            "action": [_action(step) for step in found],
            "arguments": [_arguments(*pair, calls) for pair in zip(found, compared, strict=True)],
            "result": [_result(step, calls.get(step.span_id)) for step in found],
            "tokens": pd.array([step.tokens for step in found], dtype="Int64"),
            "cost": [_cost(step) for step in found],
            "duration_ms": pd.array([step.duration_ms for step in found], dtype="Float64"),
        }
    )


def loop_sentence(loop: Loop, last_number: int) -> str:
    """Plain text: "The last 5 steps call `search` with the same arguments." last_number: of the trace's last step."""
    names = " and ".join(f"“{fmt.cut(name, 60)}”" for name in loop.names[:_NAMES])
    count, first, last = len(loop.numbers), loop.numbers[0], loop.numbers[-1]
    is_whole = last - first + 1 == count
    if is_whole and last == last_number:
        who = f"The last {count} steps"
    elif is_whole:
        who = f"Steps {first} to {last}"
    else:
        who = f"{count} steps from {first} to {last}"
    said = {
        "same": f"call {names} with the same arguments",
        "alternating": f"go back and forth between {names} with the same arguments",
        "failing": f"call {names}, and each of them fails",
    }[loop.kind]
    return f"{who} {said}" + (", and then the agent ends." if loop.is_end and last != last_number else ".")


def _action(step: Step) -> str:
    return fmt.cut(step.name, 80) if step.is_action else _ANSWERS


def _arguments(step: Step, compared: Comparison, calls: Mapping[str, Call]) -> str:
    call = calls.get(step.span_id)
    if not step.is_action or call is None or call.arguments is None:
        return ""
    if compared.same_as is not None:
        return f"= same call as step {compared.same_as}"
    if compared.changed is None or len(compared.changed) > _NAMES:
        return _cut(_named(call.arguments))
    return _cut(", ".join(map(_change, compared.changed)))


def _named(text: str) -> str:
    """Of a JSON object its values by name, else the text."""
    return ", ".join(f"{name} {value}" if name else value for name, value in named(text).items())


def _change(change: Change) -> str:
    name = f"{change.name} " if change.name else ""
    if change.after is None:
        return f"{name}left out"
    return f"{name}{change.after}" + ("" if change.before is None else f" (was {fmt.cut(change.before, 60)})")


def _result(step: Step, call: Call | None) -> str:
    said = step.returned_error or (call.result if call else None) or step.error or ""
    text = _cut(_named(said))
    return f"✕ {text or 'failed'}" if step.has_failed or step.returned_error else text


def _cost(step: Step) -> str:
    """Nothing for a step that has nothing to pay for."""
    return fmt.money(step.cost_usd) if step.cost_usd is not None or step.unpriced else ""


def _cut(text: str) -> str:
    return fmt.cut(text[: 4 * _CUT], _CUT)
