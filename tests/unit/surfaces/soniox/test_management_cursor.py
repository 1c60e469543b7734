"""Cursors: read back what was written, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.errors import InvalidRequest
from antiphon.surfaces.soniox.management.cursor import cursor, place

PLACES = st.text(st.characters(codec="ascii"), max_size=100)


@given(PLACES)
def test_a_cursor_names_its_place(where: str) -> None:
    assert place("voices", cursor("voices", where)) == where


@given(PLACES)
def test_a_cursor_of_another_list_is_none(where: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        place("usage-logs", cursor("voices", where))


@given(st.text() | st.text(st.characters(codec="ascii"), max_size=300))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        place("voices", text)


def test_a_cursor_is_fit_for_an_address() -> None:
    assert cursor("voices", "\x7f~?>" * 20).replace("-", "").replace("_", "").isalnum()
