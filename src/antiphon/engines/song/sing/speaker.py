"""Who says the phonemes that are then sung: a port, and espeak behind it."""

import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from antiphon.engines.song.play.sound import Wave

_LONGEST = 60.0
_FULL_SCALE = np.float32(1 / 32768)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phoneme that was said.

    Args:
        name: espeak's mnemonic, without stress marks.
        start: Its first frame.
    """

    name: str
    start: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Some phonemes as they were said.

    Args:
        sound: Shape (frames,), -1..1; all on one pitch.
        rate: Samples a second.
        phones: In order. What was said may differ from what was asked for, as neighbours change each other.
    """

    sound: Wave
    rate: int
    phones: tuple[Phone, ...]


class Speaker(Protocol):
    """Says phonemes on one pitch. The same texts always sound the same."""

    def say(self, language: str, texts: Sequence[str]) -> tuple[Spoken, ...]:
        """Each of some texts.

        Args:
            language: A language code.
            texts: espeak's mnemonics: `|` between them, `'` before a stressed vowel, a space between words.
        """


class SpeakerFailed(RuntimeError):
    """espeak's process ended without having said everything; the argument is how it ended."""


class EspeakSpeaker:
    """espeak in a process of its own, started anew for each call.

    It keeps one global state, which may not be shared among threads, and carries some of it from text to text.
    """

    def say(self, language: str, texts: Sequence[str]) -> tuple[Spoken, ...]:
        """See `Speaker`.

        Raises:
            SpeakerFailed: It crashed, or took far too long.
        """
        request = json.dumps({"language": language, "texts": list(texts)}).encode() + b"\n"
        command = [sys.executable, "-m", "antiphon.engines.song.recite"]
        try:
            done = subprocess.run(command, input=request, stdout=subprocess.PIPE, check=True, timeout=_LONGEST)  # noqa: S603
        except subprocess.SubprocessError as error:
            raise SpeakerFailed(str(error)) from error
        reply = io.BytesIO(done.stdout)
        return tuple(_spoken(reply) for _ in texts)


def _spoken(reply: io.BytesIO) -> Spoken:
    head = json.loads(reply.readline())
    sound = np.frombuffer(reply.read(head["bytes"]), np.dtype("<i2")).astype(np.float32) * _FULL_SCALE
    phones = tuple(Phone(name=name.strip("',%=") or name, start=start) for name, start in head["phones"])
    return Spoken(sound=sound, rate=head["rate"], phones=phones)
