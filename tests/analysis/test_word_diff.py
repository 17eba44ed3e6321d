from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.word_diff import MOST_WORDS, Passage, changed_words, word_diff

texts = st.text(alphabet="ab ,\n", max_size=60)


def test_three_words_of_a_prompt_are_one_passage() -> None:
    passages = word_diff("Search with short plain keywords and ask.", "Search with full quoted sentences and ask.")
    assert passages == (
        Passage("=", "Search with "),
        Passage("-", "short plain keywords"),
        Passage("+", "full quoted sentences"),
        Passage("=", " and ask."),
    )
    assert changed_words(passages) == 3


def test_a_passage_that_is_too_long_is_replaced_as_a_whole() -> None:
    a, b = "x " * MOST_WORDS, "y " * MOST_WORDS
    assert word_diff(a, b) == (Passage("-", a), Passage("+", b))


def test_a_changed_sign_counts_as_a_word() -> None:
    assert changed_words(word_diff("a = b", "a + b")) == 1


@given(texts, texts)
def test_both_texts_can_be_read_from_the_passages(a: str, b: str) -> None:
    passages = word_diff(a, b)
    assert "".join(p.text for p in passages if p.sign != "+") == a
    assert "".join(p.text for p in passages if p.sign != "-") == b
    assert all(passage.text for passage in passages)


@given(texts)
def test_a_text_against_itself_has_no_change(a: str) -> None:
    assert changed_words(word_diff(a, a)) == 0
