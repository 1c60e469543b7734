import struct

import pytest

from antiphon.engines.espeak.phonemes import PhonemeMissing, with_table


def table(name, includes, *entries):
    packed = b"".join(struct.pack("<4sIHBB4s", m, 7, programme, number, 2, b"abcd") for m, programme, number in entries)
    return struct.pack("<BB2x32s", len(entries), includes, name) + packed


BASE = table(b"base", 0, (b"t", 100, 10), (b"d", 101, 11))
ENGLISH = table(b"en", 1, (b"v", 102, 12))
HINDI = table(b"hi", 1, (b"t.", 200, 99))
COMPILED = b"\3\0\0\0" + BASE + ENGLISH + HINDI


def test_a_sound_takes_the_number_of_the_phoneme_in_whose_place_it_comes():
    made = with_table(COMPILED, name="en-in", includes="en", sounds={"t": "hi/t.", "v": "hi/d"})
    new = table(b"en-in", 2, (b"t.", 200, 10), (b"d", 101, 12))
    assert made == b"\4\0\0\0" + BASE + ENGLISH + HINDI + new


@pytest.mark.parametrize("sounds", [{"t": "hi/zz"}, {"zz": "hi/t."}, {"t": "xx/t"}])
def test_an_unknown_name_is_refused(sounds):
    with pytest.raises(PhonemeMissing):
        with_table(COMPILED, name="en-in", includes="en", sounds=sounds)


def test_an_unknown_table_to_start_from_is_refused():
    with pytest.raises(PhonemeMissing, match="xx"):
        with_table(COMPILED, name="en-in", includes="xx", sounds={})
