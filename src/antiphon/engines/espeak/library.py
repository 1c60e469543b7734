"""espeak-ng through ctypes.

Source: espeak-ng 1.52 `src/include/espeak-ng/speak_lib.h`. The library keeps one global state: it is neither
thread-safe nor deterministic from one call to the next, so it is only ever used in a child process that speaks
one text and ends (`renderer.py`). Nothing here may be imported by the server's main process.
"""

import ctypes
import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import espeakng_loader

from antiphon.domain.units import Hertz, Milliseconds

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_END_PAUSE = 0x1000
_PHONEMES = 0x100
_PHONEMES_IPA = 0x02
_RATE_PARAMETER = 1
_PITCH_PARAMETER = 3
_PITCH_SPAN_PARAMETER = 4
_BUFFER = Milliseconds(200)  # A call back into Python for each costs more than the sound in it.

SEPARATOR = "\u00b7"
"""Stands between the phonemes of a word in what `Espeak.mnemonics` gives; no phoneme is called so."""


class Option(enum.IntFlag):
    """What the library is to do besides speaking."""

    NONE = 0
    PHONEME_EVENTS = 1


class EventKind(enum.IntEnum):
    """What an event tells (`espeak_EVENT_TYPE`)."""

    LIST_TERMINATED = 0
    WORD = 1
    SENTENCE = 2
    MARK = 3
    PLAY = 4
    END = 5
    MSG_TERMINATED = 6
    PHONEME = 7
    SAMPLERATE = 8


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a point of the sound.

    Args:
        kind: What.
        position: For words: the first code point of the word in the text, counted from 1.
        length: For words: code points.
        sample: When, in samples from the start of the text.
        name: For phonemes: the mnemonic, a mark of stress before it; told only with `Option.PHONEME_EVENTS`.
    """

    kind: EventKind
    position: int
    length: int
    sample: int
    name: str = ""


class VoiceMissing(LookupError):
    """espeak has no voice of that name. It would go on with the voice before, so this must not be passed over."""


class LibraryFailed(RuntimeError):
    """espeak refused a call; the argument is its return code."""


class _RawEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_RawEvent))

OnChunk = Callable[[bytes, tuple[Event, ...]], bool]
"""Takes s16le mono samples and what happens from here on; False stops the speech."""


def installed_data() -> Path:
    """Where the package keeps `espeak-ng-data`."""
    return Path(espeakng_loader.get_data_path())


class Espeak:
    """The library, initialised. One in a process.

    Args:
        data: The folder that contains `espeak-ng-data`; at most 150 bytes long, espeak's own limit.
        option: What it is to do besides speaking.

    Raises:
        LibraryFailed: The data cannot be read.
    """

    def __init__(self, data: Path, option: Option = Option.NONE) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        # Started again over what is left of an earlier start, it never comes back from some Arabic and Hindi words.
        self._library.espeak_Terminate()
        rate = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER, str(data).encode(), _INITIALIZE_DONT_EXIT | option
        )
        if rate <= 0:
            raise LibraryFailed(rate)
        self.sample_rate = Hertz(rate)
        self._on_chunk: OnChunk = lambda _chunk, _events: False
        self._failure: BaseException | None = None
        self._callback = _Callback(self._receive)  # Kept: ctypes would let it be collected.
        self._library.espeak_SetSynthCallback(self._callback)

    def set_voice(self, name: str) -> None:
        """Choose a voice, such as "en-us" or "fr+Adrian". A variant that does not exist is passed over by espeak.

        Raises:
            VoiceMissing: There is no such voice.
        """
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise VoiceMissing(name)

    def set_pace(self, words_per_minute: int) -> None:
        """Choose the pace; 80 to 450 are useful. A change of voice sets it back."""
        self._check(self._library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0))

    def speak(self, text: str, on_chunk: OnChunk) -> None:
        """Speak `text`, giving about 200 ms of sound at a time to `on_chunk`, until its end or a False.

        After the last clause comes as long a pause as after any other, so that texts follow each other as clauses do.

        Raises:
            LibraryFailed: espeak refused the text.
            Exception: Whatever `on_chunk` raised.
        """
        encoded = text.encode("utf-8", "replace") + b"\0"
        self._on_chunk, self._failure = on_chunk, None
        code = self._library.espeak_Synth(encoded, len(encoded), 0, 1, 0, _CHARS_UTF8 | _END_PAUSE, None, None)
        if self._failure is not None:
            raise self._failure
        self._check(code)

    def set_monotone(self) -> None:
        """Speak without melody, on the voice's own pitch. A change of voice sets it back."""
        self._check(self._library.espeak_SetParameter(_PITCH_PARAMETER, 50, 0))
        self._check(self._library.espeak_SetParameter(_PITCH_SPAN_PARAMETER, 0, 0))

    def pronounce(self, mnemonics: str, on_chunk: OnChunk) -> None:
        """Speak phonemes: espeak's mnemonics, `|` between those that would else be taken for one.

        Raises:
            LibraryFailed: espeak refused the text.
            Exception: Whatever `on_chunk` raised.
        """
        encoded = f"[[{mnemonics}]]".encode() + b"\0"
        self._on_chunk, self._failure = on_chunk, None
        code = self._library.espeak_Synth(encoded, len(encoded), 0, 1, 0, _CHARS_UTF8 | _PHONEMES, None, None)
        if self._failure is not None:
            raise self._failure
        self._check(code)

    def phonemes(self, text: str) -> str:
        """The first clause of `text` in IPA, as the present voice says it."""
        pointer = ctypes.cast(ctypes.c_char_p(text.encode()), ctypes.c_void_p)
        ipa = self._library.espeak_TextToPhonemes(ctypes.byref(pointer), _CHARS_UTF8, _PHONEMES_IPA)
        return str((ipa or b"").decode())

    def mnemonics(self, text: str) -> str:
        """All of `text` in espeak's own names of phonemes, as the present voice says it.

        Words are separated by spaces, though espeak may write two of them as one; phonemes by `SEPARATOR`; the marks
        of stress stand before vowels: ' for primary, a comma for secondary.
        """
        encoded = ctypes.c_char_p(text.replace("\0", " ").encode("utf-8", "replace"))
        pointer = ctypes.cast(encoded, ctypes.c_void_p)
        clauses = []
        while pointer.value:
            clause = self._library.espeak_TextToPhonemes(ctypes.byref(pointer), _CHARS_UTF8, ord(SEPARATOR) << 8)
            clauses.append((clause or b"").decode("utf-8", "replace"))
        return " ".join(clauses)

    def _check(self, code: int) -> None:
        if code != 0:
            raise LibraryFailed(code)

    def _receive(self, samples: Any, count: int, raw: Any) -> int:
        chunk = ctypes.string_at(samples, 2 * count) if samples and count > 0 else b""
        try:
            return 0 if self._on_chunk(chunk, _events(raw)) else 1
        except BaseException as failure:  # noqa: BLE001 - must not unwind through C; `speak` raises it again
            self._failure = failure
            return 1


def _events(raw: Any) -> tuple[Event, ...]:
    events = []
    index = 0
    while (event := raw[index]).type != EventKind.LIST_TERMINATED:
        name = event.id.decode("utf-8", "replace") if event.type == EventKind.PHONEME else ""
        events.append(Event(EventKind(event.type), event.text_position, event.length, event.sample, name))
        index += 1
    return tuple(events)
