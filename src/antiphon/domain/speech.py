"""What is asked of a maker of speech, and what it gives back."""

import enum
from dataclasses import dataclass

from antiphon.domain.delivery import PLAIN, Delivery
from antiphon.domain.units import BitsPerSecond, Hertz, Milliseconds, Seconds


class Codec(enum.StrEnum):
    """The encodings that speech leaves in; each value is the name clients use."""

    PCM_F32LE = "pcm_f32le"
    PCM_S16LE = "pcm_s16le"
    PCM_S16BE = "pcm_s16be"
    PCM_MULAW = "pcm_mulaw"
    PCM_ALAW = "pcm_alaw"
    WAV = "wav"
    FLAC = "flac"
    MP3 = "mp3"
    OPUS = "opus"
    AAC = "aac"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How sound becomes bytes. Always mono.

    Args:
        codec: The codec together with its container (opus is Ogg, aac is ADTS, wav is RIFF with s16le).
        sample_rate: One that `audio.formats` lists for the codec.
        bitrate: For lossy codecs only; None elsewhere.
    """

    codec: Codec
    sample_rate: Hertz
    bitrate: BitsPerSecond | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What was measured of a speaker in a clip, so that a voice can be made to sound alike.

    Args:
        pitch: Median fundamental frequency, in hertz.
        span: Distance between the 10th and the 90th percentile of the fundamental frequency, in semitones.
        pace: Syllables a second while speaking, pauses left out.
        tilt: Slope of the long-term spectrum, in decibels an octave; negative, as high parts are weaker.
    """

    pitch: float
    span: float
    pace: float
    tilt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a text is to be spoken.

    Args:
        voice: A voice the maker lists, such as "Adrian"; with a `likeness`, only a name.
        language: A language code the maker lists, such as "en"; a region may follow, as in "pt-PT", which a maker
            passes over that does not know it.
        encoding: What the bytes are to be.
        speed: 1.0 is the voice's own pace; 2.0 halves the duration.
        reduce_silence: Shorten pauses within and between sentences.
        max_duration: Sound stops exactly here, and the last piece says `capped`. None: no end.
        likeness: Speak in a voice like this instead of a listed one.
        delivery: In which way, beside the speed.
    """

    voice: str
    language: str
    encoding: Encoding
    speed: float = 1.0
    reduce_silence: bool = False
    max_duration: Seconds | None = None
    likeness: Likeness | None = None
    delivery: Delivery = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class WordTime:
    """When a word sounds.

    Args:
        offset: Where the word begins, in code points from the start of the whole text.
        length: Its code points.
        start: When it begins in the delivered sound.
        end: When it ends; never before `start`.
    """

    offset: int
    length: int
    start: Milliseconds
    end: Milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPiece:
    """A part of the encoded sound, in order.

    Args:
        audio: Encoded bytes; empty only where nothing but `words` or the end is told.
        duration: Sound delivered so far, this piece included.
        words: Times of the words that this piece brings to their end.
        last: Nothing follows.
        capped: With `last`: the sound was cut at `max_duration`.
    """

    audio: bytes
    duration: Milliseconds
    words: tuple[WordTime, ...] = ()
    last: bool = False
    capped: bool = False
