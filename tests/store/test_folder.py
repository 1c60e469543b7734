import contextlib
import os
import re
import stat
import subprocess
import sys
import time

import pytest

from antiphon.store.errors import FolderInUse, FolderUnusable, SecretUnusable
from antiphon.store.folder import DataFolder, Secret

HOLDER = """
import sys
from pathlib import Path
from antiphon.store.folder import DataFolder
folder = DataFolder.claim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    with DataFolder.claim(tmp_path / "data") as claimed:
        yield claimed


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_a_killed_server_left_in_the_scratch_folder_is_gone_at_the_next_start(folder):
    left = folder.scratch() / "antiphon-1" / "song.wav"
    left.parent.mkdir()
    left.touch()

    assert list(folder.scratch().iterdir()) == []
    assert mode(folder.scratch()) == 0o700


def test_folder_and_files_are_for_their_owner_alone(folder):
    before = os.umask(0)
    try:
        folder.secret()
        folder.keep_first_key("key")
    finally:
        os.umask(before)
    assert mode(folder.path) == 0o700
    assert {file.name: mode(file) for file in folder.path.iterdir()} == {
        "lock": 0o600,
        "secret": 0o600,
        "first-key": 0o600,
    }


def test_a_folder_is_made_with_those_above_it(tmp_path):
    with DataFolder.claim(tmp_path / "a" / "b") as claimed:
        assert claimed.path.is_dir()


def test_a_second_claim_is_refused_and_names_the_process(folder):
    with pytest.raises(FolderInUse, match=re.escape(f"in use by process {os.getpid()}")) as caught:
        DataFolder.claim(folder.path)
    assert caught.value.pid == os.getpid()


def test_a_killed_process_holds_nothing(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(FolderInUse) as caught:
            DataFolder.claim(tmp_path)
        child.kill()
        child.wait()
    assert caught.value.pid == child.pid
    DataFolder.claim(tmp_path).release()


def claimable(path):
    with contextlib.suppress(FolderInUse):
        DataFolder.claim(path).release()
        return True
    return False


def test_a_child_does_not_inherit_the_lock(tmp_path):
    folder = DataFolder.claim(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False
    ) as child:
        folder.release()
        # The kernel lets the parent go on a moment before it closes the child's copy (execve(2), after vfork(2)).
        deadline = time.monotonic() + 5
        while not claimable(tmp_path):
            assert time.monotonic() < deadline
        child.kill()


def test_a_folder_can_be_claimed_again_after_its_release(tmp_path):
    DataFolder.claim(tmp_path).release()
    with DataFolder.claim(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / "lock").read_text() == ""


def test_a_place_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="file"):
        DataFolder.claim(tmp_path / "file")


def test_the_secret_is_made_once_and_stays(folder):
    first = folder.secret()
    assert folder.secret() == first
    assert len(first.pepper) == len(first.encryption) == 32
    assert first.pepper != first.encryption


def test_two_folders_have_two_secrets(tmp_path):
    with DataFolder.claim(tmp_path / "a") as one, DataFolder.claim(tmp_path / "b") as other:
        assert one.secret() != other.secret()


def test_the_content_of_the_file_can_be_given_instead_of_it(folder):
    made = folder.secret()
    content = (folder.path / "secret").read_text()
    assert Secret.parse(content) == made
    assert re.fullmatch(r"[0-9a-f]{128}\n", content)


def test_a_given_secret_is_used_and_never_written(folder):
    assert folder.secret("correct horse battery staple, and more") == Secret.parse(
        "correct horse battery staple, and more"
    )
    assert not (folder.path / "secret").exists()


@pytest.mark.parametrize("text", ["", "hunter2", "a" * 31, "  " + "a" * 31 + "\n"])
def test_a_short_secret_is_refused_and_not_repeated(folder, text):
    with pytest.raises(SecretUnusable, match="too short") as caught:
        folder.secret(text)
    assert not text.strip() or text.strip() not in str(caught.value)


@pytest.mark.parametrize("content", ["", "abc\n"])
def test_a_cut_off_secret_file_is_refused_and_not_replaced(folder, content):
    path = folder.path / "secret"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(SecretUnusable):
        folder.secret()
    assert path.read_text() == content


def test_a_secret_that_others_can_read_is_refused(folder):
    folder.secret()
    (folder.path / "secret").chmod(0o640)
    with pytest.raises(SecretUnusable, match="chmod 600"):
        folder.secret()


def test_a_secret_does_not_show_itself():
    assert repr(Secret.parse("ab" * 32)) == "Secret()"


@pytest.mark.parametrize("text", ["ab" * 32, "z" * 64, "abc" * 21 + "a", "ü" * 32])
def test_hexadecimal_and_text_are_both_taken(text):
    assert len(Secret.parse(text).pepper) == 32


def test_the_first_key_waits_until_it_is_forgotten(folder):
    assert folder.first_key() is None
    folder.keep_first_key("sona_sk_x")
    folder.keep_first_key("sona_sk_y")
    assert folder.first_key() == "sona_sk_y"
    folder.forget_first_key()
    folder.forget_first_key()
    assert folder.first_key() is None
