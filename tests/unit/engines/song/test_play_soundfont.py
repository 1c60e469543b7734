"""A stranger's SoundFont is played in tune and in time, and what is none is refused."""

import ctypes.util
import os
import struct

import numpy as np
import pytest

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.play import play, soundfont
from antiphon.engines.song.score import Part, Role
from unit.engines.song.hearing import RATE, cents, fundamental, note, part, song

CYCLE = 168
SAMPLE_RATE = 44_100
PERIODS = 60

if ctypes.util.find_library("fluidsynth") is None:
    assert os.environ.get("ANTIPHON_REQUIRE_FLUIDSYNTH") != "1", "FluidSynth is required here, but not installed"
    pytest.skip("FluidSynth is not installed", allow_module_level=True)


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def listed(name, *chunks):
    return chunk(b"LIST", name + b"".join(chunks))


def sine_font():
    """The least that is a SoundFont: one preset, a looped sine in it, on all keys, and the same as a drum kit."""
    loop = CYCLE * PERIODS
    wave = np.round(20_000 * np.sin(2 * np.pi * np.arange(loop + 8) / CYCLE)).astype("<i2")
    pitch = 69 + 12 * np.log2(SAMPLE_RATE / CYCLE / 440)
    key, beside = round(pitch), round(100 * (round(pitch) - pitch))
    names = [name.ljust(20, b"\0") for name in (b"Sine", b"Kit", b"EOP")]
    presets = [struct.pack("<HHHIII", 0, bank, bag, 0, 0, 0) for bag, bank in enumerate((0, 128, 0))]
    generators = struct.pack("<HH", 54, 1) + struct.pack("<HH", 53, 0)  # It loops; which sample.
    sample = struct.pack("<IIIIIBbHH", 0, loop + 8, 0, loop, SAMPLE_RATE, key, beside, 0, 1)
    pdta = listed(
        b"pdta",
        chunk(b"phdr", b"".join(name + preset for name, preset in zip(names, presets, strict=True))),
        chunk(b"pbag", struct.pack("<HHHHHH", 0, 0, 1, 0, 2, 0)),
        chunk(b"pmod", bytes(10)),
        chunk(b"pgen", struct.pack("<HHHHHH", 41, 0, 41, 0, 0, 0)),
        chunk(
            b"inst", b"Sine".ljust(20, b"\0") + struct.pack("<H", 0) + b"EOI".ljust(20, b"\0") + struct.pack("<H", 1)
        ),
        chunk(b"ibag", struct.pack("<HHHH", 0, 0, 2, 0)),
        chunk(b"imod", bytes(10)),
        chunk(b"igen", generators + bytes(4)),
        chunk(b"shdr", b"Sine".ljust(20, b"\0") + sample + b"EOS".ljust(20, b"\0") + bytes(26)),
    )
    info = listed(b"INFO", chunk(b"ifil", struct.pack("<HH", 2, 1)), chunk(b"INAM", b"sine\0\0"))
    sdta = listed(b"sdta", chunk(b"smpl", wave.tobytes() + bytes(92)))
    return chunk(b"RIFF", b"sfbk" + info + sdta + pdta)


@pytest.fixture
def font(tmp_path):
    path = tmp_path / "sine.sf2"
    path.write_bytes(sine_font())
    return path


def played(some_part, font, *, seconds=3.0):
    return soundfont.play(some_part, song(), rate=RATE, frames=round(seconds * RATE), font=font)


@pytest.mark.parametrize("key", [45, 60, 69, 84])
def test_a_fonts_notes_are_in_tune(font, key):
    sound = played(part("grand_piano", note(key, beats=4)), font)
    right = 440 * 2 ** ((key - 69) / 12)
    assert abs(cents(fundamental(sound[0][RATE // 4 : RATE * 3 // 2], right), right)) <= 5


def test_a_fonts_notes_begin_and_end_where_the_score_has_them(font):
    sound = played(part("grand_piano", note(69, at=2, beats=1)), font)
    assert sound.shape == (2, 3 * RATE)
    loud = np.flatnonzero(np.abs(sound[0]) > 0.05 * np.abs(sound).max())
    assert abs(loud[0] / RATE - 1.0) < 0.005
    assert abs(loud[-1] / RATE - 1.5) < 0.05


def test_a_louder_note_is_louder(font):
    soft, loud = (
        played(part("grand_piano", note(69, velocity=velocity)), font, seconds=1.0).std() for velocity in (40, 120)
    )
    assert loud > 3 * soft > 0


def test_drums_are_played_with_the_fonts_kit(font):
    assert played(part("acoustic_kit", note(60, beats=2)), font, seconds=1.0).any()


def test_the_same_part_has_the_same_bytes(font):
    again = part("grand_piano", note(60), note(64, at=1))
    assert played(again, font).tobytes() == played(again, font).tobytes()


def test_what_leads_into_sections_is_made_as_without_a_font(font):
    rise = Part(role=Role.EFFECTS, instrument="effects", notes=(note(36, beats=4),))
    frames = 2 * RATE
    made = soundfont.play(rise, song(), rate=RATE, frames=frames, font=font)
    assert np.array_equal(made, play(rise, song(), rate=RATE, frames=frames))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"RIFF\0\0\0\0WAVEfmt ", id="another form"),
        pytest.param(b"RIFF\xff\xff\xff\xffsfbk" + b"\xff" * 400, id="sizes beyond the end"),
        pytest.param(sine_font()[:-600], id="cut short"),
        pytest.param(sine_font()[:300], id="cut shorter"),
    ],
)
def test_what_is_no_soundfont_is_refused(tmp_path, content):
    path = tmp_path / "strange.sf2"
    path.write_bytes(content)
    with pytest.raises(InvalidRequest) as refused:
        played(part("grand_piano", note(60)), path)
    assert (refused.value.reason, refused.value.field) == ("soundfont", "soundfont")


def test_a_font_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidRequest):
        played(part("grand_piano", note(60)), tmp_path / "none.sf2")


def test_without_fluidsynth_it_is_said_what_to_install():
    with pytest.raises(soundfont.FluidSynthMissing, match="libfluidsynth3"):
        soundfont.library(lambda _name: None)


def test_bytes_that_are_strange_anywhere_do_no_harm(tmp_path):
    """It may be refused or played as it can be, but nothing else."""
    draw = np.random.Generator(np.random.PCG64(1))
    for number in range(6):
        content = bytearray(sine_font())
        for place in draw.integers(len(content) - 700, len(content), 12):
            content[place] = draw.integers(256)
        path = tmp_path / f"{number}.sf2"
        path.write_bytes(content)
        try:
            sound = played(part("grand_piano", note(60)), path, seconds=0.5)
        except (InvalidRequest, soundfont.FluidSynthFailed):
            continue
        assert sound.shape == (2, RATE // 2)


def test_keys_of_a_font_that_are_heard_alone_add_up_to_all_of_them(font):
    both = part("steel_guitar", note(60, beats=2), note(69, beats=2))
    parts = [
        soundfont.play(both, song(), rate=RATE, frames=3 * RATE, font=font, pitches=pitches) for pitches in ({60}, {69})
    ]
    assert np.abs(parts[0]).max() > 0.01
    assert np.abs(sum(parts) - played(both, font)).max() < 1e-5
