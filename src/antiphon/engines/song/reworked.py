"""Songs of songs that there are: each verb with what it needs."""

from dataclasses import replace
from typing import TypeAlias

from antiphon.engines.song.making import (
    AddInstrumental,
    AddVocals,
    Concat,
    Cover,
    Extend,
    Mashup,
    Remaster,
    Replace,
    Sample,
    Transcribe,
)
from antiphon.engines.song.prosody import Speaker
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Score
from antiphon.engines.song.studio import reader, seed_of
from antiphon.engines.song.tongues import language_of
from antiphon.engines.song.transcribed import Wish, score_of
from antiphon.engines.song.verbs.accompany import accompanied
from antiphon.engines.song.verbs.again import brief_again
from antiphon.engines.song.verbs.concat import concatenated
from antiphon.engines.song.verbs.cover import covered
from antiphon.engines.song.verbs.extend import extended
from antiphon.engines.song.verbs.mashup import mashed
from antiphon.engines.song.verbs.remaster import remastered
from antiphon.engines.song.verbs.replace import replaced
from antiphon.engines.song.verbs.sample import sampled
from antiphon.engines.song.verbs.vocals import with_vocals

_Changing: TypeAlias = Extend | Cover | Replace | Mashup | Sample | AddVocals | AddInstrumental
"""The verbs that heed a change."""


def reworked(making: _Changing | Concat | Remaster | Transcribe, take: int) -> Score:
    """What a verb makes of its sources; see `writing.song`."""
    match making:
        case Transcribe():
            return _taken_down(making, take)
        case Concat():
            return concatenated(making.source, making.extension)
        case Remaster():
            return remastered(making.source, making.level)
        case Mashup():
            source = making.first
        case _:
            source = making.source
    change = making.change
    if take > 1:
        seed = source.seed if change.seed is None else change.seed
        change = replace(change, seed=seed_of(seed, take))
    with reader(brief_again(source, change).language) as speaker:
        return _changed(making, change, speaker)


def _changed(making: _Changing, change: Change, speaker: Speaker) -> Score:
    match making:
        case Extend():
            return extended(making.source, making.at, change, speaker)
        case Cover():
            return covered(making.source, change, speaker)
        case Replace():
            return replaced(making.source, making.start, making.end, change, speaker)
        case Mashup():
            return mashed(making.first, making.second, change, speaker)
        case Sample():
            return sampled(making.source, making.start, making.end, change, speaker)
        case AddVocals():
            return with_vocals(making.source, change, speaker)
        case AddInstrumental():
            return accompanied(making.source, change, start=making.start, end=making.end)


def _taken_down(making: Transcribe, take: int) -> Score:
    heard = replace(making.heard, words=()) if making.instrumental else making.heard
    language = making.language or language_of(" ".join(word.text for word in heard.words))
    wish = Wish(
        title=making.title,
        seed=seed_of(making.seed, take),
        style=making.style,
        gender=making.gender,
        language=language,
    )
    if not heard.words:
        return score_of(heard, wish)
    with reader(language) as speaker:
        return score_of(heard, wish, speaker)
