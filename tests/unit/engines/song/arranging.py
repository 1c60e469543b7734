"""Songs with a band, to test arranging and exporting with."""

import functools

from antiphon.engines.song.arrange import arrange
from antiphon.engines.song.compose import compose
from antiphon.engines.song.score import Meter, Role, Score
from antiphon.engines.song.style import Seat
from antiphon.engines.song.styling import Asked, styled
from unit.engines.song.composing import LYRICS, brief, espeak, style

BAND = {
    Role.DRUMS: "acoustic_kit",
    Role.PERCUSSION: "percussion",
    Role.BASS: "finger_bass",
    Role.CHORDS: "grand_piano",
    Role.RHYTHM: "steel_guitar",
    Role.PAD: "warm_pad",
    Role.ARPEGGIO: "harp",
    Role.LEAD: "flute",
    Role.COUNTER: "violin",
    Role.STRINGS: "strings",
    Role.BRASS: "brass",
    Role.EFFECTS: "effects",
}
SEATS = tuple(Seat(role=role, instruments=((name, 1.0),)) for role, name in BAND.items())


@functools.cache
def sung(groove="straight", *, seed=1, swing=0.0, seats=SEATS) -> Score:
    """Verses, choruses and a bridge with words, an intro and an outro without."""
    wanted = brief(style(groove=groove, palette=seats, swing=swing), seed=seed)
    return compose(wanted, lyrics=LYRICS, speaker=espeak(), arrange=arrange)


def played(groove="straight", *, seed=1, meter=None, seats=SEATS, seconds=60.0, **more) -> Score:
    """An instrumental."""
    of = style(groove=groove, palette=seats, meter=meter or Meter(), **more)
    return compose(
        brief(of, seed=seed, seconds=seconds, instrumental=True), lyrics=None, speaker=espeak(), arrange=arrange
    )


def of_genre(genre, *, seed) -> Score:
    """An instrumental of a genre."""
    wish = Asked(genres=(genre,), moods=(), disliked=(), tags=())
    of = styled(wish, seed=seed, style_weight=0.7)
    return compose(
        brief(of, seed=seed, seconds=60.0, instrumental=True), lyrics=None, speaker=espeak(), arrange=arrange
    )


def part(score, role):
    return next(part for part in score.parts if part.role is role)


def span(score, place):
    section = score.sections[place]
    return range(section.first_bar * score.meter.bar, (section.first_bar + section.bars) * score.meter.bar)


def heard(score, place):
    """The roles that are heard in a section."""
    return {part.role for part in score.parts if any(note.start in span(score, place) for note in part.notes)}


def first(score, kind):
    return next(place for place, section in enumerate(score.sections) if section.kind is kind)
