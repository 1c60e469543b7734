"""The process that dubs.

Run as `python -m antiphon.engines.dub.worker`; its exit status is all that it says.
"""

from pathlib import Path

import numpy as np

from antiphon.audio.clip import decode_stereo
from antiphon.audio.samples import Samples
from antiphon.domain.heard import LONGEST_RECORDING
from antiphon.domain.units import Hertz, Seconds
from antiphon.engines.dub.task import Dub, unpacked
from antiphon.engines.song.export import write_m4a, write_mp3, write_wav
from antiphon.kit import runner

RATE = Hertz(44_100)

_MEMORY = 3 * 1024**3  # Eight minutes are 170 MB, and some of what is done with them takes a copy.
_SECONDS = 300
_LONGEST = Seconds(LONGEST_RECORDING + 1.0)  # Encoders add a little.
_FULL_SCALE = np.float32(32_768)


def dubbed(dub: Dub) -> None:
    """Write the files that are wanted.

    Raises:
        ClipUnusable: The source is no MP3.
        OSError: A file cannot be read or written.
    """
    sound = _sound(Path(dub.source))
    for form, name in dub.files.items():
        path = Path(name)
        match form:
            case "wav":
                with path.open("wb") as file:
                    write_wav(file, sound, RATE)
            case "mp3":
                with path.open("wb") as file:
                    write_mp3(file, sound, RATE)
            case "m4a":
                write_m4a(path, sound, RATE)
            case _:
                raise ValueError(f"no sound is {form}")


def _sound(source: Path) -> Samples:
    """Shape (2, frames)."""
    data = source.read_bytes()
    if source.suffix != ".pcm":
        return decode_stereo(data, rate=RATE, longest=_LONGEST)
    stereo = np.frombuffer(data, "<i2").reshape(-1, 2).T
    return stereo.astype(np.float32) / _FULL_SCALE


def _ordered(order: bytes, _tell: runner.Tell) -> None:
    runner.limit(memory=_MEMORY, seconds=_SECONDS)
    dubbed(unpacked(order))


if __name__ == "__main__":
    runner.run(_ordered)
