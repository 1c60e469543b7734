"""Lyrics: read from text as people write them, written where there are none, and turned into text."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from antiphon.engines.song.score import SectionKind
from antiphon.engines.song.tags import words_of
from antiphon.engines.song.verses import spoken_of, titled, write
from antiphon.engines.song.words import Lyrics, Stanza, VoiceOf

__all__ = ["is_played", "parse", "spoken_of", "text_of", "title_of", "titled", "write"]

_TAG = re.compile(r"^\s*(?:\[([^\[\]]{0,80})\]|【([^【】]{0,80})】|\*\*\[?([^*\[\]]{1,40})\]?\*\*:?\s*$)\s*(.*)$")
_UNCLOSED = re.compile(r"^\s*\[+\s*([^\[\]]{1,40})\s*$")
_BARE = re.compile(
    r"^\s*\(?((?:pre|post)?[\s-]*(?:verse|chorus|bridge|intro|outro|hook|refrain|interlude|bait|reff?|solo)\s*\d{0,2})\)?\s*:?\s*$",
    re.IGNORECASE,
)
_TITLE = re.compile(r"^\s*(?:title|judul)\s*:\s*(.+)$", re.IGNORECASE)
_KINDS: Sequence[tuple[SectionKind, tuple[str, ...]]] = (
    (SectionKind.PRE_CHORUS, ("pre-chorus", "pre chorus", "prechorus", "pre-hook", "pre hook", "lift", "pra-reff")),
    (SectionKind.POST_CHORUS, ("post-chorus", "post chorus", "postchorus", "post-hook", "tag")),
    (SectionKind.OUTRO, ("outro", "end", "ending", "fade out", "fade", "coda", "finale", "penutup", "big finish")),
    (SectionKind.INTRO, ("intro", "introduction", "opening", "pembuka")),
    (SectionKind.SOLO, ("solo", "instrumental", "instrumental break", "guitar solo", "piano solo", "sax solo")),
    (SectionKind.BREAK, ("break", "breakdown", "build", "build up", "buildup", "build-up", "pause", "silence")),
    (SectionKind.INTERLUDE, ("interlude", "interlud", "transition", "movement")),
    (SectionKind.BRIDGE, ("bridge", "middle eight", "middle 8", "c-part", "jembatan")),
    (
        SectionKind.CHORUS,
        ("chorus", "hook", "refrain", "drop", "reff", "ref", "reffrain", "korus", "refrein", "estribillo"),
    ),
    (SectionKind.VERSE, ("verse", "vers", "strophe", "bait", "rap", "rap verse", "stanza", "couplet", "verso", "part")),
)
_PLAYED = frozenset({SectionKind.INTRO, SectionKind.OUTRO, SectionKind.SOLO, SectionKind.BREAK, SectionKind.INTERLUDE})
_REPEATED = frozenset({SectionKind.CHORUS, SectionKind.PRE_CHORUS, SectionKind.POST_CHORUS})
_VOICES: Mapping[VoiceOf, frozenset[str]] = {
    "both": frozenset({"both", "duet", "together", "all", "choir", "unison", "everyone", "berdua", "bersama", "semua"}),
    "female": frozenset({"female", "woman", "girl", "she", "her", "wanita", "perempuan", "cewek"}),
    "male": frozenset({"male", "man", "boy", "he", "him", "pria", "cowok", "laki-laki"}),
}
_PLURAL = frozenset({"and", "&", "dan", "+", "/"})
_LONGEST_LINE, _LONGEST_WORD = 70, 60
"""Letters. What is longer is sung in several lines or pieces."""

_MOST_LINES, _STANZA, _LONG_STANZA, _LONGEST_TITLE = 400, 4, 8, 60


@dataclass(slots=True)
class _Open:
    """A stanza that is being read."""

    kind: SectionKind
    name: str
    voice: VoiceOf | None = None
    lines: list[str] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)


def parse(text: str) -> Lyrics:
    """The stanzas of a text. Tags such as "[Verse 2]" say what they are; without any, blank lines and repetition do.

    A tag that nobody knows is kept as a stanza's name. A chorus's tag without lines means the chorus again.
    """
    title = ""
    opened: list[_Open] = []
    current: _Open | None = None
    voice: VoiceOf | None = None
    for raw in text.splitlines()[: 10 * _MOST_LINES]:
        if not opened and not title and (named := _TITLE.match(raw)):
            title = named[1].strip()[:_LONGEST_TITLE]
            continue
        tag, rest = _tag(raw)
        if tag is not None:
            voice = _voice(tag)
            if not (_is_cue(tag, voice) and not opened):
                current = _Open(kind=_kind(tag), name=tag, voice=voice)
                opened.append(current)
        for line in _wrapped(rest):
            if current is None:
                current = _Open(kind=SectionKind.VERSE, name="", voice=voice)
                opened.append(current)
            current.lines.append(line)
        if current is not None and not raw.strip():
            current.gaps.append(len(current.lines))
    untagged = len(opened) == 1 and not opened[0].name
    stanzas = _untagged(opened[0]) if untagged else list(_tagged(opened))
    return Lyrics(stanzas=tuple(_limited(stanzas)), title=title)


def is_played(text: str) -> bool:
    """Whether a text of lyrics says that nobody sings: there is nothing but tags in it, or marks."""
    return not any(any(letter.isalnum() for letter in line) for stanza in parse(text).stanzas for line in stanza.lines)


def title_of(lyrics: Lyrics) -> str:
    """What lyrics could be called: what they say, or what is sung most often, or how a chorus begins."""
    if lyrics.title:
        return lyrics.title
    lines = [line for stanza in lyrics.stanzas for line in stanza.lines if any(map(str.isalnum, line))]
    choruses = [line for stanza in lyrics.stanzas if stanza.kind is SectionKind.CHORUS for line in stanza.lines]
    if not lines:
        return ""
    counts = Counter(line.casefold() for line in lines)
    often = max(counts.values())
    best = next((line for line in (*choruses, *lines) if counts[line.casefold()] == often), lines[0])
    if often == 1:
        best = next((line for line in choruses if any(map(str.isalnum, line))), lines[0])
    head = re.split(r"[,;:.!?，。！？]", best.strip(" \"'([{"), maxsplit=1)[0].strip() or best
    return _cut(head.strip(" \"')]}"))


def text_of(lyrics: Lyrics) -> str:
    """Lyrics as text, with their tags."""
    parts = ["\n".join([*([f"[{stanza.name}]"] if stanza.name else []), *stanza.lines]) for stanza in lyrics.stanzas]
    return "\n\n".join(parts)


def _cut(title: str) -> str:
    words = title.split()
    while len(" ".join(words)) > _LONGEST_TITLE and len(words) > 1:
        words.pop()
    return " ".join(words)[:_LONGEST_TITLE]


def _tag(raw: str) -> tuple[str | None, str]:
    """A line's tag, if it begins with one, and what follows."""
    if found := _TAG.match(raw):
        return " ".join((found[1] or found[2] or found[3] or "").split()), found[4]
    if (found := _UNCLOSED.match(raw)) and _is_known(found[1]):
        return " ".join(found[1].split()), ""
    if found := _BARE.match(raw):
        return " ".join(found[1].split()), ""
    return None, raw


