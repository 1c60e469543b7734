"""Songs to be taken apart, whose voices, notes and words are known."""

from functools import cache

import numpy as np
import soxr

from antiphon.engines.listen.separate import apart
from antiphon.engines.song.perform import RATE, Musicians, mixed
from antiphon.engines.song.request import Request
from antiphon.engines.song.sing import EspeakSpeaker
from antiphon.engines.song.studio import created
from antiphon.engines.song.swing import moment

LOW_RATE = 22_050
GENDERS = {"pop": "female", "country": "male"}
_LYRICS = """Silver water under the morning light
Carry my paper boat out of sight
Over the harbour the grey gulls cry"""


@cache
def score(style):
    return created(Request(seed=4, style=style, lyrics=_LYRICS, gender=GENDERS[style], seconds=14))


@cache
def stems(style):
    """By their names, as they are in the mix."""
    found = {}
    mixed(score(style), Musicians(speaker=EspeakSpeaker()), lambda _stage, _share: None, found.__setitem__)
    return found


def mix(style):
    return np.sum(list(stems(style).values()), axis=0)


def voices(style):
    return np.sum([sound for name, sound in stems(style).items() if "vocals" in name], axis=0)


@cache
def lead_alone(style):
    return soxr.resample(stems(style)["vocals"].mean(axis=0), RATE, LOW_RATE)


def tune(style):
    """Start in seconds and pitch of each sung note."""
    return [(float(moment(note.start, score(style))), note.pitch) for note in score(style).vocal.lead]


def f1(found, wanted, *, within=0.05):
    """Notes with the right onset and a pitch within half a semitone, each counted once."""
    free, right = list(found), 0
    for start, pitch in wanted:
        able = [
            note
            for note in free
            if abs(note.start - start) <= within and abs(note.pitch + note.cents / 100 - pitch) <= 0.5
        ]
        if able:
            free.remove(min(able, key=lambda note: abs(note.start - start)))
            right += 1
    return 2 * right / (len(found) + len(wanted))


def sdr(found, truth):
    """In decibels."""
    return 10 * np.log10(np.square(truth).sum() / np.square(found - truth).sum())


@cache
def parted(style):
    return apart(mix(style), RATE)
