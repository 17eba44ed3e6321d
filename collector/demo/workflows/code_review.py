"""code-review.pr: three reviewers read a pull request at the same time, a fourth call joins their findings."""

from __future__ import annotations

from random import Random

from collector.demo.chat import GPT_5, SONNET, Chat, Model
from collector.demo.plan import Run
from collector.demo.steps import Failure, Step, agent, fail, tool, workflow
from collector.demo.texts import Facts, draw_employee, draw_facts, fill

REVIEWERS = {
    "correctness": "You review code for correctness: edge cases, errors that are lost, races. Name file and line.",
    "tests": "You review tests: what is not tested, what can't fail, what sleeps. Name file and line.",
    "security": "You review code for security: input that is trusted, secrets, permissions. Name file and line.",
}
JOINER = "Join the reviewers' findings. Drop doubles and matters of taste. At most five, the worst first."
TITLES = (
    "move retry logic into the {module} module",
    "drop Python 3.9",
    "cache parsed {module} schemas",
    "{module}: stream the answer instead of buffering it",
    "rename {module} to {other_module}",
    "limit {module} to {many} requests a minute",
    "fix the off-by-one in {module} paging",
    "upgrade the {company} client to {version}",
    "{module}: write {subject} events to the audit log",
)
FINDINGS = {
    "correctness": (
        "{module}.py:{line}: the back-off is not capped.",
        "{module}.py:{line}: the cache key leaves out the schema version.",
        "{module}.py:{line}: an empty page ends the loop too early.",
        "none",
    ),
    "tests": (
        "test_{module}.py:{line}: sleeps {few} s for real.",
        "test_{module}.py:{line}: the assertion can't fail, the list is never empty.",
        "none",
    ),
    "security": (
        "{module}.py:{line}: the path from the request is joined without a check.",
        "none",
        "none",
    ),
}
DIFF = (
    "--- a/{module}.py\n+++ b/{module}.py\n@@ -{line},6 +{line},9 @@\n"
    "-    return fetch(url)\n+    for attempt in range({few}):\n+        if (page := fetch(url)) is not None:\n"
    "+            return page\n+        sleep(2 ** attempt)"
)
CONTEXT_LIMIT_TOKENS = 200_000


def _too_long(tokens: int) -> Failure:
    return Failure(
        "ContextTooLong",
        f"{tokens:,} tokens, limit {CONTEXT_LIMIT_TOKENS:,}",
        (
            ("/srv/code_review/reviewers.py", 66, "review", "answer = await chat(model, messages)"),
            ("/srv/code_review/models.py", 108, "chat", "raise ContextTooLong(tokens, limit)"),
        ),
    )


def _rate_limited(model: Model) -> Failure:
    return Failure(
        "RateLimitError",
        f"429 from {model.address}, retry after 2 s",
        (("/srv/code_review/models.py", 119, "chat", "raise RateLimitError(response.status, tries)"),),
    )


def review(run: Run, rng: Random) -> Step:
    facts = draw_facts(rng)
    number = rng.randrange(1700, 1990)
    title = f"PR {number}: {fill(rng.choice(TITLES), facts)}"
    diff = fill(DIFF, facts)
    model = rng.choices((SONNET, GPT_5), (55 + 20 * run.phase, 45 - 20 * run.phase))[0]
    findings = {name: fill(rng.choice(texts), facts) for name, texts in FINDINGS.items()}
    fetch = tool("fetch_diff", {"pull_request": number, "repository": facts["repository"]},
                 {"files": int(facts["few"]), "diff": diff}, rng.uniform(180, 700))  # fmt: skip
    failure = _too_long(rng.randrange(200_400, 391_000)) if run.fate == "failed" else None
    reviewers = [
        _reviewer(run, rng, model, name, (title, diff, findings[name]), failure if name == "security" else None)
        for name in REVIEWERS
    ]
    together = Step("review", {}, reviewers, own_ms=3.0, lanes=3, tail_ms=3.0, failure=failure)
    steps = [fetch, together]
    verdict = _verdict(findings)
    if failure is None:
        steps += _join(rng, model, findings, verdict, facts)
    root = workflow(
        run.workflow,
        title,
        None if failure else verdict,
        steps,
        {"user.id": draw_employee(rng), "team": "engineering", "tags": [facts["repository"], "pull-request"]},
    )
    if failure:
        fail(root, failure=failure)
    return root


def _reviewer(
    run: Run, rng: Random, model: Model, name: str, work: tuple[str, str, str], failure: Failure | None
) -> Step:
    title, diff, finding = work
    chat = Chat(rng, model, REVIEWERS[name], ("read_file",), 700, warm=rng.random() < 0.3)
    chat.tell(f"{title}\n\n{diff}", unseen_tokens=rng.randrange(900, 4200))
    if failure:
        refused = chat.ask_in_vain(failure, rng.uniform(300, 900))
        reviewer = agent(f"reviewer-{name}", [refused])
        fail(reviewer, failure=failure)
        return reviewer
    steps: list[Step] = []
    if run.fate == "recovered" and name == "tests":
        steps.append(chat.ask_in_vain(_rate_limited(model), 2100.0))
    if rng.random() < 0.55:
        call = chat.call_tool("read_file", {"path": finding.split(":")[0] if ":" in finding else "README.md"})
        steps.append(chat.ask(calls=[call]))
        content = {"lines": rng.randrange(40, 600), "text": diff.splitlines()[-1][1:].strip()}
        chat.give_result(call, content, unseen_tokens=rng.randrange(300, 1600))
        steps.append(tool("read_file", call.arguments, content, rng.uniform(8, 60), call_id=call.id))
    steps.append(chat.ask(finding, unseen_tokens=rng.randrange(80, 420)))
    return agent(f"reviewer-{name}", steps)


def _verdict(findings: dict[str, str]) -> str:
    found = [text for text in findings.values() if text != "none"]
    if not found:
        return "No blocking findings."
    return f"{len(found)} finding{'s' if len(found) > 1 else ''}: {' '.join(found)}"


def _join(rng: Random, model: Model, findings: dict[str, str], verdict: str, facts: Facts) -> list[Step]:
    chat = Chat(rng, model, JOINER, unseen_tokens=300)
    chat.tell("\n".join(f"{name}: {text}" for name, text in findings.items()), unseen_tokens=rng.randrange(200, 900))
    post = tool("post_review", {"repository": facts["repository"], "body": verdict}, {"posted": True},
                rng.uniform(200, 600))  # fmt: skip
    return [chat.ask(verdict, unseen_tokens=rng.randrange(60, 260)), post]
