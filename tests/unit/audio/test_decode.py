"""Our bytes, read by programs that are not ours: FFmpeg's command line and libsndfile."""

import numpy as np
import pytest

from antiphon.audio.formats import FORMATS, encoding
from antiphon.domain.speech import Codec

DECIBELS_60 = 0.001
# soundfile reads a FLAC only once its length is in it: see test_flac.py.
SNDFILE = (Codec.WAV, Codec.MP3, Codec.OPUS)
ALL = [
    encoding(codec, sample_rate=rate, bitrate=bitrate)
    for codec, entry in FORMATS.items()
    for rate in entry.sample_rates
    for bitrate in entry.bitrates or (None,)
]
DEFAULTS = [encoding(codec, sample_rate=rate) for codec in Codec for rate in FORMATS[codec].sample_rates]


def name(wanted):
    return f"{wanted.codec}-{wanted.sample_rate}-{wanted.bitrate}"


def threshold(wanted):
    """Companding to 8 bits is neither called lossy nor lossless."""
    if FORMATS[wanted.codec].lossy:
        return 0.95
    return 0.99 if wanted.codec in (Codec.PCM_MULAW, Codec.PCM_ALAW) else 0.999


def tolerance(wanted):
    """One packet of AAC at 16 kHz lasts 64 ms, and an abrupt beginning needs one before it."""
    return 0.130 if (wanted.codec, wanted.sample_rate) == (Codec.AAC, 16000) else 0.060


@pytest.mark.parametrize("wanted", ALL, ids=name)
def test_every_combination_of_the_table_is_read_by_ffmpeg(voice, encoded, by_ffmpeg, aligned, wanted):
    sound = voice(wanted.sample_rate, 0.7)
    decoded = by_ffmpeg(wanted, encoded(wanted, sound))
    assert abs(len(decoded) - len(sound)) <= tolerance(wanted) * wanted.sample_rate
    _, likeness = aligned(decoded, sound)
    assert likeness >= (0.9 if (wanted.bitrate or 64000) < 64000 else threshold(wanted))


@pytest.mark.parametrize("wanted", [one for one in DEFAULTS if one.codec in SNDFILE], ids=name)
def test_libsndfile_hears_the_same(voice, encoded, by_libsndfile, aligned, wanted):
    sound = voice(wanted.sample_rate, 1.3)
    decoded = by_libsndfile(encoded(wanted, sound))
    assert abs(len(decoded) - len(sound)) <= 0.060 * wanted.sample_rate
    lag, likeness = aligned(decoded, sound)
    assert likeness >= threshold(wanted)
    assert 0 <= lag <= 0.040 * wanted.sample_rate


@pytest.mark.parametrize("wanted", DEFAULTS, ids=name)
def test_sound_that_begins_with_silence_starts_on_time(voice, encoded, by_ffmpeg, aligned, wanted):
    silence = np.zeros(wanted.sample_rate // 10, dtype=np.float32)
    sound = np.concatenate((silence, voice(wanted.sample_rate, 0.7), silence))
    decoded = by_ffmpeg(wanted, encoded(wanted, sound))
    assert aligned(decoded, sound)[0] == 0
    assert abs(len(decoded) - len(sound)) <= 0.035 * wanted.sample_rate


@pytest.mark.parametrize("codec", [Codec.MP3, Codec.AAC])
@pytest.mark.parametrize("lead", [0, 100, 288, 600])
def test_the_first_moment_of_sound_is_whole_however_little_silence_is_before_it(
    voice, encoded, by_ffmpeg, aligned, codec, lead
):
    wanted = encoding(codec)
    quiet = np.zeros(lead, dtype=np.float32)
    sound = np.concatenate((quiet, voice(24000, 0.5)))
    decoded = by_ffmpeg(wanted, encoded(wanted, sound))
    late, _ = aligned(decoded, sound)
    assert 0 <= late <= (529 if codec is Codec.MP3 else 1024) - lead + 1 or late == 0
    first = sound[lead : lead + 480]
    heard = decoded[late + lead : late + lead + 480]
    assert np.sqrt(np.mean((heard - first) ** 2)) < 0.15 * np.sqrt(np.mean(first**2))


@pytest.mark.parametrize("codec", [Codec.MP3, Codec.AAC])
@pytest.mark.parametrize("frames", [*range(12000, 13100, 97)])
def test_at_the_default_rate_any_length_is_right_within_60_ms(voice, encoded, by_ffmpeg, codec, frames):
    wanted = encoding(codec)
    sound = voice(24000, 0.6)[:frames]
    decoded = by_ffmpeg(wanted, encoded(wanted, sound))
    assert abs(len(decoded) - len(sound)) <= 0.060 * 24000
    # At most 25.5 ms of the end is given for that: the rest sounds as before.
    assert len(decoded) >= len(sound)


@pytest.mark.parametrize("codec", [Codec.MP3, Codec.OPUS, Codec.FLAC, Codec.AAC])
@pytest.mark.parametrize("frames", [300, 1000])
def test_a_click_of_sound_is_still_a_file(voice, encoded, by_ffmpeg, codec, frames):
    wanted = encoding(codec)
    sound = voice(wanted.sample_rate, 0.1)[:frames]
    decoded = by_ffmpeg(wanted, encoded(wanted, sound))
    assert len(decoded) >= frames
    assert np.abs(decoded).max() > 0.5 * np.abs(sound).max()


@pytest.mark.parametrize("frames", [1, 2399, 24000, 24001, 31337])
def test_an_opus_file_says_exactly_how_long_it_is(voice, encoded, by_libsndfile, frames):
    sound = voice(24000, 1.5)[:frames]
    assert len(by_libsndfile(encoded(encoding(Codec.OPUS), sound))) == frames


def test_a_bitrate_beyond_the_codec_is_brought_down_to_its_highest(voice, encoded):
    sound = voice(24000, 1.0)
    highest = encoded(encoding(Codec.MP3, sample_rate=24000, bitrate=320000), sound)
    assert highest == encoded(encoding(Codec.MP3, sample_rate=24000, bitrate=192000), sound)
    # 160 kbit/s: MPEG-2's highest.
    assert 0.98 < len(highest) / 20_000 < 1.08


@pytest.mark.parametrize("codec", [Codec.MP3, Codec.OPUS, Codec.AAC])
def test_a_higher_bitrate_gives_more_bytes(voice, encoded, codec):
    sound = voice(24000, 1.0)
    rates = [rate for rate in FORMATS[codec].bitrates if rate <= 128000]
    sizes = [len(encoded(encoding(codec, bitrate=bitrate), sound)) for bitrate in rates]
    assert sizes == sorted(set(sizes))
