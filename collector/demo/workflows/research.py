"""research-agent.run: an agent that searches, reads pages in parallel, has its claims checked and writes."""

from __future__ import annotations

from random import Random

from collector.demo.chat import GEMINI, GPT_5, GPT_5_MINI, SONNET, Chat, ToolCall
from collector.demo.plan import Fate, Run
from collector.demo.steps import Failure, Step, agent, fail, tool, workflow
from collector.demo.texts import Facts, draw_employee, draw_facts, fill

SYSTEM = (
    "You are a research agent. Search the web, read what you need, and answer in five sentences at most. Name the "
    "source of each claim. Stop when two independent sources agree."
)
CHECKER = "You check claims. Answer with one word a claim: supported, contradicted or unknown."
TOOLS = ("web.search", "http.get", "check_claims")
# (question, searches, answer)
TOPICS = (
    (
        "Compare EU and US refund rules for digital goods, with {product} as the example",
        ("EU withdrawal right digital goods", "US state refund law digital goods", "waiver wording withdrawal"),
        "Three differences matter: the withdrawal right, the wording of the waiver, and {few} days in refund time.",
    ),
    (
        "Has Norway changed the EV toll discount?",
        ("Norway EV toll discount", "bompenger elbil vedtak {month}"),
        "Yes: from {more} % to {percent} % of the full toll, decided in {month}.",
    ),
    (
        "List open-source vector stores with row-level security as of {month}",
        ("vector database row level security", "vector store tenant isolation open source"),
        "{few} qualify; only two enforce it in the index scan itself.",
    ),
    (
        "What did {company} ship in the week of {day} {month}?",
        ("{company} release notes {month}", "{company} changelog", "{company} announcement week {day} {month}"),
        "Two releases matter: bulk export and single sign-on for all plans; the rest are fixes.",
    ),
    (
        "Who are the five largest cold-chain carriers near {city}?",
        ("cold chain logistics {city} revenue", "refrigerated transport ranking {city}"),
        "By revenue {company} leads with {many} trucks, followed by {rival}; the other three are local.",
    ),
    (
        "Summarise this quarter's price changes of {company} and {rival}",
        ("{company} pricing change", "{rival} price list {month}", "{company} {rival} price comparison"),
        "{company} cut list prices by {percent} %; {rival} kept them and shortened its contracts.",
    ),
    (
        "Is {company} certified for food-grade packaging?",
        ("{company} certificate food grade", "packaging certificate register {city}"),
        "Yes, until {month}; the register lists {few} sites, {city} among them.",
    ),
    (
        "How long do customs checks in {city} take since {month}?",
        ("customs clearance times {city}", "port of {city} waiting time {month}"),
        "Median {many} minutes in {month}, down {percent} % since the new lanes opened.",
    ),
)
LONGEST_ROUNDS = 6
"""Two model calls each: then the agent is stopped."""
SITES = ("retail-observer.example", "trade-monitor.example", "law-digest.example", "port-news.example")
EXCERPTS = (
    "{company} said in {month} that the change affects {percent} % of its customers in {city}.",
    "The rule applies from {day} {month}. Contracts signed before keep the old terms for {few} months.",
    "Officials in {city} counted {many} cases, {percent} % more than a year before.",
    "A spokesperson of {rival} confirmed the figures and named {month} as the start.",
)


READ_TIMEOUT = Failure(
    "ToolTimeout",
    "http.get gave no answer in 20 s",
    (
        ("/srv/insights/research.py", 133, "read_page", "page = await http_get(url)"),
        ("/srv/insights/http.py", 44, "http_get", "raise ToolTimeout(url, seconds)"),
    ),
)
TOO_MANY_STEPS = Failure(
    "MaxStepsReached",
    "12 steps without a final answer",
    (("/srv/insights/research.py", 97, "run", "raise MaxStepsReached(self.max_steps)"),),
)


