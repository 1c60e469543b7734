import subprocess
import sys

import pytest

from antiphon.audio.formats import FORMATS, codec_for_suffix, encoding
from antiphon.domain.errors import InvalidRequest
from antiphon.domain.speech import Codec, Encoding


def test_every_codec_has_a_format():
    assert list(FORMATS) == list(Codec)


@pytest.mark.parametrize(
    ("codec", "sample_rate", "bitrate"),
    [
        (Codec.PCM_F32LE, 24000, None),
        (Codec.PCM_S16LE, 24000, None),
        (Codec.PCM_S16BE, 24000, None),
        (Codec.PCM_MULAW, 8000, None),
        (Codec.PCM_ALAW, 8000, None),
        (Codec.WAV, 24000, None),
        (Codec.FLAC, 24000, None),
        (Codec.MP3, 24000, 64000),
        (Codec.OPUS, 24000, 64000),
        (Codec.AAC, 24000, 64000),
    ],
)
def test_what_is_left_out_takes_its_default(codec, sample_rate, bitrate):
    assert encoding(codec) == Encoding(codec=codec, sample_rate=sample_rate, bitrate=bitrate)


def test_what_is_asked_for_is_taken():
    expected = Encoding(codec=Codec.MP3, sample_rate=32000, bitrate=320000)
    assert encoding(Codec.MP3, sample_rate=32000, bitrate=320000) == expected


def test_a_rate_outside_the_table_is_refused_with_those_inside():
    with pytest.raises(InvalidRequest) as refused:
        encoding(Codec.FLAC, sample_rate=8000)
    assert (refused.value.reason, refused.value.field) == ("unsupported_sample_rate", "sample_rate")
    assert refused.value.facts == {
        "codec": Codec.FLAC,
        "given": 8000,
        "allowed": (16000, 24000, 44100, 48000),
    }


def test_a_rate_of_zero_is_not_taken_for_a_missing_one():
    with pytest.raises(InvalidRequest):
        encoding(Codec.WAV, sample_rate=0)


def test_a_bitrate_outside_the_table_is_refused_with_those_inside():
    with pytest.raises(InvalidRequest) as refused:
        encoding(Codec.OPUS, bitrate=320000)
    assert (refused.value.reason, refused.value.field) == ("unsupported_bitrate", "bitrate")
    assert refused.value.facts["allowed"] == (16000, 32000, 64000, 96000, 128000, 256000)


@pytest.mark.parametrize("codec", [codec for codec, entry in FORMATS.items() if not entry.lossy])
def test_a_bitrate_for_a_codec_without_one_is_refused(codec):
    with pytest.raises(InvalidRequest) as refused:
        encoding(codec, bitrate=64000)
    assert refused.value.reason == "bitrate_not_applicable"


@pytest.mark.parametrize(
    ("suffix", "codec"),
    [
        (".wav", Codec.WAV),
        (".MP3", Codec.MP3),
        (".ogg", Codec.OPUS),
        (".opus", Codec.OPUS),
        (".flac", Codec.FLAC),
        (".aac", Codec.AAC),
        (".pcm", Codec.PCM_S16LE),
        (".raw", Codec.PCM_S16LE),
        (".ulaw", Codec.PCM_MULAW),
        (".alaw", Codec.PCM_ALAW),
    ],
)
def test_a_file_ending_names_a_codec(suffix, codec):
    assert codec_for_suffix(suffix) is codec


def test_an_unknown_file_ending_is_refused():
    with pytest.raises(InvalidRequest) as refused:
        codec_for_suffix(".docx")
    assert refused.value.reason == "unknown_suffix"


def test_no_two_codecs_share_a_file_ending():
    endings = [suffix for entry in FORMATS.values() for suffix in entry.suffixes]
    assert len(endings) == len(set(endings))


def test_the_main_process_can_import_formats_and_headers_without_arrays_or_codecs():
    script = (
        "import sys, antiphon.audio.formats, antiphon.audio.flac, antiphon.audio.wav;"
        "print(*sorted({'numpy', 'av', 'soxr'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
