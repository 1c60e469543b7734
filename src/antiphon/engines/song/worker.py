"""The process that makes one song and its files, and ends.

It reads a task, a line of JSON, from its standard input, and tells how far it is on its standard output, a line of JSON
each; the last line is the song, or why there is none. Files appear under their names when all of them are whole.
SIGTERM ends it without leaving anything behind; so does the end of whoever listened.

Run as `python -m antiphon.engines.song.worker`.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np

from antiphon.audio.samples import Samples
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.export import write_mp3, write_wav
from antiphon.engines.song.midi import midi
from antiphon.engines.song.perform import RATE, Musicians, Progress, performed
from antiphon.engines.song.play.soundfont import FluidSynthFailed, FluidSynthMissing, check
from antiphon.engines.song.play.soundfont import play as played_with
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import EspeakSpeaker, SpeakerFailed
from antiphon.engines.song.studio import song
from antiphon.engines.song.task import (
    Failed,
    Files,
    Limits,
    Made,
    Progressed,
    Refused,
    Report,
    Task,
    packed,
    part_of,
    task_of,
)
from antiphon.engines.song.timed import lrc, lyrics, timed_json
from antiphon.engines.song.written import dump

_FEWEST = 0.01
"""The share of a stage that is worth a line."""

_ROOM_ABOVE = np.float32(0.5)
"""Stems are written 6 dB below what they are in the mix: before the master, peaks may be beyond full scale."""

_SOUND = frozenset({"mp3", "wav", "stems"})
_TEXTS: dict[str, Callable[[Score], bytes]] = {
    "midi": midi,
    "lrc": lambda score: lrc(score).encode(),
    "words": timed_json,
    "score": dump,
}

Tell = Callable[[Report], None]


class Parts:
    """Files that are being written, which appear together or not at all."""

    def __init__(self) -> None:
        self._parts: dict[Path, Path] = {}

    def begin(self, path: Path) -> None:
        """Find out whether it can be written, before there is much to write."""
        part = part_of(path, os.getpid())
        part.touch(exist_ok=False)
        self._parts[path] = part

    @contextmanager
    def open(self, path: Path) -> Iterator[BinaryIO]:
        """One of them, for writing."""
        if path not in self._parts:
            self.begin(path)
        with self._parts[path].open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

    def publish(self) -> None:
        """Let them appear under their names."""
        for path, part in self._parts.items():
            part.replace(path)
        self._parts.clear()

    def discard(self) -> None:
        """Let those that have not appeared be gone."""
        for part in self._parts.values():
            part.unlink(missing_ok=True)


def work(task: Task, tell: Tell) -> Made:
    """Make a song and its files.

    Args:
        task: What is wanted.
        tell: Told how far it is.

    Raises:
        InvalidRequest: There can be no such song.
        SpeakerFailed: espeak did not speak.
        FluidSynthMissing, FluidSynthFailed: Nobody played the user's instruments.
        OSError: A file cannot be written.
    """
    progress = _sparing(tell)
    progress("write", 0.0)
    musicians = _musicians(task.soundfont)
    wanted = dict(task.files.wanted())
    stems: tuple[str, ...] = ()
    parts = Parts()
    try:
        for name in wanted.keys() - {"stems"}:
            parts.begin(wanted[name])
        score = song(task.making, task.take)
        for name in wanted.keys() - _SOUND:
            with parts.open(wanted[name]) as file:
                file.write(_TEXTS[name](score))
        if wanted.keys() & _SOUND:
            stems = _performed(score, musicians, task.files, parts, progress)
        parts.publish()
    finally:
        parts.discard()
    return _made(score, wanted, stems)


def _musicians(font: Path | None) -> Musicians:
    if font is None:
        return Musicians(speaker=EspeakSpeaker())
    check(font)
    return Musicians(speaker=EspeakSpeaker(), play=partial(played_with, font=font))


def _performed(score: Score, musicians: Musicians, files: Files, parts: Parts, progress: Progress) -> tuple[str, ...]:
    """Perform the song, once for all files with sound; the names of the stems that are wanted."""
    kept: list[str] = []

    def keep(name: str, sound: Samples) -> None:
        kept.append(name)
        with parts.open(folder / f"{name}.wav") as file:
            write_wav(file, sound * _ROOM_ABOVE, RATE)

    folder = files.stems or Path()
    folder.mkdir(parents=True, exist_ok=True)
    stereo = performed(score, musicians, progress, None if files.stems is None else keep)
    progress("encode", 0.0)
    if files.wav is not None:
        with parts.open(files.wav) as file:
            write_wav(file, stereo, RATE)
    if files.mp3 is not None:
        with parts.open(files.mp3) as file:
            write_mp3(file, stereo, RATE, told=partial(progress, "encode"))
    return tuple(kept)


def _made(score: Score, files: dict[str, Path], stems: tuple[str, ...]) -> Made:
    return Made(
        title=score.title,
        seconds=score.seconds,
        bpm=score.tempos[0].bpm,
        key=score.key,
        style=score.credits.style,
        seed=score.seed,
        understood=score.credits.understood,
        unknown=score.credits.unknown,
        language="" if score.vocal is None else score.vocal.language,
        lyrics=lyrics(score),
        files=files,
        stems=stems,
    )


def _sparing(tell: Tell) -> Progress:
    """Tells of a stage only what is worth it."""
    told: dict[str, float] = {}

    def progress(stage: str, share: float) -> None:
        if share - told.get(stage, -1.0) >= _FEWEST:
            told[stage] = share
            tell(Progressed(stage=stage, share=round(share, 3)))

    return progress


def last_report(task: Task, tell: Tell) -> Report:
    """Do a task, and say how it ended."""
    try:
        return work(task, tell)
    except InvalidRequest as wrong:
        return Refused(reason=wrong.reason, field=wrong.field, facts=wrong.facts)
    except SpeakerFailed as failure:
        return Failed(reason="speaker", detail=str(failure))
    except (FluidSynthMissing, FluidSynthFailed) as failure:
        return Failed(reason="soundfont", detail=str(failure))
    except MemoryError:
        return Failed(reason="memory", detail=f"more than {task.limits.memory} bytes")
    except BrokenPipeError:
        raise
    except OSError as failure:
        return Failed(reason="file", detail=f"{failure.filename or 'a file'}: {failure.strerror}")


def _limit(limits: Limits) -> None:
    for kind, bound in ((resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_CPU, limits.seconds)):
        _soft, hard = resource.getrlimit(kind)
        highest = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (highest, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


def main() -> None:
    """Do the task that is on the standard input."""
    signal.signal(signal.SIGTERM, _end)
    with os.fdopen(os.dup(1), "wb", buffering=0) as reply:
        os.dup2(2, 1)  # What a library prints is no report.

        def tell(report: Report) -> None:
            reply.write(packed(report))

        try:
            task = task_of(sys.stdin.buffer.readline())
            _limit(task.limits)
            tell(last_report(task, tell))
        except InvalidRequest as wrong:
            tell(Refused(reason=wrong.reason, field=wrong.field, facts=wrong.facts))
        except BrokenPipeError:
            raise SystemExit(1) from None  # Nobody listens any more.


if __name__ == "__main__":
    main()
