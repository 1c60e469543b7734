"""A part played with a user's SoundFont, where FluidSynth is installed."""

import ctypes.util
import functools
import json
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np

from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.fluid import UNREADABLE
from antiphon.engines.song.play.instruments import instrument
from antiphon.engines.song.play.perform import play as synthesised
from antiphon.engines.song.play.sound import Stereo
from antiphon.engines.song.play.strum import begun
from antiphon.engines.song.score import Note, Part, Pitch, Role, Score, Ticks
from antiphon.engines.song.swing import moment

MOST_BYTES = 512 * 1024**2
"""Of a SoundFont."""

_HEAD, _FORM, _FORM_AT = b"RIFF", b"sfbk", 8
_LONGEST = 600.0
_APART = 0.025
_GAIN = 1.1
"""FluidSynth's, so that a usual font is as loud as the instruments of this package."""


class FluidSynthMissing(RuntimeError):
    """There is no FluidSynth here; the argument says how to get it."""


class FluidSynthFailed(RuntimeError):
    """FluidSynth's process ended without having played; the argument is how it ended."""


def play(
    part: Part, score: Score, *, rate: int, frames: int, font: Path, pitches: Collection[Pitch] | None = None
) -> Stereo:
    """What a font's instrument plays: that of General MIDI which the part's own is nearest to.

    What leads into sections has none there and is made as without a font.

    Args:
        part: What is played.
        score: When it is.
        rate: Samples a second.
        frames: How long.
        font: A file of SoundFont 2 or 3.
        pitches: As `play.play`.

    Returns:
        As `play.play`.

    Raises:
        FluidSynthMissing: It is not installed.
        FluidSynthFailed: It took too long, or crashed.
        InvalidRequest: "soundfont": the file is none, or FluidSynth cannot read it; "too_large".
        InstrumentUnknown: The part's instrument is not in the table.
    """
    if part.role is Role.EFFECTS:
        return synthesised(part, score, rate=rate, frames=frames, pitches=pitches)
    chosen = instrument(part.instrument)
    events = _events(part.notes, score, rate, strum=chosen.strum)
    check(font)
    content = font.read_bytes()
    request = {
        "library": library(),
        "frames": frames,
        "rate": rate,
        "gain": _GAIN,
        "program": chosen.program,
        "drums": chosen.is_kit,
        "events": sorted(event for event in events if pitches is None or event[1] in pitches),
        "bytes": len(content),
    }
    command = [sys.executable, "-m", "antiphon.engines.song.fluid"]
    told = json.dumps(request).encode() + b"\n" + content
    try:
        done = subprocess.run(  # noqa: S603
            command, input=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=_LONGEST
        )
    except subprocess.TimeoutExpired as error:
        raise FluidSynthFailed(str(error)) from error
    if done.returncode == UNREADABLE:
        raise InvalidRequest("soundfont", "soundfont")
    if done.returncode or len(done.stdout) != 2 * frames * 4:
        raise FluidSynthFailed(f"it ended with {done.returncode}")
    return np.frombuffer(done.stdout, np.float32).reshape(2, frames).copy()


def _events(notes: Sequence[Note], score: Score, rate: int, *, strum: float) -> Iterator[tuple[int, int, int]]:
    """Frame, key and velocity: 0 where the key goes up, which so comes before what begins then."""
    for note, start in zip(notes, begun(notes, score, rate, strum=strum), strict=True):
        # A key has to be up before it is struck again, and a strum may be early.
        end = round(moment(Ticks(note.start + note.length), score) * rate)
        yield start, note.pitch, note.velocity
        yield max(end - round(_APART * rate), start + 1), note.pitch, 0


def check(font: Path) -> None:
    """Find out, before a song is made, whether a font can be played with.

    Raises:
        FluidSynthMissing: It is not installed.
        InvalidRequest: "soundfont": the file is none; "too_large".
    """
    library()
    try:
        with font.open("rb") as file:
            head = file.read(_FORM_AT + len(_FORM))
            length = font.stat().st_size
    except OSError:
        raise InvalidRequest("soundfont", "soundfont") from None
    if length > MOST_BYTES:
        raise InvalidRequest("too_large", "soundfont", limit=MOST_BYTES)
    if not (head.startswith(_HEAD) and head.endswith(_FORM)):
        raise InvalidRequest("soundfont", "soundfont")


@functools.cache
def library(find: Callable[[str], str | None] = ctypes.util.find_library) -> str:
    """The name by which FluidSynth's library is loaded.

    Raises:
        FluidSynthMissing: It is not installed.
    """
    found = find("fluidsynth")
    if found is None:
        raise FluidSynthMissing("SoundFonts need FluidSynth: on Debian, the package libfluidsynth3")
    return found
