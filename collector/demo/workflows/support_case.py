"""One ticket of support-agent.resolve: what is said about it, how long its steps take, and what can go wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from collector.demo.chat import Model, ToolCall, Usage, answered, model_call
from collector.demo.plan import Run
from collector.demo.steps import Failure, Step, tool

KNOWLEDGE = (
    "You are the knowledge agent of Acme Support. Find the help articles that answer the customer before anyone "
    "replies. Search with {style} and ask for at most six results. Prefer articles about the customer's own region. "
    "Never invent a policy: if nothing fits, say so."
)
PLAIN, QUOTED = "short plain keywords", "full quoted sentences"
COMPLAINT = (
    "My parcel arrived with a broken lid and the juice leaked over everything. I'd like my money back, not a new one. "
    "How do I do that?"
)
NOTES = (
    "Damaged on arrival: refund or replacement, the customer chooses (EU).",
    "Refunds go back to the card that paid, within five working days.",
    "Customer since 2021; asked for a refund once before, granted.",
    "Liquids: a photo is enough, nothing has to be sent back.",
)
PLAIN_QUERY = "damaged parcel refund EU"
QUOTED_QUERIES = (
    '"Customer received a damaged parcel and asks how to get a refund within the European Union"',
    '"damaged parcel" "refund, not replacement" EU customer',
    '"damaged parcel" "refund" European Union',
)

TIMEOUT = Failure(
    "SearchTimeout",
    "no answer within 1,500 ms",
    (
        ("/srv/support_agent/knowledge.py", 74, "search", "response = http.post(SEARCH_URL, json=query, timeout=1.5)"),
        ("/srv/support_agent/http.py", 31, "post", "raise SearchTimeout(timeout)"),
    ),
)
GATEWAY_TIMEOUT = Failure(
    "HTTPStatusError",
    "HTTP 504 Gateway Timeout",
    (("/srv/support_agent/http.py", 29, "post", "response.raise_for_status()"),),
)
RATE_LIMIT = Failure(
    "RateLimitError",
    "429 from api.anthropic.com, 3 tries used up",
    (
        ("/srv/support_agent/billing.py", 52, "decide_refund", "answer = model.chat(messages)"),
        ("/srv/support_agent/models.py", 97, "chat", "raise RateLimitError(response.status, tries)"),
    ),
)


@dataclass(frozen=True, slots=True)
class Case:
    run: Run
    rng: Random
    facts: Mapping[str, str]

    @property
    def is_pair(self) -> bool:
        """One of the two runs made to be compared: their times and tokens are fixed."""
        return self.run.scene in ("pair_before", "pair_after")

    @property
    def is_after(self) -> bool:
        """Version 43, which searches with full quoted sentences."""
        return self.run.scene == "pair_after"

    @property
    def is_failed(self) -> bool:
        return self.run.fate == "failed"

    def ms(self, before: float, after: float | None = None) -> float:
        """The pair's own time; one near that of version 42 for every other run."""
        exact = after if after is not None and self.is_after else before
        return exact if self.is_pair else exact * self.rng.lognormvariate(0, 0.16)

    def tokens(self, before: int, after: int | None = None) -> int:
        exact = after if after is not None and self.is_after else before
        return exact if self.is_pair else round(exact * self.rng.uniform(0.9, 1.12))

    @property
    def knowledge_prompt(self) -> str:
        return KNOWLEDGE.format(style=QUOTED if self.is_after else PLAIN)

    @property
    def queries(self) -> tuple[str, ...]:
        """What search is asked for, in order; all but the last run into the timeout."""
        return (*QUOTED_QUERIES, PLAIN_QUERY) if self.is_after else (PLAIN_QUERY,)

    @property
    def answer(self) -> str:
        return (
            f"I am sorry about the broken parcel. {self.facts['amount']} EUR go back to your card within five days; "
            "you need not send anything back."
        )

    def model(
        self,
        name: str,
        model: Model,
        own_ms: float,
        usage: tuple[int, int],
        asked: Sequence[Mapping[str, object]],
        said: str = "",
        *,
        calls: Sequence[ToolCall] = (),
        system: str = "",
        tools: Sequence[str] = (),
    ) -> Step:
        """A model call; `usage` is (input, output) tokens."""
        system = system or f"You are the {name} step of Acme Support."
        step = model_call(model, system=system, messages=asked, tools=tools, own_ms=own_ms, span_name=name)
        response_id = f"{self.rng.getrandbits(80):020x}"
        return answered(step, model, Usage(*usage), said, calls, response_id)


def named_tool(name: str, arguments: Mapping[str, object], result: object, own_ms: float, *steps: Step) -> Step:
    return tool(name, arguments, result, own_ms, span_name=name, steps=list(steps))
