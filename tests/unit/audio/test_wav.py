import io
import wave

import pytest

from antiphon.audio import wav


def test_a_header_of_known_length_is_that_of_the_standard_library():
    expected = io.BytesIO()
    with wave.open(expected, "wb") as file:
        file.setparams((1, 2, 24000, 3, "NONE", ""))
        file.writeframes(bytes(6))
    assert wav.header(24000, 3) + bytes(6) == expected.getvalue()


def test_a_header_of_unknown_length_says_so_twice():
    header = wav.header(8000, None)
    assert len(header) == wav.HEADER_LENGTH
    assert header[4:8] == header[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("frames", [2**31 - 19, 2**31 - 18, 2**40])
def test_more_than_the_header_can_count_is_unknown(frames):
    known = wav.header(8000, frames)[40:44] != b"\xff\xff\xff\xff"
    assert known == (frames == 2**31 - 19)


def test_a_finished_file_has_its_true_length():
    file = io.BytesIO(wav.header(16000, None) + bytes(2000))
    wav.finish_file(file)
    assert file.tell() == 2044
    assert file.getvalue() == wav.header(16000, 1000) + bytes(2000)


def test_a_finished_file_without_sound_has_no_length():
    file = io.BytesIO(wav.header(16000, None))
    wav.finish_file(file)
    assert file.getvalue() == wav.header(16000, 0)