def _kind(tag: str) -> SectionKind:
    """What a tag means: the kind whose word comes first in it; a verse where none does."""
    plain = f" {' '.join(re.sub(r'[0-9]+', ' ', ' '.join(words_of(tag))).split())} "
    head = re.split(r"[:|–—]| - ", tag, maxsplit=1)[0]
    plain = f" {' '.join(words_of(re.sub(r'[0-9]+', ' ', head)))} " if head.strip() else plain
    found = {kind: word for kind, words in _KINDS for word in sorted(words, key=len) if f" {word} " in plain}
    if SectionKind.SOLO in found and len(found) > 1 and "solo" not in plain:
        del found[SectionKind.SOLO]
    return next((kind for kind, _ in _KINDS if kind in found), SectionKind.VERSE)


def _is_known(tag: str) -> bool:
    return _kind(tag) is not SectionKind.VERSE or any(
        f" {word} " in f" {' '.join(words_of(re.sub(r'[0-9]+', ' ', tag)))} " for word in _KINDS[-1][1]
    )


def _voice(tag: str) -> VoiceOf | None:
    words = set(words_of(tag)) | (set(tag) & _PLURAL)
    found: list[VoiceOf] = [voice for voice, names in _VOICES.items() if words & names]
    return "both" if {"male", "female"} <= set(found) else found[0] if found else None


