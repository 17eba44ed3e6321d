"""When which workflow runs: weeks with days and nights, weekends, releases, bad luck and one runaway job."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
DAY_NS = 24 * HOUR_NS

Fate = Literal["ok", "failed", "recovered", "returned_error"]
Scene = Literal["usual", "two_thousand", "runaway", "pair_before", "pair_after"]

NIGHTLY = "nightly.digest"
PAIR = "support-agent.resolve"
PAIR_BEFORE_AGE_NS = 4 * HOUR_NS + 5 * 60 * SECOND_NS
PAIR_AFTER_AGE_NS = 3 * HOUR_NS + 22 * 60 * SECOND_NS
RUNAWAY_AGE_DAYS = 12
NEW_ERROR_AGE_NS = 22 * HOUR_NS
"""One run surely meets the new error, however few there are."""
LATEST_START_NS = 150 * SECOND_NS
"""Every run starts at least this long before now, so that it has ended by now."""
NIGHTLY_MARGIN_NS = 30 * 60 * SECOND_NS

HOURLY_WEIGHTS = (2, 1, 1, 1, 1, 2, 4, 7, 11, 14, 15, 14, 12, 13, 15, 15, 13, 11, 9, 7, 6, 5, 4, 3)
"""By hour of the day, UTC."""
WEEKEND_WEIGHT = 0.4
FULL_DAYS = 30
QUIETER = 0.8
"""Before these days there was less to do, so that a cost report has something to hold the month against."""
MEAN_DAY_WEIGHT = (5 + 2 * WEEKEND_WEIGHT) / 7


@dataclass(frozen=True, slots=True)
class Habits:
    """How often a workflow is started, and how its runs end."""

    share: float
    failed: float
    recovered: float
    returned_error: float
    follow_up: float = 0.0
    """Chance that a run is followed by another turn of the same session."""


HABITS = {
    "support-bot.answer": Habits(0.30, 0.030, 0.040, 0.05, follow_up=0.30),
    "rag.query": Habits(0.22, 0.035, 0.0, 0.0, follow_up=0.20),
    "research-agent.run": Habits(0.14, 0.130, 0.100, 0.04),
    "invoice.extract": Habits(0.13, 0.030, 0.060, 0.0),
    "code-review.pr": Habits(0.13, 0.080, 0.040, 0.0),
    PAIR: Habits(0.06, 0.020, 0.0, 0.0),
}
NEW_ERROR_SHARE = 0.4
"""Of the last day's invoice.extract runs: they meet an error that no earlier run met."""


@dataclass(frozen=True, slots=True)
class Run:
    start_ns: int
    workflow: str
    fate: Fate = "ok"
    environment: str = "prod"
    session: str | None = None
    turn: int = 0
    """Which turn of the session, or which of the night's digests."""
    scene: Scene = "usual"
    phase: float = 0.0
    """0 at the start of the period, 1 now: which versions are live."""
    is_last_day: bool = False
    seed: str = ""
    """Of this run's own random numbers, so that a change in one workflow leaves the others as they were."""


def plan_runs(now_ns: int, days: int, seed: int, traces_per_day: int) -> list[Run]:
    """Every run of the `days` (at least 2) before `now_ns`, oldest first; `traces_per_day` is a mean."""
    if days < 2:
        raise ValueError("the demo needs at least two days")
    rng = Random(f"{seed}:plan")
    start_ns = now_ns - days * DAY_NS
    runs = [*_arrivals(rng, now_ns, days, traces_per_day), *_nightly_runs(rng, now_ns, days), *_pair(now_ns)]
    runs += [_newest(now_ns), Run(now_ns - NEW_ERROR_AGE_NS, "invoice.extract", "failed")]
    runs = [run for run in runs if not _disturbs_the_pair(run, now_ns)]
    runs.sort(key=lambda run: run.start_ns)
    return [
        replace(
            run,
            seed=f"{seed}:{number}",
            phase=(run.start_ns - start_ns) / (now_ns - start_ns),
            is_last_day=run.start_ns >= now_ns - DAY_NS,
        )
        for number, run in enumerate(runs)
    ]


def _newest(now_ns: int) -> Run:
    return Run(now_ns - LATEST_START_NS + 30 * SECOND_NS, "support-bot.answer", session="5e1f09b2")