def research(run: Run, rng: Random) -> Step:
    facts = draw_facts(rng)
    question, searches, answer = rng.choice(TOPICS)
    asked, answer = fill(question, facts), fill(answer, facts)
    failure = None
    if run.fate == "failed":
        failure = rng.choices((READ_TIMEOUT, TOO_MANY_STEPS), (70, 30))[0]
    model = rng.choices((SONNET, GPT_5, GPT_5_MINI, GEMINI), (55, 30, 8, 7))[0]
    chat = Chat(rng, model, SYSTEM, TOOLS, 900, warm=rng.random() < 0.2 + 0.4 * run.phase)
    chat.tell(asked)
    rounds = LONGEST_ROUNDS if failure is TOO_MANY_STEPS else len(searches)
    steps: list[Step] = []
    for number in range(rounds):
        is_fateful = number == rounds - 1 and failure is not TOO_MANY_STEPS
        steps += _search(rng, chat, fill(searches[number % len(searches)], facts), facts)
        steps += _read(rng, chat, facts, run.fate if is_fateful else "ok")
    if failure is None:
        steps += _conclude(rng, chat, answer)
    version = ("2.0", "2.1", "2.2")[min(int(run.phase * 3), 2)]
    researcher = agent("researcher", steps, version=version)
    root = workflow(
        run.workflow,
        asked,
        None if failure else answer,
        [researcher],
        {"user.id": draw_employee(rng), "team": "research", "tags": ["web", f"depth-{rounds}"]},
    )
    if failure:
        fail(researcher, root, failure=failure)
    return root


def _search(rng: Random, chat: Chat, query: str, facts: Facts) -> list[Step]:
    call = chat.call_tool("web.search", {"query": query, "limit": 5})
    asked = chat.ask(calls=[call], unseen_tokens=rng.randrange(20, 140))
    hits = [
        {"title": f"{query.capitalize()} ({site})", "url": f"https://{site}/{facts['number']}/{number}"}
        for number, site in enumerate(rng.sample(SITES, 3))
    ]
    result: dict[str, object] = {"hits": hits}
    chat.give_result(call, result, unseen_tokens=rng.randrange(300, 900))
    return [asked, tool("web.search", call.arguments, result, rng.uniform(280, 900), call_id=call.id)]


def _read(rng: Random, chat: Chat, facts: Facts, fate: Fate) -> list[Step]:
    """The model asks for pages, which are read side by side; the last one meets the run's fate."""
    sites = rng.sample(SITES, rng.choice((1, 2, 2, 3)))
    calls = [chat.call_tool("http.get", {"url": f"https://{site}/{facts['number']}"}) for site in sites]
    asked = chat.ask(calls=calls)
    pages = [_read_page(rng, chat, call, facts, "ok") for call in calls[:-1]]
    pages.append(_read_page(rng, chat, calls[-1], facts, fate))
    together = Step("read_pages", {}, pages, own_ms=2.0, lanes=len(pages), tail_ms=2.0)
    if fate == "failed":
        fail(together, failure=READ_TIMEOUT)
    if fate != "recovered":
        return [asked, together]
    again = chat.call_tool("http.get", {"url": f"https://{sites[-1]}/archive/{facts['number']}"})
    return [asked, together, chat.ask(calls=[again]), _read_page(rng, chat, again, facts, "ok")]


def _read_page(rng: Random, chat: Chat, call: ToolCall, facts: Facts, fate: Fate) -> Step:
    own_ms = rng.lognormvariate(6.4, 0.5)
    if fate in ("failed", "recovered"):
        chat.give_result(call, {"error": f"{READ_TIMEOUT.type}: {READ_TIMEOUT.message}"})
        return tool(call.name, call.arguments, None, 20_004.0, call_id=call.id, failure=READ_TIMEOUT)
    if fate == "returned_error":
        refusal = {"error": "403 Forbidden", "url": call.arguments["url"]}
        chat.give_result(call, refusal)
        return tool(call.name, call.arguments, refusal, own_ms, call_id=call.id)
    text = fill(rng.choice(EXCERPTS), facts)
    chat.give_result(call, text, unseen_tokens=rng.randrange(400, 1800))
    return tool(call.name, call.arguments, text, own_ms, call_id=call.id)


def _conclude(rng: Random, chat: Chat, answer: str) -> list[Step]:
    """A second agent checks the claims, then the first one writes."""
    checker = Chat(rng, GPT_5_MINI, CHECKER, unseen_tokens=400)
    checker.tell(f"Claims: {answer}", unseen_tokens=rng.randrange(500, 1500))
    check = agent("fact-checker", [checker.ask("supported", unseen_tokens=12)])
    chat.tell("The claims are supported. Write the answer.")
    return [check, chat.ask(answer, unseen_tokens=rng.randrange(120, 500))]
