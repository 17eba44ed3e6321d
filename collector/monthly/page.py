"""A month's report as HTML. Names come out of spans: each is escaped and set apart from the text around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from importlib.resources import files
from zoneinfo import ZoneInfo

from collector.analysis.spending import GroupCost
from collector.monthly.amounts import NANO, adding_up, change, days, digits_for, money, printed, signed
from collector.monthly.gather import Monthly
from collector.monthly.svg import COLOURS, bridge_svg, days_svg

MOST_ROWS = 30
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SOURCES = {
    "reported": "reported by the programs themselves",
    "override": "at prices of your own",
    "computed": "computed from list prices",
}
_HEADS = ("Before", "Now", "Change", "Change %", "Share", "Calls", "No price")


def page(monthly: Monthly) -> bytes:
    """UTF-8."""
    month = datetime.fromisoformat(f"{monthly.month}-01")
    title = f"Cost of model calls, {month:%B %Y}"
    body = "".join([*_head(monthly, title), *_charts(monthly, month), *_tables(monthly), *_provenance(monthly)])
    made = f"{datetime.fromtimestamp(monthly.made_ns // NANO, UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_style()}</style></head><body>{body}"
        f"<footer>Made by msgtrace, {made}. Unknown costs are in no sum.</footer></body></html>\n"
    ).encode("utf-8", "replace")


def _head(monthly: Monthly, title: str) -> Iterator[str]:
    costs, zone = monthly.costs, monthly.zone
    now, before = costs.total_now, costs.total_before
    digits = _digits(monthly)
    yield f"<h1>{escape(title)}</h1>"
    projects = ", ".join(map(_name, monthly.projects))
    plural = "project" if len(monthly.projects) == 1 else "projects"
    against = days(costs.question.before, zone)
    yield (
        f'<p class="muted">{escape(days(costs.question.now, zone))}, against {escape(against)}. '
        f"{plural.capitalize()} {projects}. Days in {escape(zone)}.</p>"
    )
    shown = printed(now.cost_nusd or 0, digits) - printed(before.cost_nusd or 0, digits)
    figures = [
        ("Now", money(now.cost_nusd if now.calls else 0, digits), f"{costs.runs_now:,} runs, {now.calls:,} calls"),
        ("Before", money(before.cost_nusd if before.calls else 0, digits), f"{before.calls:,} calls"),
        ("Change", signed(shown, digits), change(now.cost_nusd, before.cost_nusd) or "nothing to compare"),
    ]
    if monthly.is_running:
        heading = monthly.forecast
        expected = f"${heading.expected_usd:,.{digits}f}" if heading else "unknown"
        span = f"${heading.low_usd:,.{digits}f} to ${heading.high_usd:,.{digits}f}" if heading else "too few whole days"
        figures.append(("Forecast for the month", expected, span))
    share = f"{now.unpriced_calls / now.calls:.1%} of calls" if now.calls else "no calls"
    figures.append(("Calls without a price", f"{now.unpriced_calls:,}", share))
    told = "".join(
        f"<div>{escape(label)}<b>{escape(value)}</b><span>{escape(note)}</span></div>" for label, value, note in figures
    )
    yield f'<div class="figures">{told}</div>'


def _charts(monthly: Monthly, month: datetime) -> Iterator[str]:
    costs = monthly.costs
    if not costs.total_now.calls and not costs.total_before.calls:
        yield "<p>No model was called in this month or the one before.</p>"
        return
    earlier = datetime.fromtimestamp(costs.question.before.start_ns // NANO, ZoneInfo(monthly.zone))
    yield "<h2>What moved the cost</h2>"
    yield '<p class="muted">Each bar changes one thing and leaves the rest; together they are the change.</p>'
    yield bridge_svg(monthly.moved, f"{earlier:%b}", f"{month:%b}")
    yield "<h2>Day by day, by workflow</h2>"
    dearest = [row.groups[0] for row in monthly.tables[0][1]][: COLOURS - 1]
    parts: defaultdict[tuple[int, int], int] = defaultdict(int)
    for step in costs.steps:
        day = datetime.fromtimestamp(step.start_ns // NANO, ZoneInfo(monthly.zone)).day
        rank = dearest.index(step.group) if step.group in dearest else len(dearest)
        parts[day, rank] += step.cost_nusd or 0
    has_others = any(rank == len(dearest) for _, rank in parts)
    names = [*map(_name, dearest), *(["others"] if has_others else [])]
    legend = "".join(f'<li><i class="g{at}"></i>{name}</li>' for at, name in enumerate(names))
    last = datetime.fromtimestamp(costs.question.now.end_ns // NANO - 1, ZoneInfo(monthly.zone)).day
    yield f'<ul class="legend">{legend}</ul>'
    yield days_svg(range(1, last + 1), parts, len(names))


def _tables(monthly: Monthly) -> Iterator[str]:
    for dimension, rows in monthly.tables:
        yield f"<h2>By {escape(dimension)}</h2>"
        yield _table(dimension, rows, monthly)


def _table(dimension: str, rows: Sequence[GroupCost], monthly: Monthly) -> str:
    """Rows that add up to the total as they are printed."""
    shown = [*rows[:MOST_ROWS], *([_together(rows[MOST_ROWS:])] if len(rows) > MOST_ROWS else [])]
    costs, digits = monthly.costs, _digits(monthly)
    total_before, total_now = costs.total_before.cost_nusd or 0, costs.total_now.cost_nusd or 0
    before = adding_up([row.before_nusd or 0 for row in shown], total_before, digits) if shown else []
    now = adding_up([row.now_nusd or 0 for row in shown], total_now, digits) if shown else []
    heads = "".join(f"<th>{escape(head)}</th>" for head in (dimension.capitalize(), *_HEADS))
    lines = [
        _line(_name(row.groups[0]) if at < MOST_ROWS else escape(row.groups[0] or ""), row, amounts, total_now, digits)
        for at, (row, *amounts) in enumerate(zip(shown, before, now, strict=True))
    ]
    total = GroupCost(
        groups=(),
        before_nusd=total_before,
        now_nusd=total_now,
        runs=costs.total_now.runs,
        calls=costs.total_now.calls,
        priced_calls=costs.total_now.priced_calls,
        unpriced_calls=costs.total_now.unpriced_calls,
        input_tokens=None,
        output_tokens=None,
    )
    lines.append(
        _line("Total", total, [printed(total_before, digits), printed(total_now, digits)], total_now, digits, "total")
    )
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'


def _line(name: str, row: GroupCost, amounts: Sequence[int], total_nusd: int, digits: int, kind: str = "") -> str:
    """name: escaped. amounts: before and now as printed."""
    before, now = amounts
    is_unknown = row.now_nusd is None and bool(row.unpriced_calls)
    cells = (
        "" if row.before_nusd is None else money(before, digits),
        "unknown" if is_unknown else money(now, digits),
        "" if is_unknown else signed(now - before, digits),
        change(row.now_nusd, row.before_nusd),
        f"{(row.now_nusd or 0) / total_nusd:.1%}" if total_nusd and not is_unknown else "",
        f"{row.calls:,}",
        f"{row.unpriced_calls:,}" if row.unpriced_calls else "",
    )
    told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr class="{kind}"><td>{name}</td>{told}</tr>'


def _together(rows: Sequence[GroupCost]) -> GroupCost:
    return GroupCost(
        groups=(f"{len(rows):,} others",),
        before_nusd=sum(row.before_nusd or 0 for row in rows),
        now_nusd=sum(row.now_nusd or 0 for row in rows),
        runs=sum(row.runs for row in rows),
        calls=sum(row.calls for row in rows),
        priced_calls=sum(row.priced_calls for row in rows),
        unpriced_calls=sum(row.unpriced_calls for row in rows),
        input_tokens=None,
        output_tokens=None,
    )


def _provenance(monthly: Monthly) -> Iterator[str]:
    digits = _digits(monthly)
    yield "<h2>Where the figures come from</h2>"
    parts = [f"{money(nusd, digits)} {escape(_SOURCES.get(source, source))}" for source, nusd in monthly.sources]
    total = money(monthly.costs.total_now.cost_nusd, digits)
    yield f"<p>{total} = {' + '.join(parts)}.</p>" if parts else "<p>No call of this month has a known cost.</p>"
    if monthly.unpriced:
        told = ", ".join(f"{calls:,} of {_name(model)}" for model, calls in monthly.unpriced[:MOST_ROWS])
        yield f"<p>Calls without a price, in no sum: {told}.</p>"
    if monthly.is_running:
        whole = monthly.forecast.days if monthly.forecast else 0
        yield (
            f"<p>Forecast: what is spent, and the mean of the last {whole} whole days for each day that is left. "
            "Four of five months end in the range, if days vary as they did.</p>"
            if whole
            else "<p>Forecast: too few whole days with calls to say where the month is heading.</p>"
        )


def _digits(monthly: Monthly) -> int:
    totals = monthly.costs.total_now, monthly.costs.total_before
    return digits_for(max(total.cost_nusd or 0 for total in totals))


def _name(value: str | None) -> str:
    """Escaped; what writes from right to left, or pretends to, stays within its own bounds."""
    return "unattributed" if value is None else f"<bdi>{escape(' '.join(value.replace(chr(0), '').split()))}</bdi>"


@lru_cache(maxsize=1)
def _style() -> str:
    return files("collector.monthly").joinpath("style.css").read_text("utf-8")