def _is_cue(tag: str, voice: VoiceOf | None) -> bool:
    """Whether a tag only says who sings."""
    return voice is not None and not _is_known(tag)


def _wrapped(text: str) -> Iterator[str]:
    """A line as it can be sung: long ones in several, at marks where there are any."""
    words = [word[at : at + _LONGEST_WORD] for word in text.split() for at in range(0, len(word), _LONGEST_WORD)]
    if not words:
        return
    whole = " ".join(words)
    if len(whole) <= _LONGEST_LINE:
        yield whole
        return
    pieces = -(-len(whole) // _LONGEST_LINE)
    wanted = len(whole) / pieces
    line: list[str] = []
    for word in words:
        if line and len(" ".join([*line, word])) > _LONGEST_LINE:
            yield " ".join(line)
            line = []
        line.append(word)
        long_enough = len(" ".join(line)) >= (wanted * 0.6 if word[-1] in ",;.!?:，。；！？、" else wanted)
        if long_enough:
            yield " ".join(line)
            line = []
    if line:
        yield " ".join(line)


def _tagged(opened: Sequence[_Open]) -> Iterator[Stanza]:
    """Stanzas under tags."""
    sung: dict[SectionKind, tuple[str, ...]] = {}
    for part in opened:
        lines = tuple(part.lines)
        if not lines and part.kind in _REPEATED:
            lines = sung.get(part.kind, ())
        if lines:
            sung.setdefault(part.kind, lines)
        kind = part.kind
        if not lines and kind not in _PLAYED and not _is_known(part.name):
            kind = SectionKind.INTERLUDE
        yield Stanza(kind=kind, name=part.name, lines=lines, voice=part.voice)


def _untagged(part: _Open) -> list[Stanza]:
    """Stanzas of a text without tags: what returns is the chorus, else the second of several."""
    blocks = [block for block in _blocks(part) if block]
    counts = Counter(_same(block) for block in blocks)
    repeated = {same for same, count in counts.items() if count > 1}
    kinds = [
        SectionKind.CHORUS if _same(block) in repeated or (not repeated and place == 1) else SectionKind.VERSE
        for place, block in enumerate(blocks)
    ]
    verses = kinds.count(SectionKind.VERSE)
    stanzas: list[Stanza] = []
    number = 0
    for kind, block in zip(kinds, blocks, strict=True):
        number += kind is SectionKind.VERSE
        name = f"Verse {number}" if kind is SectionKind.VERSE and verses > 1 else kind.title()
        stanzas.append(Stanza(kind=kind, name=name, lines=tuple(block), voice=part.voice))
    return stanzas


def _same(block: Sequence[str]) -> tuple[str, ...]:
    """Of a block what makes it the same as another: its words."""
    return tuple(" ".join(words_of(line)) for line in block)


def _blocks(part: _Open) -> Iterator[list[str]]:
    bounds = [0, *sorted(set(part.gaps)), len(part.lines)]
    blocks = [part.lines[start:end] for start, end in pairwise(bounds) if end > start]
    for block in blocks:
        if len(blocks) > 1 or len(block) <= _LONG_STANZA:
            yield block
        else:
            yield from (block[at : at + _STANZA] for at in range(0, len(block), _STANZA))


def _limited(stanzas: Sequence[Stanza]) -> Iterator[Stanza]:
    """The stanzas, as far as a song can go."""
    left = _MOST_LINES
    for stanza in stanzas:
        if left <= 0:
            return
        yield replace(stanza, lines=stanza.lines[:left])
        left -= max(1, len(stanza.lines))
