"""support-agent.resolve: five agents settle a ticket.

Version 43 changed three words of one prompt ("short plain keywords" to "full quoted sentences"): its search then runs
into a timeout three times. It also checks its policy with another model. The pair made to be compared is one run of 42
(34 spans) and one of 43 (41 spans), with fixed times and tokens; every other run varies around the first.
"""

from __future__ import annotations

from random import Random

from collector.demo.chat import GEMINI, GPT_5_MINI, SONNET, ToolCall, answer_message, model_call, result_message
from collector.demo.plan import Run
from collector.demo.steps import Failure, Step, agent, as_message, embeddings, fail, retrieval, tool, workflow
from collector.demo.texts import draw_customer, draw_facts
from collector.demo.workflows.support_case import (
    COMPLAINT,
    GATEWAY_TIMEOUT,
    NOTES,
    PLAIN_QUERY,
    RATE_LIMIT,
    TIMEOUT,
    Case,
    named_tool,
)

PAIR_SCENES = ("pair_before", "pair_after")
PAIR_TICKET = "one ticket, settled by two versions"
VERSIONS = ("40", "41", "42")
PAIR_AFTER_VERSION = "43"
SEARCH_TOOLS = ("search", "fetch.articles", "rerank")
REVISIONS = ((540, (3480, 68)), (562, (3750, 71)), (518, (4010, 64)))
"""Of the second run of the pair: milliseconds and (input, output) tokens of each further try."""
SLOW_SEARCHES_MS = (1493, 1485, 1489, 1424)


def resolve(run: Run, rng: Random) -> Step:
    ticket_rng = Random(PAIR_TICKET) if run.scene in PAIR_SCENES else rng
    facts = draw_facts(ticket_rng)
    case = Case(run, rng, facts)
    agents = [_triage(case), _knowledge(case), _billing(case)]
    ticket = {"ticket": f"#{facts['ticket']}", "region": "EU", "text": COMPLAINT}
    steps = [named_tool("crm.get_ticket", {"ticket": facts["ticket"]}, ticket, case.ms(318)), *agents]
    if not case.is_failed:
        posted = {"posted": True, "state": "solved"}
        steps += [_writer(case), _guardrail(case)]
        steps.append(named_tool("crm.post_reply", {"ticket": facts["ticket"]}, posted, case.ms(233)))
    root = workflow(
        run.workflow,
        f"Ticket #{facts['ticket']}, EU: {COMPLAINT}",
        None if case.is_failed else case.answer,
        steps,
        {
            "session.id": f"ticket-{facts['ticket']}",
            "user.id": draw_customer(ticket_rng),
            "team": "customer-care",
            "tags": ["ticket", "refund"],
            "gen_ai.prompt.name": run.workflow,
            "gen_ai.prompt.version": _version(case),
        },
    )
    root.own_ms, root.tail_ms, root.gap_ms = 22.0, 20.0, 10.0
    if case.is_failed:
        billing = agents[-1]
        fail(billing.children[-1], billing, root, failure=RATE_LIMIT)
    return root


def _version(case: Case) -> str:
    if case.is_after:
        return PAIR_AFTER_VERSION
    return VERSIONS[-1] if case.is_pair else VERSIONS[min(int(case.run.phase * 4), 2)]


def _team(name: str, steps: list[Step], *, lanes: int = 1) -> Step:
    step = agent(name, steps, span_name=name, lanes=lanes)
    step.own_ms, step.tail_ms, step.gap_ms = 10.0, 12.0, 8.0
    return step


def _triage(case: Case) -> Step:
    asked = [as_message("user", COMPLAINT)]
    spent = (case.tokens(480), 14)
    classify = case.model("classify.intent", GPT_5_MINI, case.ms(642, 672), spent, asked, "refund, damaged parcel")
    detect = named_tool("detect.language", {"text": COMPLAINT}, {"language": "en"}, case.ms(96))
    return _team("triage", [classify, detect], lanes=2)


def _vectors(case: Case, name: str, query: str, input_tokens: int, times_ms: tuple[float, float]) -> Step:
    """A retriever that embeds and looks up; `times_ms` are those two."""
    documents: list[dict[str, object]] = [
        {"id": f"note-{number}", "score": round(0.91 - 0.08 * number, 2), "content": text}
        for number, text in enumerate(Random(case.facts["ticket"]).sample(NOTES, 3))
    ]
    embed_ms, lookup_ms = times_ms
    step = retrieval(name, query, documents, 13, span_name=name)
    step.children = [
        embeddings(query, input_tokens, embed_ms, span_name="embed.query"),
        retrieval("help-articles", query, documents, lookup_ms, span_name="vector.lookup"),
    ]
    step.gap_ms, step.tail_ms = 0.0, 10.0
    return step


def _knowledge(case: Case) -> Step:
    searches, history = _searches(case)
    ranked: list[dict[str, object]] = [{"id": "art-118", "score": 0.94, "content": NOTES[0]}]
    spent = (case.tokens(4120, 5320), case.tokens(239, 212))
    summary = "The customer may choose a refund; a photo is enough, nothing has to be sent back."
    summarise = case.model(
        "summarise.findings", SONNET, case.ms(1186, 766), spent, history, summary, system=case.knowledge_prompt
    )
    steps = [
        _vectors(case, "recall.memory", COMPLAINT, 24, (case.ms(88), case.ms(109))),
        *searches,
        retrieval("articles", PLAIN_QUERY, ranked, case.ms(236), span_name="rerank"),
        _articles(case),
        summarise,
    ]
    return _team("knowledge", steps)


