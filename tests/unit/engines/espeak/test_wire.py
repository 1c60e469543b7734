from hypothesis import given
from hypothesis import strategies as st

from antiphon.domain.speech import Codec, Encoding, SpeechPiece, WordTime
from antiphon.engines.espeak.timbre import Timbre
from antiphon.engines.espeak.wire import Setting, Speaker, pack_piece, pack_setting, unpack_piece, unpack_setting

NUMBERS = st.integers(0, 2**32 - 1)
ENCODINGS = st.builds(
    Encoding,
    codec=st.sampled_from(Codec),
    sample_rate=st.integers(8000, 48_000),
    bitrate=st.none() | st.integers(16_000, 320_000),
)
TIMBRES = st.builds(
    Timbre,
    pitch=st.integers(30, 400),
    span=st.integers(10, 400),
    tract=st.floats(0.8, 1.3),
    brightness=st.integers(-26, 15),
)
SPEAKERS = st.builds(
    Speaker,
    voice=st.text(),
    pace=st.integers(80, 450),
    timbre=st.none() | TIMBRES,
    gain=st.floats(-60, 60),
)
SETTINGS = st.builds(
    Setting,
    speaker=SPEAKERS,
    encoding=ENCODINGS,
    reduce_silence=st.booleans(),
    max_duration=st.none() | st.floats(0, 1e6),
)
WORDS = st.builds(WordTime, offset=NUMBERS, length=NUMBERS, start=NUMBERS, end=NUMBERS)
PIECES = st.builds(
    SpeechPiece,
    audio=st.binary(max_size=1000),
    duration=NUMBERS,
    words=st.lists(WORDS, max_size=20).map(tuple),
    last=st.booleans(),
    capped=st.booleans(),
)


@given(SETTINGS)
def test_a_setting_arrives_as_it_was_sent(setting):
    assert unpack_setting(pack_setting(setting)) == setting


@given(PIECES)
def test_a_piece_arrives_as_it_was_sent(piece):
    assert unpack_piece(pack_piece(piece)) == piece


def test_a_piece_may_have_many_words():
    words = tuple(WordTime(offset=at, length=1, start=at, end=at) for at in range(65_535))
    piece = SpeechPiece(audio=b"", duration=1, words=words)
    assert unpack_piece(pack_piece(piece)) == piece


def test_the_codec_of_a_setting_is_a_codec_again():
    encoding = Encoding(codec=Codec.MP3, sample_rate=24_000, bitrate=64_000)
    setting = Setting(speaker=Speaker(voice="en", pace=170), encoding=encoding, reduce_silence=False, max_duration=None)
    assert unpack_setting(pack_setting(setting)).encoding.codec is Codec.MP3
