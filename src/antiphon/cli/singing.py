"""What `antiphon sing` does, once it is known what is wanted: compose, perform, write files."""

from dataclasses import dataclass
from pathlib import Path

from antiphon.cli.failing import CommandFailed
from antiphon.domain.errors import InvalidRequest
from antiphon.engines.song.brief import Request
from antiphon.engines.song.export import write_mp3, write_wav
from antiphon.engines.song.midi import midi
from antiphon.engines.song.perform import RATE, Progress, performed, placed_stems
from antiphon.engines.song.score import Score
from antiphon.engines.song.sing import EspeakSpeaker, SpeakerFailed
from antiphon.engines.song.studio import created
from antiphon.engines.song.timed import lrc, timed_json
from antiphon.engines.song.written import dump

_TONICS = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The files that are wanted; None for those that are not.

    Args:
        output: The song, .mp3 or .wav.
        stems: A folder for each part by itself.
        midi: The notes.
        timed_lyrics: When each word is sung: .lrc, else JSON.
        score: The score.
    """

    output: Path
    stems: Path | None
    midi: Path | None
    timed_lyrics: Path | None
    score: Path | None


def made(request: Request, wanted: Wanted, progress: Progress) -> str:
    """Make the song and its files; a sentence about it.

    Raises:
        CommandFailed: It cannot be made, or a file cannot be written.
    """
    progress("write", 0.0)
    try:
        score = created(request)
        sound = performed(score, EspeakSpeaker(), progress)
        progress("encode", 0.0)
        with wanted.output.open("wb") as file:
            (write_wav if wanted.output.suffix.lower() == ".wav" else write_mp3)(file, sound, RATE)
        _write_beside(score, wanted)
    except InvalidRequest as wrong:
        raise CommandFailed(f"such a song cannot be written: {wrong.reason} {wrong.field}".rstrip()) from None
    except SpeakerFailed as failure:
        raise CommandFailed(f"nobody can sing: {failure}") from None
    except OSError as failure:
        raise CommandFailed(f"cannot write {failure.filename or wanted.output}: {failure.strerror}") from None
    progress("encode", 1.0)
    return _told(score)


def _write_beside(score: Score, wanted: Wanted) -> None:
    if wanted.score is not None:
        wanted.score.write_bytes(dump(score))
    if wanted.midi is not None:
        wanted.midi.write_bytes(midi(score))
    if wanted.timed_lyrics is not None:
        lines = lrc(score).encode() if wanted.timed_lyrics.suffix.lower() == ".lrc" else timed_json(score)
        wanted.timed_lyrics.write_bytes(lines)
    if wanted.stems is not None:
        wanted.stems.mkdir(parents=True, exist_ok=True)
        for name, sound in placed_stems(score, EspeakSpeaker(), _quietly):
            with (wanted.stems / f"{name}.wav").open("wb") as file:
                write_wav(file, sound, RATE)


def _quietly(_stage: str, _share: float) -> None:
    """The bar is about the song."""


def _told(score: Score) -> str:
    unknown = f" Not understood: {', '.join(score.credits.unknown)}." if score.credits.unknown else ""
    key = f"{_TONICS[score.key.tonic]} {score.key.mode.replace('_', ' ')}, {round(score.tempos[0].bpm)} beats a minute"
    length = f"{int(score.seconds) // 60}:{int(score.seconds) % 60:02d}"
    return f'"{score.title}", {score.credits.style}, {key}, {length}.{unknown}'
