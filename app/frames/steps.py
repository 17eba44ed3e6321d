"""Steps of agents as rows, and what is said of their loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app import format as fmt
from app.frames.listing import Cell, Column, Row, To, link_row, number, told, words
from collector.analysis.arguments import Change, named
from collector.analysis.loops import Loop
from collector.analysis.steps import Call, Comparison, Step

_CUT = 200
_NAMES = 3
_ANSWERS = "answers"


_COLUMNS = (
    number("step", "#", "Steps by start. A step is an action, with the model call that decided it.", 44),
    number("calls", "Calls", "Its numbers in the waterfall: of the model call, and of the action.", 76),
    words("agent", "Agent", "Who made it.", 76),
    replace(words("action", "Action", "The tool; “answers” for a model call that no action follows.", 106), opens=True),
    words("arguments", "Arguments", "Of a first call all, later what differs from the tool's call before. Cut.", 150),
    words("result", "Result", "What came back, cut. All of it stands in the panel: open the row.", 118),
    number("tokens", "Tokens", "Of the model call that decided the step and of what happened inside the action.", 66),
    number("cost", "Cost", "As the tokens. Unknown where a call has no price.", 76),
    number("duration_ms", "Duration", "From the model call to the end of the action.", 76),
)  # fmt: skip


def step_columns(found: Sequence[Step]) -> tuple[Column, ...]:
    """Without the agent where there is but one."""
    several = len({step.agent for step in found}) > 1
    return tuple(replace(column, sort=None) for column in _COLUMNS if several or column.id != "agent")


def step_rows(
    found: Sequence[Step],
    compared: Sequence[Comparison],
    calls: Mapping[str, Call],
    numbers: Mapping[str, int],
    to: To,
    selected: str | None = None,
) -> list[Row]:
    """A row a step, in the given order. Unknown is missing, never 0.

    numbers: of the calls in the waterfall, by span_id. `to` is asked for the span_ids of actions.
    """
    names = [column.id for column in step_columns(found)]
    return [
        _step_row(step, {name: cells[name] for name in names}, to, selected)
        for step, beside in zip(found, compared, strict=True)
        for cells in (_cells(step, beside, calls, numbers),)
    ]


def _step_row(step: Step, cells: Mapping[str, Cell], to: To, selected: str | None) -> Row:
    is_chosen = selected is not None and selected in (step.span_id, step.decided_by)
    label = f"Step {step.number}: {_action(step)}"
    return link_row(step.span_id, to, label, cells, "failed" if _fails(step) else "", is_chosen=is_chosen)


def _cells(step: Step, compared: Comparison, calls: Mapping[str, Call], numbers: Mapping[str, int]) -> dict[str, Cell]:
    made = [str(numbers[at]) for at in (step.decided_by, step.span_id) if at is not None and at in numbers]
    bad = "failed" if _fails(step) else ""
    return {
        "step": Cell(str(step.number), "muted"),
        "calls": Cell(", ".join(made), "muted"),
        "agent": told(step.agent),
        "action": told(_action(step), bad),
        "arguments": told(_arguments(step, compared, calls), "recovered" if compared.same_as is not None else ""),
        "result": told(_result(step, calls.get(step.span_id)), bad or "muted"),
        "tokens": Cell("" if step.tokens is None else fmt.count(step.tokens)),
        "cost": Cell(_cost(step)),
        "duration_ms": Cell("" if step.duration_ms is None else fmt.duration(step.duration_ms)),
    }


def _fails(step: Step) -> bool:
    return step.has_failed or step.returned_error is not None


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
