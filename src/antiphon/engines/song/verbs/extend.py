"""A song goes on: what comes after a moment of it, in its key, tempo, meter and band, and with its chorus."""

from collections.abc import Sequence
from dataclasses import replace

from antiphon.domain.units import Seconds
from antiphon.engines.song.chance import chance
from antiphon.engines.song.form import ENDS, form
from antiphon.engines.song.lyrics import parse, write
from antiphon.engines.song.prosody import Speaker, sound
from antiphon.engines.song.request import Change
from antiphon.engines.song.score import Score, SectionKind
from antiphon.engines.song.style import Brief
from antiphon.engines.song.verbs.again import WRITTEN, brief_again, pinned
from antiphon.engines.song.verbs.memory import HOOKS, Memory, remembered
from antiphon.engines.song.verbs.onward import Around, onward
from antiphon.engines.song.verbs.splice import bar_at, cut
from antiphon.engines.song.words import Stanza

_USUAL = Seconds(60.0)
"""Of what goes on without words of its own."""

_RETURNING = HOOKS | {SectionKind.VERSE}
_SEEDS = 2**31


def extended(score: Score, at: Seconds, change: Change, speaker: Speaker) -> Score:
    """What comes after a moment, alone: `concatenated` makes the whole song of it.

    It begins at the bar line nearest to the moment, which its credits tell. Where it has a chorus and the song had one
    before, the chorus has the same chords and the same tune. It has no intro, and ends as a song ends. Without other
    words it sings new verses and the song's own chorus; in languages that nobody writes here, the song's words again.

    Args:
        score: The song; what itself goes on from another may go on as well.
        at: From its beginning. While the last notes ring, it is the end.
        change: What is another now.
        speaker: Who knows how the words sound, in the language of `brief_again`.

    Raises:
        InvalidRequest: "out_of_range": there is no such moment.
    """
    seam = bar_at(score, at, "at")
    wanted = pinned(brief_again(score, change), score, seam)
    memory = remembered(score, seam, _RETURNING if change.style is None else HOOKS)
    before = cut(score, 0, seam) if seam else None
    stanzas: Sequence[Stanza] = ()
    if not wanted.instrumental:
        stanzas = parse(wanted.lyrics).stanzas if wanted.lyrics is not None else _written(wanted, memory, before)
    if wanted.lyrics is None and wanted.seconds is None:
        wanted = replace(wanted, seconds=_USUAL)
    sung = tuple(sound(stanza.lines, wanted.language, speaker) for stanza in stanzas)
    plan = form(
        wanted,
        stanzas,
        [[len(line.syllables) for line in lines] for lines in sung],
        ends=ENDS if before is None else {SectionKind.OUTRO},
        rooms=memory.rooms,
    )
    new = onward(wanted, plan=plan, stanzas=stanzas, sung=sung, around=Around(before=before, memory=memory))
    return replace(new, master=score.master, credits=replace(new.credits, seam=seam))


def _written(wanted: Brief, memory: Memory, before: Score | None) -> tuple[Stanza, ...]:
    """New verses and the chorus that there is; or the words that there are, where nobody writes others."""
    sung = () if before is None or before.vocal is None else before.vocal.lines
    if sung and wanted.language not in WRITTEN:
        return tuple(
            Stanza(kind=kind, name="", lines=memory.words.get(kind, sung[-4:]))
            for kind in (SectionKind.VERSE, SectionKind.CHORUS)
        )
    seed = chance(wanted.seed, "onward", " / ".join(sung)).randrange(_SEEDS)
    draft = replace(wanted, seed=seed, seconds=wanted.seconds or _USUAL)
    return tuple(
        replace(stanza, lines=memory.words[stanza.kind]) if stanza.lines and stanza.kind in memory.words else stanza
        for stanza in write(draft).stanzas
    )