def _searches(case: Case) -> tuple[list[Step], list[dict[str, object]]]:
    """Model calls and the searches they ask for, in turn, and the history after them."""
    order = case.facts["order"]
    history: list[dict[str, object]] = [as_message("user", f"{COMPLAINT}\nNotes: order {order}; {NOTES[2]}")]
    plan = (case.ms(812, 962), (case.tokens(3240), 58 if case.is_after else 31))
    times_ms = SLOW_SEARCHES_MS if case.is_after else (case.ms(1228),)
    steps: list[Step] = []
    for number, query in enumerate(case.queries):
        call = ToolCall(f"call_{case.rng.getrandbits(64):016x}", "search", {"query": query, "top_k": 6})
        own_ms, spent = REVISIONS[number - 1] if number else plan
        name = "revise.query" if number else "plan.search"
        steps.append(
            case.model(name, SONNET, own_ms, spent, history, calls=[call],
                       system=case.knowledge_prompt, tools=SEARCH_TOOLS)
        )  # fmt: skip
        failure = TIMEOUT if query != PLAIN_QUERY else None
        steps.append(_search(call, times_ms[number], failure))
        result = f"{failure.type}: {failure.message}. HTTP 504 Gateway Timeout" if failure else "6 articles"
        history = [*history, answer_message("", [call]), result_message(call, result)]
    return steps, history


def _search(call: ToolCall, post_ms: float, failure: Failure | None) -> Step:
    result = None if failure else {"articles": 6, "best": NOTES[0]}
    post = Step(
        "http.post",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "http.post",
            "http.request.method": "POST",
            "url.full": "https://search.acme.example/v2/query",
            "http.response.status_code": 504 if failure else 200,
        },
        own_ms=post_ms,
        is_client=True,
        failure=GATEWAY_TIMEOUT if failure else None,
    )
    step = tool(call.name, call.arguments, result, 12, call_id=call.id, span_name=call.name, failure=failure)
    step.children, step.tail_ms = [post], 7.0
    return step


def _articles(case: Case) -> Step:
    times_ms = [case.ms(512, 371), case.ms(368)]
    if not case.is_after:
        times_ms.append(case.ms(691))
    ids = [f"art-{118 + number}" for number in range(len(times_ms))]
    articles = [
        named_tool("get_article", {"id": article_id}, {"words": 240 + 35 * number}, times_ms[number])
        for number, article_id in enumerate(ids)
    ]
    step = named_tool("fetch.articles", {"ids": ids}, {"fetched": len(ids)}, 8, *articles)
    step.lanes = len(ids)
    return step


def _billing(case: Case) -> Step:
    order, amount = case.facts["order"], f"{case.facts['amount']} EUR"
    query = Step(
        "sql.query",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "sql.query",
            "db.system.name": "postgresql",
            "db.operation.name": "SELECT",
        },
        own_ms=case.ms(161),
        is_client=True,
    )
    found = {"order": order, "paid": amount, "delivered": case.facts["weekday"]}
    steps = [
        named_tool("orders.lookup", {"order": order}, found, 12, query),
        _vectors(case, "refund.policy", "refund damaged EU", 19, (case.ms(79), case.ms(141))),
    ]
    asked = [as_message("user", f"Order {order}, damaged on arrival. Refund or replacement?")]
    if case.is_failed:
        refused = model_call(SONNET, system="", messages=asked, tools=(), own_ms=4200, span_name="decide.refund")
        return _team("billing", [*steps, refused])
    spent = (case.tokens(1930), case.tokens(164))
    decision = f"Refund {amount} in full; no return needed."
    steps.append(case.model("decide.refund", SONNET, case.ms(768, 748), spent, asked, decision))
    steps.append(named_tool("refund.quote", {"order": order}, {"fee": 0}, case.ms(132)))
    return _team("billing", steps)


def _writer(case: Case) -> Step:
    asked = [as_message("user", f"Write to the customer: refund of {case.facts['amount']} EUR, nothing to send back.")]
    spent = (case.tokens(2140), case.tokens(286))
    draft = case.model("draft.reply", SONNET, case.ms(857, 473), spent, asked, case.answer)
    read = [as_message("user", case.answer)]
    verdict = "pass" if case.is_after else "revise: too formal"
    steps = [draft, case.model("check.tone", GPT_5_MINI, case.ms(402), (case.tokens(540), 22), read, verdict)]
    if not case.is_after:
        spent = (case.tokens(1620), case.tokens(300))
        steps.append(case.model("revise.reply", SONNET, case.ms(1180), spent, [*asked, *read], case.answer))
    return _team("writer", steps)


def _guardrail(case: Case) -> Step:
    read = [as_message("user", case.answer)]
    scan = named_tool("pii.scan", {"text": case.answer}, {"found": 0}, case.ms(64))
    model, output_tokens = (GEMINI, 26) if case.is_after else (GPT_5_MINI, 35)
    spent = (case.tokens(830, 839), output_tokens)
    policy = case.model("policy.check", model, case.ms(388, 248), spent, read, '{"allowed": true}')
    return _team("guardrail", [scan, policy])
