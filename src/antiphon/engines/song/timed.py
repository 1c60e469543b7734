"""When the words are heard: as LRC for players, and as JSON for programs."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import orjson

from antiphon.domain.songs import SungWord
from antiphon.domain.units import Seconds
from antiphon.engines.song.score import Score, Sung, Ticks
from antiphon.engines.song.swing import moment

_HUNDREDTHS = 100
_MINUTE = 60 * _HUNDREDTHS
_DIGITS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWord:
    """A word and when it is heard.

    Args:
        text: As it is written.
        line: Which line of the lyrics, from 0.
        start: Of its first note.
        end: Of its last.
    """

    text: str
    line: int
    start: Seconds
    end: Seconds


def timed(score: Score) -> tuple[TimedWord, ...]:
    """All words that are sung, in order; none of an instrumental."""
    vocal = score.vocal
    if vocal is None:
        return ()
    words = []
    for place, found in groupby(vocal.lead, key=lambda note: note.word):
        notes = list(found)
        word = vocal.words[place]
        start, end = moment(notes[0].start, score), moment(_end(notes[-1]), score)
        words.append(TimedWord(text=word.text, line=word.line, start=start, end=end))
    return tuple(words)


def lyrics(score: Score) -> str:
    """What is sung, as it could be asked for: "[Verse 1]", then its lines. "" for an instrumental."""
    if score.vocal is None:
        return ""
    texts: list[str] = []
    line = -1
    for section in score.sections:
        begin = section.first_bar * score.meter.bar
        end = begin + section.bars * score.meter.bar
        sung = {score.vocal.words[note.word].line for note in score.vocal.lead if begin <= note.start < end}
        # A line with an upbeat begins a little before the section that it is in.
        lines = [score.vocal.lines[each] for each in sorted(sung) if each > line]
        line = max(sung, default=line)
        if lines:
            texts.append("\n".join((f"[{section.name}]", *lines)))
    return "\n\n".join(texts)


def lrc(score: Score) -> str:
    """The lyrics with the moment of each line, and of each word within it."""
    lines = [f"[ti:{score.title}]", f"[length:{_stamp(score.seconds)}]"] if score.title else []
    for _, found in groupby(timed(score), key=lambda word: word.line):
        words = list(found)
        marked = " ".join(f"<{_stamp(word.start)}> {word.text}" for word in words)
        lines.append(f"[{_stamp(words[0].start)}] {marked} <{_stamp(words[-1].end)}>")
    return "".join(f"{line}\n" for line in lines)


def timed_json(score: Score) -> bytes:
    """The words with `start_s`, `end_s` and `line`, and the lines likewise."""
    words = timed(score)
    texts = () if score.vocal is None else score.vocal.lines
    lines = []
    for line, found in groupby(words, key=lambda word: word.line):
        own = list(found)
        lines.append({"text": texts[line], "start_s": _seconds(own[0].start), "end_s": _seconds(own[-1].end)})
    return orjson.dumps(
        {
            "lines": lines,
            "words": [
                {"text": word.text, "start_s": _seconds(word.start), "end_s": _seconds(word.end), "line": word.line}
                for word in words
            ],
        }
    )


def sung_json(score: Score) -> bytes:
    """The words as a list of `SungWord`, each with the heading under which its line stands."""
    places = _places(score)
    return orjson.dumps(
        [
            SungWord(
                text=word.text,
                line=word.line,
                section=score.sections[places[word.line]].name,
                place=places[word.line],
                start=Seconds(_seconds(word.start)),
                end=Seconds(_seconds(word.end)),
            )
            for word in timed(score)
        ]
    )


def _places(score: Score) -> Mapping[int, int]:
    """Of each line the section that most of it is sung in, from 0: an upbeat comes before its own."""
    if score.vocal is None:
        return {}
    firsts = [section.first_bar * score.meter.bar for section in score.sections]
    counts: dict[int, Counter[int]] = {}
    for note in score.vocal.lead:
        place = bisect_right(firsts, note.start) - 1
        counts.setdefault(score.vocal.words[note.word].line, Counter())[place] += 1
    return {line: places.most_common(1)[0][0] for line, places in counts.items()}


def _end(note: Sung) -> Ticks:
    return Ticks(note.start + note.length)


def _seconds(moment_: Seconds) -> float:
    return round(moment_, _DIGITS)


def _stamp(second: Seconds) -> str:
    """Minutes, seconds and hundredths."""
    minutes, rest = divmod(round(second * _HUNDREDTHS), _MINUTE)
    return f"{minutes:02}:{rest / _HUNDREDTHS:05.2f}"
