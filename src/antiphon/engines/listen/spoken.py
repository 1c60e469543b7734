"""How a text sounds, from espeak in a process of its own, and when each of its words and phonemes is said.

espeak keeps one global state, and carries some of it from text to text; a fresh process says the same lines with the
same bytes always. It reads one line of JSON, `{"language": ..., "lines": [...]}`, and writes for each line of text a
head of JSON on a line of its own, then its sound.

Run as `python -m antiphon.engines.listen.spoken`.
"""

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.engines.espeak.library import Espeak, Event, EventKind, LibraryFailed, Option, installed_data
from antiphon.engines.espeak.timbre import Timbre
from antiphon.engines.espeak.voices import VoiceSpec, load_languages, load_voices, write_data_folder

_LONGEST = 60.0
_PACE = 130
"""Slow: vowels then come near what they aim at, as they do where they are sung."""
_ENGLISH = "en"
_FULL_SCALE = np.float32(1 / 32768)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    """A line as it was said.

    Args:
        sound: Shape (frames,), -1..1, on one pitch; empty where espeak could not say it.
        rate: Samples a second.
        words: Of each the first letter's place in the line, and its first sample.
        phones: Of each phoneme espeak's mnemonic, and its first sample.
    """

    sound: Samples
    rate: int
    words: tuple[tuple[int, int], ...]
    phones: tuple[tuple[str, int], ...]


class SpeakerFailed(RuntimeError):
    """espeak's process ended without having said everything; the argument is how it ended."""


def said(lines: Sequence[str], language: str) -> tuple[SpokenLine, ...]:
    """Each line as espeak says it.

    Args:
        lines: Without line breaks.
        language: As in `engines/espeak/languages.toml`; what is not there is read as English.

    Raises:
        SpeakerFailed: It crashed, or took far too long.
    """
    request = json.dumps({"language": language, "lines": list(lines)}).encode() + b"\n"
    command = [sys.executable, "-m", "antiphon.engines.listen.spoken"]
    try:
        done = subprocess.run(command, input=request, stdout=subprocess.PIPE, check=True, timeout=_LONGEST)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise SpeakerFailed(str(error)) from error
    reply = io.BytesIO(done.stdout)
    return tuple(_read(reply) for _ in lines)


def _read(reply: BinaryIO) -> SpokenLine:
    head = json.loads(reply.readline() or b"{}")
    if not head:
        raise SpeakerFailed("the reply broke off")
    sound = np.frombuffer(reply.read(head["bytes"]), "<i2").astype(np.float32) * _FULL_SCALE
    return SpokenLine(
        sound=sound,
        rate=head["rate"],
        words=tuple((place, sample) for place, sample in head["words"]),
        phones=tuple((name, sample) for name, sample in head["phones"]),
    )


def _voice() -> VoiceSpec:
    """A plain voice whose pitch does not flutter."""
    return VoiceSpec(
        id="Reader",
        gender="neutral",
        description="says what is then looked for",
        english=load_voices()[0].english,
        pace=160,
        timbre=Timbre(pitch=120, span=10, flutter=0, roughness=0),
    )


def _say(request: BinaryIO, reply: BinaryIO, folder: Path) -> None:
    """Answer one request; `folder` is an empty one, for espeak's data."""
    asked = json.loads(request.readline())
    voice = _voice()
    write_data_folder(folder, source=installed_data(), voices=(voice,))
    espeak = Espeak(folder, Option.PHONEME_EVENTS)
    names = {language.code: language.espeak for language in load_languages()}
    espeak.set_voice(f"{names.get(asked['language'], names[_ENGLISH])}+{voice.id}")
    espeak.set_pace(_PACE)
    espeak.set_monotone()
    for line in asked["lines"]:
        sound, events = _spoken(espeak, line)
        head = {
            "rate": espeak.sample_rate,
            "bytes": len(sound),
            "words": [(event.position - 1, event.sample) for event in events if event.kind == EventKind.WORD],
            "phones": [(event.name, event.sample) for event in events if event.kind == EventKind.PHONEME],
        }
        reply.write(json.dumps(head).encode() + b"\n" + sound)
    reply.flush()


def _spoken(espeak: Espeak, line: str) -> tuple[bytes, list[Event]]:
    sound = bytearray()
    heard: list[Event] = []

    def hear(chunk: bytes, events: tuple[Event, ...]) -> bool:
        sound.extend(chunk)
        heard.extend(events)
        return True

    try:
        espeak.speak(line, hear)
    except LibraryFailed:  # Its words are then spread between those of the lines around it.
        return b"", []
    return bytes(sound), heard


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="antiphon-") as place:
        _say(sys.stdin.buffer, sys.stdout.buffer, Path(place))
