"""The process that says phonemes with espeak, all on one pitch, for one song, and ends.

It reads one line of JSON, `{"language": ..., "texts": [...]}`, from its standard input, and writes for each text a head
of JSON on a line of its own, then its sound. A fresh process says the same texts with the same bytes always.

Run as `python -m antiphon.engines.song.recite`.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

from antiphon.engines.espeak.library import Espeak, Event, EventKind, LibraryFailed, Option, installed_data
from antiphon.engines.espeak.timbre import Timbre
from antiphon.engines.espeak.voices import VoiceSpec, load_languages, load_voices, write_data_folder

_PITCH = 100
_PACE = 130
"""Slow: vowels then come near what they aim at."""
_ENGLISH = "en"


def _voice() -> VoiceSpec:
    """A plain voice whose pitch does not flutter, so that each cycle of it is like the one before."""
    return VoiceSpec(
        id="Singer",
        gender="neutral",
        description="says what is then sung",
        english=load_voices()[0].english,
        pace=160,
        timbre=Timbre(pitch=_PITCH, span=10, flutter=0, roughness=0),
    )


def pronounce(request: BinaryIO, reply: BinaryIO, folder: Path) -> None:
    """Answer one request.

    Args:
        request: Where it is read from.
        reply: Where the sounds go.
        folder: An empty one, for espeak's data.
    """
    asked = json.loads(request.readline())
    voice = _voice()
    write_data_folder(folder, source=installed_data(), voices=(voice,))
    espeak = Espeak(folder, Option.PHONEME_EVENTS)
    names = {language.code: language.espeak for language in load_languages()}
    espeak.set_voice(f"{names.get(asked['language'], names[_ENGLISH])}+{voice.id}")
    espeak.set_pace(_PACE)
    espeak.set_monotone()
    for text in asked["texts"]:
        sound, phones = _said(espeak, text)
        head = {"rate": espeak.sample_rate, "bytes": len(sound), "phones": phones}
        reply.write(json.dumps(head).encode() + b"\n" + sound)
    reply.flush()


def _said(espeak: Espeak, text: str) -> tuple[bytes, list[tuple[str, int]]]:
    sound = bytearray()
    phones: list[tuple[str, int]] = []

    def hear(chunk: bytes, events: tuple[Event, ...]) -> bool:
        sound.extend(chunk)
        phones.extend((event.name, event.sample) for event in events if event.kind == EventKind.PHONEME)
        return True

    try:
        espeak.pronounce(text, hear)
    except LibraryFailed:  # It is hummed then.
        return b"", []
    return bytes(sound), phones


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="antiphon-") as place:
        pronounce(sys.stdin.buffer, sys.stdout.buffer, Path(place))
