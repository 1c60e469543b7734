"""Two songs taking turns: whose tune each section of a mashup has."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from antiphon.engines.song.score import Score, Section, SectionKind
from antiphon.engines.song.verbs.strains import Strain

_ASIDE = frozenset({SectionKind.INTRO, SectionKind.OUTRO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A section of the mashup.

    Args:
        place: The section of the first song that stands there.
        guest: The section of the second song whose tune is heard; None for the first one's own.
    """

    place: int
    guest: int | None = None


def turns(first: Score, second: Score, own: Sequence[Strain], guests: Sequence[Strain]) -> tuple[Turn, ...]:
    """Whose each section is: kinds take turns as they appear.

    Args:
        first: The song whose form it is.
        second: The other one.
        own: The first one's tune.
        guests: The second one's; at least a strain.
    """
    heard = sorted({strain.section for strain in own})
    places = heard or list(range(len(first.sections)))
    places = [place for place in places if first.sections[place].kind not in _ASIDE] or places
    kinds = list(dict.fromkeys(first.sections[place].kind for place in places))
    lent = set(places[1::2]) if len(kinds) == 1 else {p for p in places if first.sections[p].kind in kinds[1::2]}
    lent = lent if heard else set(places)
    supply = _Supply(second.sections, sorted({strain.section for strain in guests}))
    found = []
    for place, section in enumerate(first.sections):
        found.append(Turn(place=place, guest=supply.take(section.kind) if place in lent else None))
        if not lent and place == places[-1]:
            found.append(Turn(place=place, guest=supply.take(section.kind)))
    return tuple(found)


class _Supply:
    """The second song's sections that have a tune, given away one after the other.

    Args:
        sections: Its form.
        heard: Which of them have one.
    """

    def __init__(self, sections: Sequence[Section], heard: Sequence[int]) -> None:
        self._sections = sections
        self._heard = [place for place in heard if sections[place].kind not in _ASIDE] or list(heard)
        self._taken: Counter[SectionKind] = Counter()

    def take(self, kind: SectionKind) -> int:
        """The next of a kind, else the next of all; after the last the first again."""
        able = [place for place in self._heard if self._sections[place].kind is kind] or self._heard
        self._taken[kind] += 1
        return able[(self._taken[kind] - 1) % len(able)]


def sections(first: Score, form: Sequence[Section], order: Sequence[Turn]) -> Iterator[Section]:
    """The form. What was like another section is so still, if that is there and has the same tune.

    Args:
        first: The song whose form it is.
        form: The second one's sections, in the first one's bars.
        order: Whose each section is.
    """
    bar = 0
    seen: dict[tuple[bool, int, int], int] = {}
    for number, turn in enumerate(order):
        theirs = first.sections[turn.place]
        section, place = (theirs, turn.place) if turn.guest is None else (form[turn.guest], turn.guest)
        model = place if section.like is None else section.like
        like = seen.setdefault((turn.guest is None, model, section.bars), number)
        yield replace(section, first_bar=bar, energy=theirs.energy, like=None if like == number else like)
        bar += section.bars
