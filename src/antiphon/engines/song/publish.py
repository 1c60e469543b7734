"""A score performed into files: played, sung, mixed and encoded."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from antiphon.audio.samples import Samples
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song import perform
from antiphon.engines.song.export import write_m4a, write_mp3, write_wav
from antiphon.engines.song.perform import RATE, Musicians, Progress, cut, separated
from antiphon.engines.song.play.soundfont import FluidSynthFailed, FluidSynthMissing, check
from antiphon.engines.song.play.soundfont import play as played_with
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import EspeakSpeaker, SpeakerFailed
from antiphon.engines.song.stems import stem_named, stems
from antiphon.engines.song.task import Files, StemForm, Task, Unplayed
from antiphon.kit.parts import Parts

_ROOM_ABOVE = 0.5
"""Stems are written 6 dB below what they are in the mix: before the master, peaks may be beyond full scale."""

_FORMS: dict[StemForm, Callable[[BinaryIO, Samples, int], None]] = {"wav": write_wav, "mp3": write_mp3}


def performed(task: Task, score: Score, parts: Parts, progress: Progress) -> tuple[str, ...]:
    """Perform the song, once for all files with sound; the names of the stems that are wanted.

    Raises:
        InvalidRequest: "out_of_range": there is no song between the seconds that are asked for.
        Unplayed: espeak did not speak, or nobody played the user's instruments.
        OSError: A file cannot be written.
    """
    try:
        return _performed(task, score, _musicians(task.soundfont), parts, progress)
    except SpeakerFailed as failure:
        raise Unplayed("speaker", str(failure)) from failure
    except (FluidSynthMissing, FluidSynthFailed) as failure:
        raise Unplayed("soundfont", str(failure)) from failure


def _musicians(font: Path | None) -> Musicians:
    if font is None:
        return Musicians(speaker=EspeakSpeaker())
    check(font)
    return Musicians(speaker=EspeakSpeaker(), play=partial(played_with, font=font))


def _performed(task: Task, score: Score, musicians: Musicians, parts: Parts, progress: Progress) -> tuple[str, ...]:
    if task.between is not None and task.between[0] >= score.seconds:
        raise InvalidRequest("out_of_range", "between", low=0, high=score.seconds)
    folder = task.files.stems
    wanted = stems(score, task.stem_set) if folder else (stem_named(score, task.only),) if task.only else ()

    def keep(name: str, sound: Samples) -> None:
        sound = cut(sound, task.between)
        sound *= _ROOM_ABOVE
        if folder is None:
            _written(task.files, sound, parts, progress)
        else:
            with parts.open(folder / f"{name}.{task.stem_form}") as file:
                _FORMS[task.stem_form](file, sound, RATE)

    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if task.only or not (task.files.mp3 or task.files.m4a or task.files.wav):
        separated(score, musicians, progress, keep, wanted)
    else:
        song = perform.performed(score, musicians, progress, keep if wanted else None, wanted)
        _written(task.files, cut(song, task.between), parts, progress)
    return tuple(stem.name for stem in wanted) if folder else ()


def _written(files: Files, stereo: Samples, parts: Parts, progress: Progress) -> None:
    progress("encode", 0.0)
    if files.mp3 is not None:  # First, as somebody may be listening already.
        with parts.open(files.mp3) as file:
            write_mp3(file, stereo, RATE, told=partial(progress, "encode"))
    if files.wav is not None:
        with parts.open(files.wav) as file:
            write_wav(file, stereo, RATE)
    if files.m4a is not None:
        with parts.open(files.m4a) as file:
            write_m4a(Path(file.name), stereo, RATE)
