"""The process that makes one song and its files, and ends.

It reads a task, a line of JSON, from its standard input, and tells how far it is on its standard output, a line of JSON
each; the last line is the song, or why there is none. Files appear under their names when all of them are whole.
SIGTERM ends it without leaving anything behind; so does the end of whoever listened.

Run as `python -m antiphon.engines.song.worker`.
"""

from collections.abc import Callable
from pathlib import Path

from antiphon.domain.errors import InvalidRequest
from antiphon.domain.songs import SongTempo
from antiphon.engines.making import Refused
from antiphon.engines.song.notes import notes_json
from antiphon.engines.song.score import Score
from antiphon.engines.song.stems import excerpt, stem_named
from antiphon.engines.song.task import Failed, Made, Progressed, Report, Task, Unplayed, packed, task_of
from antiphon.engines.song.timed import lrc, lyrics, sung_json, timed_json
from antiphon.engines.song.writing import song
from antiphon.engines.song.written import dump
from antiphon.kit import runner
from antiphon.kit.parts import Parts

_FEWEST = 0.01
"""The share of a stage that is worth a line."""

_SOUND = frozenset({"mp3", "m4a", "wav", "stems"})
_PLAYED = frozenset({"midi", "notes"})
"""Texts that are of one stem where one stem is wanted."""


def _midi(score: Score) -> bytes:
    from antiphon.engines.song.midi import midi  # noqa: PLC0415 - its library takes longer than most texts

    return midi(score)


_TEXTS: dict[str, Callable[[Score], bytes]] = {
    "midi": _midi,
    "notes": notes_json,
    "lrc": lambda score: lrc(score).encode(),
    "words": timed_json,
    "sung": sung_json,
    "score": dump,
}

Tell = Callable[[Report], object]


def work(task: Task, tell: Tell) -> Made:
    """Make a song and its files.

    Args:
        task: What is wanted.
        tell: Told how far it is.

    Raises:
        InvalidRequest: There can be no such song.
        Unplayed: It was not played or sung.
        OSError: A file cannot be written.
    """
    progress = _sparing(tell)
    progress("write", 0.0)
    wanted = dict(task.files.wanted())
    names: tuple[str, ...] = ()
    parts = Parts()
    try:
        for name in wanted.keys() - {"stems"}:
            parts.begin(wanted[name])
        score = song(task.making, task.take)
        only = stem_named(score, task.only) if task.only else None
        for name in wanted.keys() - _SOUND:
            with parts.open(wanted[name]) as file:
                file.write(_TEXTS[name](excerpt(score, only) if only and name in _PLAYED else score))
        if wanted.keys() & _SOUND:
            from antiphon.engines.song.publish import performed  # noqa: PLC0415 - numpy is for sound alone

            names = performed(task, score, parts, progress)
        parts.publish()
    finally:
        parts.discard()
    return _made(score, wanted, names)


def _made(score: Score, files: dict[str, Path], stems: tuple[str, ...]) -> Made:
    return Made(
        title=score.title,
        seconds=score.seconds,
        bpm=score.tempos[0].bpm,
        tempo=tempo_of(score),
        key=score.key,
        style=score.credits.style,
        tags=score.credits.tags or _genre_and_moods(score),
        seed=score.seed,
        understood=score.credits.understood,
        unknown=score.credits.unknown,
        language="" if score.vocal is None else score.vocal.language,
        lyrics=lyrics(score),
        files=files,
        stems=stems,
    )


def tempo_of(score: Score) -> SongTempo:
    """The tempos, each by how long it lasts."""
    ends = [*(tempo.start for tempo in score.tempos[1:]), score.end]
    lengths = [score.second(end) - score.second(tempo.start) for tempo, end in zip(score.tempos, ends, strict=True)]
    bpms = [tempo.bpm for tempo in score.tempos]
    mean = sum(bpm * length for bpm, length in zip(bpms, lengths, strict=True)) / sum(lengths)
    return SongTempo(mean=round(mean, 2), low=min(bpms), high=max(bpms))


def _genre_and_moods(score: Score) -> str:
    """What a style is called that nobody named."""
    return ", ".join(name.replace("_", " ") for name in (score.credits.style, *score.credits.moods))


def _sparing(tell: Tell) -> Callable[[str, float], None]:
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
    except Unplayed as failure:
        return Failed(reason=failure.reason, detail=str(failure))
    except MemoryError:
        return Failed(reason="memory", detail=f"more than {task.limits.memory} bytes")
    except BrokenPipeError:
        raise
    except OSError as failure:
        return Failed(reason="file", detail=f"{failure.filename or 'a file'}: {failure.strerror}")


def ordered(order: bytes, tell: runner.Tell) -> None:
    """Do the task of an order."""
    try:
        task = task_of(order)
        runner.limit(memory=task.limits.memory, seconds=task.limits.seconds)
        tell(packed(last_report(task, lambda report: tell(packed(report)))))
    except InvalidRequest as wrong:
        tell(packed(Refused(reason=wrong.reason, field=wrong.field, facts=wrong.facts)))


if __name__ == "__main__":
    runner.run(ordered)
