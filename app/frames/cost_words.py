"""What a cost report says in words: its times, its sentence, its cards. Amounts as printed add up as printed."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.cost_report import AGAINST, CostReport
from app.format import MINUS, UNKNOWN, count, escape_markdown, money, percent, plural, roughly
from app.frames.headline import Card
from collector.analysis.bridge import STEPS, Bridge
from collector.analysis.forecast import Forecast
from collector.store.records import Period
from collector.store.records.costs import Costs, Spend

NANO = 10**9
STEP_NAMES = {
    "volume": "Volume",
    "tokens": "Tokens a call",
    "mix": "Model mix",
    "price": "Price",
    "cache": "Cache",
}
_CAUSES = {
    ("volume", 1): "more calls",
    ("volume", -1): "fewer calls",
    ("tokens", 1): "more tokens a call",
    ("tokens", -1): "fewer tokens a call",
    ("mix", 1): "dearer models",
    ("mix", -1): "cheaper models",
    ("price", 1): "higher prices",
    ("price", -1): "lower prices",
    ("cache", 1): "less read from the cache",
    ("cache", -1): "more read from the cache",
}


def usd(nusd: int | None) -> float | None:
    return None if nusd is None else nusd / NANO


def cents(nusd: int | None) -> float | None:
    """As it is printed."""
    return None if nusd is None else round(nusd / NANO, 2)


def signed(amount_usd: float | None, digits: int | None = None) -> str:
    text = money(amount_usd, digits)
    return text if amount_usd is None or amount_usd <= 0 or text == "$0" else f"+{text}"


def cost_of(spend: Spend) -> int | None:
    """Nano-dollars: nothing where there was no call, unknown where no call's cost is known."""
    return 0 if spend.cost_nusd is None and not spend.calls else spend.cost_nusd


