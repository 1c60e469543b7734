"""What was heard in a recording, for people to read."""

from collections.abc import Iterator, Sequence

from antiphon.domain.heard import Heard, HeardChord, HeardKey
from antiphon.domain.units import Seconds

_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FLAT_MAJORS = frozenset({1, 3, 5, 8, 10})
_TO_RELATIVE = {"major": 0, "minor": 3}
_BARS_IN_A_LINE = 4
_GOES_ON = "."
_NOTHING = "-"
_STEADY = 0.65
_OUT_OF_TUNE = 8
_TOGETHER = 0.05
"""Seconds within which two moments are one."""


def told(heard: Heard) -> str:
    """A page about it: a line for each fact, then the sections with their chords, bar by bar."""
    return "\n".join((*_facts(heard), "", *_sections(heard)))


def _facts(heard: Heard) -> Iterator[str]:
    tempo = heard.tempo
    even = "" if tempo.steadiness >= _STEADY else ", uneven"
    compound = ", each in three" if heard.division == 3 else ""  # noqa: PLR2004 - as its name says
    yield f"length  {_clock(heard.seconds)}"
    yield f"tempo   {tempo.bpm:.1f} beats a minute (or {tempo.alternative:.1f}){even}"
    yield f"meter   {heard.meter} beats a bar{compound}"
    yield f"key     {_names(heard.key)[heard.key.tonic]} {heard.key.mode}{_tuning(heard.key)}"
    if heard.sung is not None:
        yield f"voice   {'sung' if heard.sung else 'instrumental'}"


def _sections(heard: Heard) -> Iterator[str]:
    symbols = _bars(heard)
    for section in heard.sections:
        within = [
            symbol
            for start, symbol in zip(heard.downbeats, symbols, strict=True)
            if section.start - _TOGETHER <= start < section.end - _TOGETHER
        ]
        lines = [" | ".join(within[at : at + _BARS_IN_A_LINE]) for at in range(0, len(within), _BARS_IN_A_LINE)]
        for number, line in enumerate(lines or [""]):
            head = f"{_clock(section.start):>7}  {section.label:<3}" if number == 0 else ""
            yield f"{head:<12} | {line} |"


def _bars(heard: Heard) -> list[str]:
    """Of each bar, the chords that begin in it."""
    names = _names(heard.key)
    ends = [*heard.downbeats[1:], heard.seconds]
    return [_bar(heard.chords, names, start, Seconds(end)) for start, end in zip(heard.downbeats, ends, strict=True)]


def _bar(chords: Sequence[HeardChord], names: Sequence[str], start: Seconds, end: Seconds) -> str:
    begun = [chord for chord in chords if start - _TOGETHER <= chord.start < end - _TOGETHER]
    if begun:
        return " ".join(_symbol(chord, names) for chord in begun)
    on = any(chord.start < start < chord.end - _TOGETHER for chord in chords)
    return _GOES_ON if on else _NOTHING


def _symbol(chord: HeardChord, names: Sequence[str]) -> str:
    bass = "" if chord.bass is None else f"/{names[chord.bass]}"
    return f"{names[chord.root]}{chord.kind}{bass}"


def _names(key: HeardKey) -> Sequence[str]:
    return _FLATS if (key.tonic + _TO_RELATIVE[key.mode]) % 12 in _FLAT_MAJORS else _SHARPS


def _tuning(key: HeardKey) -> str:
    if abs(key.tuning) < _OUT_OF_TUNE:
        return ""
    return f", tuned {abs(key.tuning):.0f} cents {'high' if key.tuning > 0 else 'low'}"


def _clock(seconds: float) -> str:
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"
