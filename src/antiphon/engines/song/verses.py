"""Writes lyrics: titled, rhymed and singable, on what the song is about."""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from antiphon.engines.song.chance import chance
from antiphon.engines.song.grammar import (
    LANGUAGES,
    Grammar,
    Theme,
    Tone,
    choices,
    chosen,
    grammar,
    last_word,
    syllables,
)
from antiphon.engines.song.outline import outline
from antiphon.engines.song.score import SectionKind
from antiphon.engines.song.style import Brief
from antiphon.engines.song.subject import content, headline, topic
from antiphon.engines.song.tags import words_of
from antiphon.engines.song.vocabulary import vocabulary
from antiphon.engines.song.words import Lyrics, Stanza, VoiceOf

_LONGEST_LINE, _LONGEST_TITLE = 9, 6
"""Syllables."""

_TONED = 0.3
_FALLBACKS: Mapping[Tone, tuple[str, ...]] = {
    "any": ("love", "night", "road", "hope", "sea"),
    "bright": ("summer", "dance", "hope", "love", "friendship"),
    "dark": ("loss", "night", "rain"),
}
_DESCRIBED, _TAGGED = 3, 1
_SECOND_THEME = 0.35
_FEELING = 0.4
"""How often a verse's couplet ends with a feeling."""

_MOST_LETTERS, _LONGEST_WORD = 60, 20
"""Of a title that is sung."""

