from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.conversation import Exchange, conversation
from collector.analysis.same_messages import canonical, identity, new_messages
from collector.store.records import Message, Part


def says(role: str, text: str) -> Message:
    return Message(role=role, parts=(Part(type="text", text=text),))


def calls(*called: tuple[str, str]) -> Message:
    parts = tuple(Part(type="tool_call", name="search", id=id_, text=arguments) for id_, arguments in called)
    return Message(role="assistant", parts=parts)


def gives(id_: str | None, text: str) -> Message:
    return Message(role="tool", parts=(Part(type="tool_result", id=id_, text=text),))


def nameless(part: object) -> Part:
    assert isinstance(part, Part)
    return replace(part, name=None)


SYSTEM, ASK = says("system", "Be kind."), says("user", "Where is it?")


def texts(exchanges: list[Exchange]) -> list[list[str]]:
    return [[part.text or "" for said in turn.said for part in said.message.parts] for turn in conversation(exchanges)]


def test_each_message_stands_where_it_first_appears() -> None:
    answer = says("assistant", "Porto.")
    first = Exchange(span_id="1", sent=(SYSTEM, ASK), received=(answer,))
    second = Exchange(span_id="2", sent=(SYSTEM, ASK, answer, says("user", "And now?")), received=(ASK,))
    assert texts([first, second]) == [["Be kind.", "Where is it?", "Porto."], ["And now?", "Where is it?"]]
    assert [turn.repeated for turn in conversation([first, second])] == [0, 3]


def test_agents_don_t_hide_each_others_messages() -> None:
    exchanges = [Exchange(span_id=str(n), thread=n, sent=(SYSTEM, ASK)) for n in (1, 2)]
    assert texts(exchanges) == [["Be kind.", "Where is it?"]] * 2


def test_a_result_stands_beside_its_call_and_not_again() -> None:
    asked = calls(("c1", '{"q": "a"}'), ("c2", '{"q": "b"}'))
    first = Exchange(span_id="1", sent=(ASK,), received=(asked,))
    second = Exchange(span_id="2", sent=(ASK, asked, gives("c1", "one"), gives("c2", "two")), received=(SYSTEM,))
    turns = conversation([first, second])
    assert {at: part.text for at, part in turns[0].said[1].results.items()} == {0: "one", 1: "two"}
    assert [said.message for said in turns[1].said] == [SYSTEM]


def test_a_result_without_its_call_stays_a_message() -> None:
    exchange = Exchange(span_id="1", sent=(ASK, gives("c9", "lost"), gives(None, "nameless")))
    assert texts([exchange]) == [["Where is it?", "lost", "nameless"]]


def test_an_answer_is_known_again_without_ids_reasoning_and_spaces() -> None:
    reasoned = (Part(type="reasoning", text="hm"), Part(type="tool_call", name="search", id="x", text='{"q": "a"}'))
    answer = Message(role="assistant", parts=reasoned)
    again = Message(role="assistant", parts=(Part(type="tool_call", name="search", id="y", text='{"q":"a"}'),))
    assert identity(answer) == identity(again)
    assert identity(answer) != identity(calls(("x", '{"q": "b"}')))


def test_what_is_said_twice_is_new_the_second_time() -> None:
    yes = says("user", "yes")
    assert new_messages([yes], [yes, yes]) == (1,)


def test_text_that_only_looks_like_json_stays_text() -> None:
    assert canonical(" {not json ") == "{not json"
    assert canonical("[" * 100_000) == "[" * 100_000


MESSAGES = st.builds(
    says, st.sampled_from(["user", "assistant", "tool"]), st.sampled_from(["a", "b", '{"x": 1}', '{"x":1}', ""])
) | st.builds(gives, st.sampled_from(["c1", "c2", None]), st.just("r")) | st.builds(
    lambda id_: calls((id_, "{}")), st.sampled_from(["c1", "c2"])
)  # fmt: skip
EXCHANGES = st.lists(
    st.builds(
        Exchange,
        span_id=st.just("s"),
        thread=st.sampled_from([1, 2]),
        sent=st.lists(MESSAGES, max_size=5).map(tuple),
        received=st.lists(MESSAGES, max_size=2).map(tuple),
    ),
    max_size=5,
)


@given(EXCHANGES)
def test_nothing_new_is_lost_and_nothing_is_made_up(exchanges: list[Exchange]) -> None:
    turns = conversation(exchanges)
    assert [turn.span_id for turn in turns] == [exchange.span_id for exchange in exchanges]
    before: dict[object, tuple[Message, ...]] = {}
    expected: Counter[object] = Counter()
    for exchange, turn in zip(exchanges, turns, strict=True):
        new = new_messages(before.get(exchange.thread, ()), exchange.sent)
        assert turn.repeated + len(new) == len(exchange.sent)
        shown = (*(exchange.sent[at] for at in new), *exchange.received)
        expected.update(part for message in shown for part in message.parts)
        before[exchange.thread] = (*exchange.sent, *exchange.received)
    said = [said for turn in turns for said in turn.said]
    found = Counter(part for one in said for part in (*one.message.parts, *one.results.values()))
    assert Counter(map(nameless, found.elements())) == Counter(map(nameless, expected.elements()))


@given(st.lists(MESSAGES, max_size=6), st.lists(MESSAGES, max_size=6))
def test_a_history_and_what_follows_it_gives_what_follows(history: list[Message], more: list[Message]) -> None:
    assert new_messages(history, history) == ()
    new = new_messages(history, [*history, *more])
    assert Counter(identity([*history, *more][at]) for at in new) == Counter(map(identity, more))


def test_a_result_without_an_id_stands_beside_the_only_call_that_waits() -> None:
    asks, told = calls(("c1", "{}")), gives(None, "found")
    [first, second] = conversation(
        [
            Exchange(span_id="a", sent=(ASK,), received=(asks,)),
            Exchange(span_id="b", sent=(ASK, asks, told), received=(says("assistant", "There."),)),
        ]
    )
    assert [part.text for part in first.said[-1].results.values()] == ["found"]
    assert [said.message.role for said in second.said] == ["assistant"]


def test_a_result_without_an_id_stays_where_several_calls_wait() -> None:
    asks, told = calls(("c1", "{}"), ("c2", "{}")), gives(None, "found")
    [first, second] = conversation(
        [
            Exchange(span_id="a", sent=(ASK,), received=(asks,)),
            Exchange(span_id="b", sent=(ASK, asks, told), received=(says("assistant", "There."),)),
        ]
    )
    assert not first.said[-1].results
    assert [said.message.role for said in second.said] == ["tool", "assistant"]