def _pair(now_ns: int) -> list[Run]:
    return [
        Run(now_ns - PAIR_BEFORE_AGE_NS, PAIR, scene="pair_before"),
        Run(now_ns - PAIR_AFTER_AGE_NS, PAIR, "recovered", scene="pair_after"),
    ]


def _disturbs_the_pair(run: Run, now_ns: int) -> bool:
    """The first of the pair shall be the last good run before the second."""
    between = now_ns - PAIR_BEFORE_AGE_NS <= run.start_ns <= now_ns - PAIR_AFTER_AGE_NS
    return run.workflow == PAIR and run.scene == "usual" and between


def _arrivals(rng: Random, now_ns: int, days: int, traces_per_day: int) -> Iterator[Run]:
    names = list(HABITS)
    shares = [habits.share for habits in HABITS.values()]
    for day in range(days):
        opens_ns = now_ns - (days - day) * DAY_NS
        hours = [opens_ns + hour * HOUR_NS for hour in range(24)]
        weights = [_busyness(hour_ns) for hour_ns in hours]
        growth = 0.9 + 0.2 * day / max(days - 1, 1)
        day_weight = sum(weights) / sum(HOURLY_WEIGHTS) / MEAN_DAY_WEIGHT
        size = traces_per_day * (1 if days - day <= FULL_DAYS else QUIETER)
        wanted = max(round(size * day_weight * growth * rng.uniform(0.93, 1.07)), 1)
        while wanted > 0:
            start_ns = rng.choices(hours, weights)[0] + rng.randrange(HOUR_NS)
            for run in _visit(rng, start_ns, rng.choices(names, shares)[0], now_ns):
                wanted -= 1
                yield run


def _busyness(time_ns: int) -> float:
    # 1 January 1970 was a Thursday.
    weekday = (time_ns // DAY_NS + 3) % 7
    weight = HOURLY_WEIGHTS[time_ns // HOUR_NS % 24]
    return weight * WEEKEND_WEIGHT if weekday >= 5 else float(weight)


def _visit(rng: Random, start_ns: int, workflow: str, now_ns: int) -> Iterator[Run]:
    """One run, or the turns of one conversation."""
    habits = HABITS[workflow]
    environment = "staging" if rng.random() < 0.12 else "prod"
    session = f"{rng.getrandbits(32):08x}" if habits.follow_up else None
    turn = 0
    while start_ns <= now_ns - LATEST_START_NS:
        fate = _draw_fate(rng, workflow, start_ns, now_ns)
        yield Run(start_ns, workflow, fate, environment, session=session, turn=turn)
        turn += 1
        if turn > 2 or fate == "failed" or rng.random() >= habits.follow_up:
            return
        start_ns += rng.randrange(50 * SECOND_NS, 240 * SECOND_NS)


def _draw_fate(rng: Random, workflow: str, start_ns: int, now_ns: int) -> Fate:
    habits = HABITS[workflow]
    breaks_now = workflow == "invoice.extract" and start_ns >= now_ns - DAY_NS
    failed = NEW_ERROR_SHARE if breaks_now else habits.failed
    fates: list[Fate] = ["failed", "recovered", "returned_error", "ok"]
    weights = [failed, habits.recovered, habits.returned_error]
    return rng.choices(fates, [*weights, 1 - sum(weights)])[0]


def _nightly_runs(rng: Random, now_ns: int, days: int) -> Iterator[Run]:
    """Three digests a night from 02:00 UTC. The newest is the large one; twelve days back one ran away."""
    nights = [
        midnight_ns + 2 * HOUR_NS
        for midnight_ns in range((now_ns // DAY_NS - days) * DAY_NS, now_ns, DAY_NS)
        if now_ns - days * DAY_NS <= midnight_ns + 2 * HOUR_NS <= now_ns - NIGHTLY_MARGIN_NS - HOUR_NS
    ]
    for night_ns in nights:
        age_days = (now_ns - night_ns) // DAY_NS
        for number in range(3):
            scene: Scene = "usual"
            if number == 0 and night_ns == nights[-1]:
                scene = "two_thousand"
            elif number == 0 and age_days == RUNAWAY_AGE_DAYS:
                scene = "runaway"
            start_ns = night_ns + number * 20 * 60 * SECOND_NS + rng.randrange(40 * SECOND_NS)
            fate: Fate = "failed" if scene == "usual" and rng.random() < 0.03 else "ok"
            yield Run(start_ns, NIGHTLY, fate, scene=scene, turn=number)
