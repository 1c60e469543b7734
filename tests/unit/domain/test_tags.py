import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.tags import tokens, words_of

TEXTS = st.text(alphabet="ab [](){}1\n.!", max_size=60)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello.", [("words", "Hello.")]),
        ("[whispers] Hello.", [("tag", "whispers"), ("words", " Hello.")]),
        ("So[ sighs ]what", [("words", "So"), ("tag", "sighs"), ("words", "what")]),
        ("See [1] and [].", [("words", "See [1] and [].")]),
        ("[[laughs]]", [("words", "["), ("tag", "laughs"), ("words", "]")]),
        ("[on two\nlines]", [("words", "[on two\nlines]")]),
        ("[tertawa][berbisik]", [("tag", "tertawa"), ("tag", "berbisik")]),
        ("[笑]", [("tag", "笑")]),
        ("One.\n \nTwo.", [("words", "One.\n \n"), ("break", ""), ("words", "Two.")]),
        (f"[{'a' * 79}]", [("words", f"[{'a' * 79}]")]),
        (f"[{'a' * 78}]", [("tag", "a" * 78)]),
        ("[" * 3000, [("words", "[" * 3000)]),
        ("", []),
    ],
)
def test_tags_are_found_where_they_stand(text, found):
    assert list(tokens(text)) == found


@given(TEXTS)
def test_nothing_but_tags_is_lost(text):
    kept = "".join(f"[{said}]" if kind == "tag" else said for kind, said in tokens(text))
    assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sad] I  know.\n", "I know."),
        ("I [sighs]know.", "I know."),
        ("He[laughs]llo", "He llo"),
        ("See [1].", "See [1]."),
    ],
)
def test_the_words_are_what_is_left_without_tags(text, words):
    assert words_of(text) == words
