import io
import os
import struct

import pytest
import soundfile

from antiphon.audio import wav
from antiphon.audio.formats import encoding
from antiphon.cli.failing import CommandFailed
from antiphon.cli.output import open_output
from antiphon.domain.speech import Codec

MP3 = encoding(Codec.MP3)
WAV = encoding(Codec.WAV)


class Broken(Exception):
    pass


def break_off(path, failure: type[BaseException]) -> None:
    with open_output(str(path), MP3) as output:
        output.write(b"new")
        raise failure


def test_a_file_appears_under_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "a.mp3"
    with open_output(str(path), MP3) as output:
        output.write(b"one")
        assert not path.exists()
        output.write(b"two")
    assert path.read_bytes() == b"onetwo"
    assert list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_nothing(tmp_path):
    with pytest.raises(Broken):
        break_off(tmp_path / "a.mp3", Broken)
    assert list(tmp_path.iterdir()) == []


def test_what_breaks_off_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        break_off(path, KeyboardInterrupt)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_wav_gets_its_sizes(tmp_path):
    path = tmp_path / "a.wav"
    with open_output(str(path), WAV) as output:
        output.write(wav.header(WAV.sample_rate, None))
        output.write(bytes(200))
    assert struct.unpack_from("<I", path.read_bytes(), 40) == (200,)
    assert soundfile.info(io.BytesIO(path.read_bytes())).frames == 100


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandFailed, match="No such file or directory"), open_output(str(tmp_path / "b" / "a"), MP3):
        pass


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path):
    (tmp_path / "a.mp3").mkdir()
    with pytest.raises(CommandFailed, match="Is a directory"), open_output(str(tmp_path / "a.mp3"), MP3) as output:
        output.write(b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp3"]


def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path):
    pipe = tmp_path / "pipe.mp3"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open_output(str(pipe), MP3) as output:
        output.write(b"one")
    assert os.read(reader, 10) == b"one"
    os.close(reader)
    assert pipe.is_fifo()


def test_what_a_link_points_to_is_replaced_and_not_the_link(tmp_path):
    link, target = tmp_path / "link.mp3", tmp_path / "target.mp3"
    link.symlink_to(target)
    with open_output(str(link), MP3) as output:
        output.write(b"one")
    assert link.is_symlink()
    assert target.read_bytes() == b"one"
