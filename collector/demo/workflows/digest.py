"""nightly.digest: what came in yesterday, read in batches, many at a time, then joined.

The newest night is large (2,000 spans). One night ran away: over gpt-5, with ten times the context, again and again.
"""

from __future__ import annotations

from random import Random

from collector.demo.chat import GEMINI, GPT_5, GPT_5_MINI, Chat, Model
from collector.demo.plan import Run
from collector.demo.steps import Failure, Step, agent, embeddings, fail, tool, workflow
from collector.demo.texts import draw_facts, fill

SYSTEM = "Summarise what customers and colleagues reported. Name counts. One sentence."
SOURCES = ("tickets", "pull requests", "reviews")
ITEMS = (
    "{name}, {city}: {subject}, order {order}, waiting since {weekday}.",
    "{product}: {subject} reported by {name} after version {version}.",
    "PR {number} in {repository}: touches {module} and {other_module}, open for {few} days.",
    'Review from {city}: {percent} of 100, "{product} is fine, the {subject} was not".',
)
SUMMARIES = (
    "{subject} questions are up {percent} %; most come from {city}.",
    "{few} reports of a {subject} after version {version}, all on {product}.",
    "Mostly about {product}; {many} mention {carrier}.",
    "Quiet: {few} open cases, the oldest from {weekday}.",
)
FETCH_FAILED = Failure(
    "RateLimitError",
    "429 from generativelanguage.googleapis.com, 5 tries used up",
    (
        ("/srv/insights/digest.py", 112, "summarise", "text = await chat(model, batch)"),
        ("/srv/insights/models.py", 84, "chat", "raise RateLimitError(response.status, tries)"),
    ),
)
# 25 batches of 79 spans, 19 of them with an embedding more, and 6 spans round them: 2,000.
LARGE_BATCHES, LARGE_ITEMS, LARGE_EMBEDDED = 25, 25, 19
RUNAWAY_PASSES, RUNAWAY_BATCHES = 9, 12
RUNAWAY_CONTEXT = 10


def digest(run: Run, rng: Random) -> Step:
    source = SOURCES[run.turn]
    count = 100 * LARGE_BATCHES if run.scene == "two_thousand" else rng.randrange(90, 260)
    load = tool("load_items", {"source": source, "since": "yesterday"}, {"items": count}, rng.uniform(400, 1500))
    state = tool("read_state", {"job": run.workflow}, {"last_run": "ok"}, rng.uniform(10, 40))
    steps = [state, load, *_passes(run, rng)]
    summary = fill(rng.choice(SUMMARIES), draw_facts(rng))
    failed = run.fate == "failed"
    if not failed:
        steps.append(_join(rng, GPT_5 if run.scene == "runaway" else GPT_5_MINI, summary, span_name="write.digest"))
        steps.append(tool("send_mail", {"to": "all@shop.example", "text": summary}, {"sent": True}, 310.0))
    root = workflow(
        run.workflow,
        f"{count} {source} of yesterday",
        None if failed else summary,
        steps,
        {"user.id": "scheduler", "team": "research", "tags": ["nightly", source.replace(" ", "-")]},
    )
    if failed:
        fail(steps[-1], root, failure=FETCH_FAILED)
    return root


def _passes(run: Run, rng: Random) -> list[Step]:
    if run.scene == "two_thousand":
        batches = [
            _nested_batch(rng, number, with_embedding=number < LARGE_EMBEDDED) for number in range(LARGE_BATCHES)
        ]
        return [Step("summarise.all", {}, batches, own_ms=4.0, lanes=8, tail_ms=4.0)]
    if run.scene == "runaway":
        return [_fan_out(run, rng, f"pass {number + 1}", RUNAWAY_BATCHES) for number in range(RUNAWAY_PASSES)]
    return [_fan_out(run, rng, "summarise.all", rng.randrange(8, 16))]


def _fan_out(run: Run, rng: Random, name: str, batches: int) -> Step:
    model, context = (GPT_5, RUNAWAY_CONTEXT) if run.scene == "runaway" else (rng.choice((GEMINI, GPT_5_MINI)), 1)
    steps: list[Step] = []
    for _ in range(batches):
        steps += [_fetch(rng), _summarise(rng, model, context * rng.randrange(5200, 7800))]
    if run.fate == "failed":
        chat = Chat(rng, GEMINI, SYSTEM)
        chat.tell("batch", unseen_tokens=6000)
        steps[-1] = chat.ask_in_vain(FETCH_FAILED, 9000.0)
    return Step(name, {}, steps, own_ms=4.0, lanes=6, tail_ms=4.0)


def _fetch(rng: Random) -> Step:
    return tool("fetch_batch", {"offset": rng.randrange(0, 4000, 20)}, {"items": 20}, rng.uniform(40, 180))


def _summarise(rng: Random, model: Model, unseen_tokens: int) -> Step:
    facts = draw_facts(rng)
    chat = Chat(rng, model, SYSTEM, unseen_tokens=60)
    chat.tell(fill(rng.choice(ITEMS), facts), unseen_tokens=unseen_tokens)
    text = fill(rng.choice(SUMMARIES), facts)
    return chat.ask(text, unseen_tokens=rng.randrange(60, 240), span_name="summarise")


def _join(rng: Random, model: Model, summary: str, *, span_name: str) -> Step:
    chat = Chat(rng, model, "Join the summaries into one sentence.", unseen_tokens=80)
    chat.tell(summary, unseen_tokens=rng.randrange(700, 1800))
    return chat.ask(summary, unseen_tokens=rng.randrange(40, 160), span_name=span_name)


def _nested_batch(rng: Random, number: int, *, with_embedding: bool) -> Step:
    """A batch agent whose items are each read by a tool and summarised, four at a time."""
    facts = draw_facts(rng)
    items = [
        Step("item", {}, [_fetch(rng), _summarise(rng, GEMINI, rng.randrange(200, 900))], own_ms=1.0)
        for _ in range(LARGE_ITEMS)
    ]
    steps = [_fetch(rng), Step("items", {}, items, own_ms=2.0, lanes=4)]
    if with_embedding:
        steps.append(embeddings(fill(rng.choice(ITEMS), facts), 40, rng.uniform(60, 150)))
    steps.append(_join(rng, GEMINI, fill(rng.choice(SUMMARIES), facts), span_name="join.batch"))
    return agent(f"batch-{number + 1}", steps, span_name=f"batch {number + 1}")