_SUNG_OUTRO = 0.5
_OWN_TITLE = 0.55
_DUET = "duet"
_NO_CHOICES = str.maketrans("{}|", "()/")
_NAMES = frozenset({"I", "July", "August", "December", "Ibu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What is written about."""

    themes: tuple[Theme, ...]
    topic: str
    tone: Tone


@dataclass(slots=True, kw_only=True)
class _Writer:
    """Writes stanzas that do not repeat each other's lines or rhymes."""

    grammar: Grammar
    subject: _Subject
    title: str
    language: str
    plain: bool
    draw: random.Random
    used: set[str] = field(default_factory=set)
    latest: list[str] = field(default_factory=list)

    def verse(self, couplets: int, *, topical: bool) -> list[str]:
        """Couplets of what is there; the last line of the verse may say what is felt."""
        lines: list[str] = []
        for number in range(couplets):
            if topical and number == couplets - 1:
                lines += self.couplet(self._topical(), [*self._scenes(), *self._feelings()])
            elif number == couplets - 1 and self.draw.random() < _FEELING:
                lines += self.couplet(self._scenes(), self._feelings())
            else:
                lines += self.couplet(self._scenes(), self._scenes())
        return lines

    def chorus(self, couplets: int) -> list[str]:
        """The title, and what is felt."""
        lines = self._titled()
        for _ in range(couplets - 1):
            lines += self.couplet([line for theme in self.subject.themes[:1] for line in theme.heart], self._feelings())
        return lines

    def lift(self) -> list[str]:
        """A couplet that leads to the chorus."""
        return self.couplet(self._feelings(), self._feelings())

    def after(self) -> list[str]:
        """What is called out after the chorus."""
        called = self.title[:1].lower() + self.title[1:] if self.plain else self.title
        return [f"Oh, {called}", f"Oh, oh, {called}"]

    def bridge(self) -> list[str]:
        """Two couplets that turn away."""
        lines = self.grammar.bridge["any"]
        pairs = self.draw.sample(list(zip(lines[::2], lines[1::2], strict=True)), 2)
        return [line for pair in pairs for line in self._sung(pair)]

    def couplet(self, first: Sequence[str], second: Sequence[str]) -> list[str]:
        """Two lines that rhyme and were not sung yet, of a rhyme that was not heard lately.

        Args:
            first: Where the first line comes from.
            second: Where the other comes from; anything that rhymes if nothing there does.
        """
        for others in (second, [*self._feelings(), *self._scenes()]):
            pairs = self._pairs(first, others)
            fresh = [pair for pair in pairs if self.grammar.family(pair[0]) not in self.latest] or pairs
            if fresh:
                return self._sung(self.draw.choice(fresh))
        if not self.used:
            return []
        self.used.clear()
        return self.couplet(first, second)

    def _pairs(self, first: Sequence[str], second: Sequence[str]) -> list[tuple[str, str]]:
        left = self.grammar.by_family([line for line in first if line not in self.used])
        right = self.grammar.by_family([line for line in dict.fromkeys(second) if line not in self.used])
        pairs = [
            (one, other)
            for name in left
            for one in dict.fromkeys(left[name])
            for other in right.get(name, ())
            if last_word(one) != last_word(other)
        ]
        # Each rhyme counts once, however many pairs have it.
        return [self.draw.choice(group) for group in _grouped(pairs, self.grammar)] if pairs else []

    def _sung(self, pair: tuple[str, str]) -> list[str]:
        self.used.update(pair)
        self.latest = [*self.latest, self.grammar.family(pair[0]) or ""][-2:]
        return [self._worded(line) for line in pair]

    def _worded(self, line: str) -> str:
        plain = chosen(line, [self.draw.choice(options) for options in choices(line)])
        filled = plain.replace("{topic}", self.subject.topic)
        return filled[:1].upper() + filled[1:]

    def _scenes(self) -> list[str]:
        main = list(self.subject.themes[0].scene)
        others = [line for theme in self.subject.themes[1:] for line in theme.scene]
        return [*main, *(line for line in others if self.draw.random() < _SECOND_THEME)]

    def _feelings(self) -> list[str]:
        own = [line for theme in self.subject.themes for line in theme.heart]
        toned = self.grammar.heart[self.subject.tone] if self.subject.tone != "any" else ()
        warm = self.grammar.heart["any"] if self.subject.tone != "dark" else ()
        return [*own, *toned, *warm]

    def _topical(self) -> list[str]:
        done = _is_done(self.subject.topic, self.language)
        lines = self.grammar.topic.clauses if done else self.grammar.topic.lines
        return self._shortest([line.replace("{topic}", self.subject.topic) for line in lines])

    def _titled(self) -> list[str]:
        """A couplet that begins with the title; of a long title, a line that is only that, and a couplet."""
        own = [line for theme in self.subject.themes for line in theme.heart]
        if syllables(self.title, self.language) > _LONGEST_TITLE:
            return [self.title, *self.couplet(own, self._feelings())]
        tones: list[Tone] = ["any"] if self.subject.tone == "any" else ["any", self.subject.tone]
        tails = [tail for tone in tones for tails in self.grammar.tails[tone].values() for tail in tails]
        opening = [f"{self.title}, {tail}" for tail in tails]
        return self.couplet(self._shortest(opening), [*own, *self._feelings()])

    def _shortest(self, lines: Sequence[str]) -> list[str]:
        """The lines that can be sung in one breath, or the shortest ones."""
        counts = {line: syllables(chosen(line, [pick[-1] for pick in choices(line)]), self.language) for line in lines}
        limit = max(_LONGEST_LINE, sorted(counts.values())[min(2, len(counts) - 1)])
        return [line for line in lines if counts[line] <= limit]


def _grouped(pairs: Sequence[tuple[str, str]], lines: Grammar) -> list[list[tuple[str, str]]]:
    groups: dict[str | None, list[tuple[str, str]]] = {}
    for pair in pairs:
        groups.setdefault(lines.family(pair[0]), []).append(pair)
    return list(groups.values())


def _is_done(about: str, language: str) -> bool:
    """Whether a topic is something done, such as "falling in love", rather than a thing."""
    first = next(iter(words_of(about)), "")
    return first in grammar(language).topic.opening.split() or (language == "en" and first.endswith("ing"))


def _said(title: str, brief: Brief, subject: _Subject) -> str:
    """A title as it stands in a line: one that was found here has small letters but for names."""
    title = _cut(title.translate(_NO_CHOICES))
    described = set(re.findall(r"[^\W_][\w'’-]*", brief.credits.description))
    found = any(title in theme.titles for theme in subject.themes)
    first, *rest = title.split() or [""]
    return " ".join(
        [
            first,
            *(word.lower() if (found and word not in _NAMES) or word.lower() in described else word for word in rest),
        ]
    )


def _is_plain(title: str, brief: Brief, subject: _Subject) -> bool:
    """Whether the title begins with a word that is written small within a sentence."""
    first = next(iter(title.split()), "")
    if first in _NAMES:
        return False
    return any(title in theme.titles for theme in subject.themes) or first.lower() in brief.credits.description


def _singable(title: str) -> bool:
    """Whether a title can be a line here: written in Latin letters, in words."""
    latin = [unicodedata.name(letter, "").startswith("LATIN") for letter in title if letter.isalpha()]
    return 2 * sum(latin) > len(latin) and all(len(word) <= _LONGEST_WORD for word in title.split())


def _cut(title: str) -> str:
    words = title.split()
    while len(" ".join(words)) > _MOST_LETTERS:
        words.pop()
    return " ".join(words)


def titled(brief: Brief) -> str:
    """A title for a song that has none."""
    language = _written_in(brief)
    draw = chance(brief.seed, "title")
    description = brief.credits.description
    subject = _subject(brief, language)
    about = topic(description)
    own = "" if _is_done(about, language) else headline(description)
    if own and syllables(own, language) <= _LONGEST_TITLE:
        themed = any(_mentions(own, theme) for theme in grammar(language).themes.values())
        if not themed or ((about or " " in own) and draw.random() < _OWN_TITLE):
            return own
    return draw.choice(subject.themes[0].titles)


def write(brief: Brief) -> Lyrics:
    """Lyrics for a song that has none, in English or Indonesian; of other languages, in English.

    The chorus has the title, unless nobody could sing it, and a verse what the description says the song is about.
    """
    language = _written_in(brief)
    subject = _subject(brief, language)
    hook = brief.title if _singable(brief.title) else chance(brief.seed, "hook").choice(subject.themes[0].titles)
    writer = _Writer(
        grammar=grammar(language),
        subject=subject,
        title=_said(hook, brief, subject),
        language=language,
        plain=_is_plain(hook, brief, subject),
        draw=chance(brief.seed, "lyrics"),
    )
    return Lyrics(stanzas=tuple(_stanzas(brief, writer)), title=brief.title)


def _stanzas(brief: Brief, writer: _Writer) -> list[Stanza]:
    plan = outline(brief)
    verses = sum(section.kind is SectionKind.VERSE for section in plan)
    again: dict[SectionKind, list[str]] = {}
    stanzas: list[Stanza] = []
    number = 0
    for section in plan:
        number += section.kind is SectionKind.VERSE
        topical = number == 1 or (section.kind is SectionKind.VERSE and verses == 1)
        lines = again.get(section.kind) or _lines(writer, section.kind, section.couplets, topical=topical)
        if section.kind in {SectionKind.CHORUS, SectionKind.POST_CHORUS, SectionKind.PRE_CHORUS}:
            again[section.kind] = lines
        name = section.kind.title() + (f" {number}" if section.kind is SectionKind.VERSE and verses > 1 else "")
        stanzas.append(
            Stanza(kind=section.kind, name=name, lines=tuple(lines), voice=_voice(brief, section.kind, number))
        )
    return _with_topic(stanzas, writer)


def _lines(writer: _Writer, kind: SectionKind, couplets: int, *, topical: bool) -> list[str]:
    match kind:
        case SectionKind.VERSE:
            return writer.verse(couplets, topical=topical and bool(writer.subject.topic))
        case SectionKind.CHORUS:
            return writer.chorus(couplets)
        case SectionKind.PRE_CHORUS:
            return writer.lift()
        case SectionKind.POST_CHORUS:
            return writer.after()
        case SectionKind.BRIDGE:
            return writer.bridge()
        case SectionKind.OUTRO if couplets and writer.draw.random() < _SUNG_OUTRO:
            return [writer.title, writer.title]
        case _:
            return []


def _with_topic(stanzas: list[Stanza], writer: _Writer) -> list[Stanza]:
    """The stanzas; where none of them says what the song is about, as in a very short one, the last one does."""
    wanted = writer.subject.topic
    if not wanted or any(wanted.casefold() in line.casefold() for stanza in stanzas for line in stanza.lines):
        return stanzas
    sung = [place for place, stanza in enumerate(stanzas) if stanza.lines]
    for place in sung[-1:]:
        stanza = stanzas[place]
        lines = (*stanza.lines[:-2], *writer.verse(1, topical=True)) if len(stanza.lines) > 2 else stanza.lines  # noqa: PLR2004
        stanzas[place] = Stanza(kind=stanza.kind, name=stanza.name, lines=lines, voice=stanza.voice)
    return stanzas


def _voice(brief: Brief, kind: SectionKind, number: int) -> VoiceOf | None:
    if _DUET not in brief.moods:
        return None
    if kind is SectionKind.VERSE:
        own = brief.singer.gender
        other: VoiceOf = "male" if own == "female" else "female"
        return own if number % 2 else other
    return "both"


def _written_in(brief: Brief) -> str:
    return brief.language if brief.language in LANGUAGES else LANGUAGES[0]


def _subject(brief: Brief, language: str) -> _Subject:
    """The themes that the words of the request mean, the one that they mean most first."""
    lines = grammar(language)
    description = brief.credits.description
    tags = " ".join((*(text for text, _ in brief.credits.understood), *brief.credits.unknown))
    said = f"{description} {brief.title}"
    scores = {
        name: _DESCRIBED * _mentions(said, theme)
        + _DESCRIBED * _mentions(topic(description), theme)
        + _TAGGED * _mentions(tags, theme)
        for name, theme in lines.themes.items()
    }
    meant = sorted((name for name in scores if scores[name]), key=lambda name: -scores[name])
    tone = _tone(brief)
    if not meant:
        meant = [chance(brief.seed, "theme").choice([name for name in _FALLBACKS[tone] if name in lines.themes])]
    themes = tuple(lines.themes[name] for name in meant[:2])
    about = topic(description) if content(topic(description)) else ""
    return _Subject(themes=themes, topic=about, tone=tone if tone != "any" else themes[0].tone)


def _mentions(text: str, theme: Theme) -> int:
    """How many of the theme's words are in a text."""
    words = words_of(text)
    plain = f" {' '.join(words)} {' '.join(word.rstrip('s') for word in words)} "
    return sum(f" {word} " in plain for word in theme.words)


def spoken_of(text: str) -> str | None:
    """The language of `LANGUAGES` whose themes a text names; None where it names none."""
    counts = {
        language: sum(_mentions(text, theme) for theme in grammar(language).themes.values()) for language in LANGUAGES
    }
    best = max(LANGUAGES, key=lambda language: counts[language])
    return best if counts[best] else None


def _tone(brief: Brief) -> Tone:
    light = sum(vocabulary().moods[name].major for name in brief.moods if name in vocabulary().moods)
    if light > _TONED:
        return "bright"
    return "dark" if light < -_TONED else "any"
