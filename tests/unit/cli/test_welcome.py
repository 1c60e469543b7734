"""What a started server says of the link to the first account."""

import pytest

from antiphon.cli.welcome import invitation
from antiphon.store.folder import DataFolder

LINK = "https://media.example/api/auth/first?code=invite_x"


@pytest.fixture
def folder(tmp_path):
    with DataFolder.claim(tmp_path / "data") as claimed:
        yield claimed


def test_where_nobody_looks_on_the_link_is_in_a_file_that_is_its_owners_alone(folder):
    said = invitation("https://media.example", folder, "invite_x", terminal=False)
    assert "invite_x" not in said
    assert str(folder.first_link_path) in said
    assert folder.first_link_path.read_text() == f"{LINK}\n"
    assert folder.first_link_path.stat().st_mode & 0o777 == 0o600


def test_on_a_terminal_the_link_is_shown_and_a_former_ones_file_goes(folder):
    folder.keep_first_link("former")
    assert LINK in invitation("https://media.example", folder, "invite_x", terminal=True)
    assert not folder.first_link_path.exists()


def test_once_it_was_used_nothing_is_said_of_it(folder):
    folder.keep_first_link("former")
    assert invitation("https://media.example", folder, None, terminal=True) == ""
    assert not folder.first_link_path.exists()