def in_words(period: Period, zone: str, month: str = "%B") -> str:
    """1 to 22 November 14:15; the time of day only where the period ends within one. The year where it is another."""
    start = datetime.fromtimestamp(period.start_ns // NANO, ZoneInfo(zone))
    end = datetime.fromtimestamp(period.end_ns // NANO, ZoneInfo(zone))
    clock = "" if (end.hour, end.minute) == (0, 0) else f" {end:%H:%M}"
    last = end if clock else end - timedelta(seconds=1)
    if start.date() == last.date():
        return f"{last.day} {last:{month}}{clock}"
    first = f"{start.day}" if (start.year, start.month) == (last.year, last.month) else f"{start.day} {start:{month}}"
    first += f" {start.year}" if start.year != last.year else ""
    year = f" {last.year}" if start.year != last.year else ""
    return f"{first} to {last.day} {last:{month}}{year}{clock}"


def sentence(costs: Costs, moved: Bridge, month: Forecast | None) -> str:
    """Markdown: what was spent, against what, why, and where the month heads."""
    zone, now, before = costs.question.zone, cost_of(costs.total_now), cost_of(costs.total_before)
    parts = [f"**{_bold(now)}** from {in_words(costs.question.now, zone)}"]
    if now is not None and before:
        parts.append(f", **{_percent(now, before)}** against {in_words(costs.question.before, zone)}")
        if cause := main_cause(moved):
            parts.append(f", mostly {cause}")
    parts.append(".")
    if month:
        parts.append(f" Heading for **{escape_markdown(roughly(month.expected_usd))}** this month.")
    return "".join(parts)


def main_cause(moved: Bridge) -> str | None:
    """The step that moved the cost most in the direction it went: "more calls (+$43.29)"."""
    change = moved.now_nusd - moved.before_nusd
    sign = 1 if change > 0 else -1
    step = max(STEPS, key=lambda name: sign * moved.step_nusd(name))
    nusd = moved.step_nusd(step)
    if not change or nusd * sign <= 0:
        return None
    return f"{_CAUSES[step, sign]} ({escape_markdown(signed(usd(nusd), _digits(moved)))})"


def cards(costs: Costs, report: CostReport, month: Forecast | None, month_name: str) -> tuple[Card, ...]:
    now, before, zone = costs.total_now, costs.total_before, costs.question.zone
    spent, spent_before = cost_of(now), cost_of(before)
    share = now.unpriced_calls / now.calls if now.calls else None
    known = "Counted once, of calls whose cost is known. Days in " + zone + "."
    compared = f"Now less before: {AGAINST[report.compared]}."
    return (
        _card(
            "now",
            f"Now, {in_words(costs.question.now, zone, '%b')}",
            money(usd(spent)),
            _size(costs.runs_now, now.calls),
            known,
        ),
        _card(
            "before",
            f"Before, {in_words(costs.question.before, zone, '%b')}",
            money(usd(spent_before)),
            _size(costs.runs_before, before.calls),
            known,
        ),
        _card(
            "change",
            "Change",
            _change(costs),
            _percent(spent, spent_before) if spent is not None and spent_before else None,
            compared,
        ),
        _card(
            "forecast",
            f"Forecast for {month_name}",
            roughly(month.expected_usd) if month else UNKNOWN,
            f"{roughly(month.low_usd)} to {roughly(month.high_usd)}" if month else None,
            forecast_words(month),
        ),
        _card(
            "unpriced",
            "Calls without a price",
            count(now.unpriced_calls),
            f"{percent(share, 1)} of calls" if share else None,
            "Their cost is unknown: they are in no sum here. Set a price for their model on the Prices page.",
        ),
    )


def forecast_words(month: Forecast | None) -> str:
    if month is None:
        return "Too few whole days with calls to say where the month is heading."
    return (
        f"What is spent, and the mean of the last {plural(month.days, 'whole day')} for each day that is left. Four of "
        "five months end in the range, if days vary as they did; weekdays are not told apart."
    )


def filters_in_words(report: CostReport) -> str:
    """Plain text: "workflow support-bot or rag, environment prod"; "all calls" without filters."""
    named = [
        f"{wanted.dimension} {' or '.join(value or 'unattributed' for value in wanted.values)}"
        for wanted in report.filters()
    ]
    return ", ".join(named) or "all calls"


def provenance(sources: dict[str, int], total_nusd: int | None, unpriced: dict[str, int]) -> str:
    """Plain text: where the money figures come from, and what is in none of them."""
    names = {
        "reported": "reported by the client",
        "override": "at prices of your own",
        "computed": "computed from list prices",
    }
    if not total_nusd:
        parts = "No call of this time has a known cost."
    else:
        told = [
            f"{money(usd(nusd))} ({percent(nusd / total_nusd)}) {names.get(source, source)}"
            for source, nusd in sources.items()
        ]
        parts = f"{money(usd(total_nusd))} = {' + '.join(told)}."
    if unpriced:
        models = ", ".join(f"{plural(calls, 'call')} of {model}" for model, calls in list(unpriced.items())[:3])
        more = f" and {len(unpriced) - 3} more models" if len(unpriced) > 3 else ""
        parts += f" Unpriced: {models}{more}, in no sum."
    return parts


def _card(key: str, label: str, value: str, chip: str | None, meaning: str) -> Card:
    return Card(key=key, label=label, value=value, change=chip, direction=0, judged="no", trend=(), help=meaning)


def _size(runs: int, calls: int) -> str:
    return f"{plural(runs, 'run')}, {plural(calls, 'call')}"


def _change(costs: Costs) -> str:
    """As the two amounts are printed."""
    now, before = cost_of(costs.total_now), cost_of(costs.total_before)
    if now is None or before is None:
        return UNKNOWN
    if max(now, before) >= NANO:
        return signed((cents(now) or 0) - (cents(before) or 0), 2)
    return signed((now - before) / NANO)


def _percent(now: int | None, before: int | None) -> str:
    if now is None or not before:
        return UNKNOWN
    return f"{(now / before - 1) * 100:+.1f} %".replace("-", MINUS)


def _bold(nusd: int | None) -> str:
    return "Unknown cost" if nusd is None else escape_markdown(money(usd(nusd)))


def _digits(moved: Bridge) -> int | None:
    return 2 if max(moved.now_nusd, moved.before_nusd) >= NANO else None
