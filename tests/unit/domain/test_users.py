import pytest

from antiphon.domain.users import normal_email, normal_password

ADDRESSES = {
    "Anna@Example.COM": "anna@example.com",
    "  anna@example.com\n": "anna@example.com",
    "a+b.c@sub.example": "a+b.c@sub.example",
    "anna@localhost": "anna@localhost",
    "Zoe\u0301@example.com": "zo\u00e9@example.com",
    "\u0130@example.com": "i\u0307@example.com",
    "x" * 64 + "@" + "y" * 189: "x" * 64 + "@" + "y" * 189,
}
NONE = [
    "",
    "anna",
    "@example.com",
    "anna@",
    "anna@@example.com",
    "anna@ex ample.com",
    "an na@example.com",
    "anna@.com",
    "anna@example..com",
    "anna@example.com.",
    "anna\x00@example.com",
    "anna\u202e@example.com",
    "x" * 65 + "@example.com",
    "x" * 64 + "@" + "y" * 190,
    "a@" + "\u03c9\u0314\u0342\u0345" * 191,  # Composed it would be short enough, but that takes too long to find out.
]


@pytest.mark.parametrize(("text", "normal"), ADDRESSES.items())
def test_an_address_is_compared_in_one_form(text, normal):
    assert normal_email(text) == normal
    assert normal_email(normal) == normal


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_address_is_none(text):
    assert normal_email(text) is None


def test_a_password_is_the_same_from_every_keyboard():
    assert normal_password("cafe\u0301 \ufb01") == normal_password("caf\u00e9 fi")
    assert normal_password("Password ") != normal_password("password")
