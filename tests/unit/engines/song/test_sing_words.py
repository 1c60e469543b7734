"""How words get from the score to espeak, and back as pieces of sound laid out in time."""

from itertools import pairwise

import numpy as np
import pytest

from antiphon.engines.song.score import Sung, Word
from antiphon.engines.song.sing.align import Span, spans
from antiphon.engines.song.sing.plan import lay
from antiphon.engines.song.sing.speaker import EspeakSpeaker, Phone, Spoken
from antiphon.engines.song.sing.syllables import lines, syllables, text
from antiphon.engines.song.sing.words import HUM, Words
from unit.engines.song.singing import BEATS, TUNE, TWINKLE, score, vocal

RATE = 44_100


def spoken(*names):
    """A phoneme each tenth of a second."""
    phones = tuple(Phone(name=name, start=1_000 * place) for place, name in enumerate(names))
    return Spoken(sound=np.zeros(1_000 * len(names), dtype=np.float32), rate=10_000, phones=phones)


def tenths(found):
    return [None if span is None else (round(10 * span.start), round(10 * span.end)) for span in found]


@pytest.mark.parametrize(
    ("said", "wanted", "found"),
    [
        (("l", "I", "t", "_:"), ("l", "I", "t"), [(0, 1), (1, 2), (2, 3)]),
        (("l", "I", "t#", "_:"), ("l", "I", "t"), [(0, 1), (1, 2), (2, 3)]),
        (("E", "*", "3", "_:"), ("E", "3"), [(0, 2), (2, 3)]),
        (("l", "I", "_:"), ("l", "I", "t"), [(0, 1), (1, 2), None]),
        (("l", "_:", "I", "_:"), ("l", "I"), [(0, 1), (2, 3)]),
        (("_:",), ("l", "I"), [None, None]),
        ((), ("l",), [None]),
        (("s", "s"), (), []),
        (("t",), ("A:",), [None]),
    ],
)
def test_phonemes_are_found_in_what_was_said(said, wanted, found):
    assert tenths(spans(spoken(*said), wanted)) == found


def sung_at(*starts, phonemes=("l", "A:"), length=480):
    return tuple(
        Sung(start=start, length=length, pitch=60, velocity=100, word=0, phonemes=phonemes, vowel=1) for start in starts
    )


def test_notes_do_not_overlap():
    found = syllables(sung_at(0, 240, 960), (Word(text="la", line=0),), score(vocal("l 'A:", (60,), (4,))))
    assert [each.end <= after.start for each, after in pairwise(found)] == [True, True]


def test_espeak_is_told_a_line_with_its_stress():
    voice = vocal(TWINKLE, TUNE, BEATS)
    told = [text(line) for line in lines(syllables(voice.lead, voice.words, score(voice)))]
    assert told == ["t|w|'I|N|k|@L|t|w|'I|N|k|@L|l|'I|t|@L|s|t|'A@", "h|'aU|'aI|w|'V|n|d|3|w|'V|t|j|'u:|'A@"]


def test_what_would_end_espeaks_phonemes_is_not_told():
    strange = sung_at(0, phonemes=("]]", "_:", "|", "\u3042", "A:", "a b"))
    found = syllables(strange, (Word(text="la", line=0),), score(vocal("l 'A:", (60,), (4,))))
    assert found[0].phonemes == ("A:",)


def test_the_speaker_says_all_on_one_pitch():
    said = EspeakSpeaker().say("en", ["m|'A:|m|'i:|m|'u:|l|'o:", "m|'A:"])
    assert len(said) == 2
    voice = said[0].sound
    found = []
    for start in range(2_000, len(voice) - 4_000, 1_500):
        piece = voice[start : start + 1_500] * np.hanning(1_500)
        likeness = np.fft.irfft(np.abs(np.fft.rfft(piece, 8_192)) ** 2)
        found.append(said[0].rate / (np.argmax(likeness[150:350]) + 150))
    assert np.ptp(found) < 2.0


def test_phonemes_come_with_their_places():
    (said,) = EspeakSpeaker().say("en", ["l|'A:|l|'i:"])
    starts = [phone.start for phone in said.phones]
    assert starts == sorted(starts)
    assert starts[-1] <= len(said.sound)
    assert [phone.name for phone in said.phones if not phone.name.startswith("_")] == ["l", "A:", "l", "i:"]


def laid_out(rate=RATE, **facts):
    voice = vocal(TWINKLE, TUNE, BEATS)
    part = syllables(voice.lead, voice.words, score(voice, **facts))
    words = Words("en", EspeakSpeaker(), rate)
    words.learn(list(lines(part)))
    said = [each for line in lines(part) for each in words.said(line)]
    return part, said, lay(part, said, words.sources)


@pytest.mark.parametrize("bpm", [60.0, 120.0, 240.0])
def test_vowels_are_laid_where_notes_begin_and_nothing_overlaps(bpm):
    part, said, laid = laid_out(bpm=bpm)
    assert HUM not in {each.source for each in said}
    for syllable, mine, placed in zip(part, said, laid, strict=True):
        vowel = next(piece for piece in placed.pieces if piece.begin == mine.vowel.start)
        assert vowel.start == syllable.start
    pieces = [piece for placed in laid for piece in placed.pieces]
    assert all(after.start - before.end > -1e-9 for before, after in pairwise(pieces))
    assert all(piece.end >= piece.start for piece in pieces)


@pytest.mark.parametrize("bpm", [60.0, 240.0])
def test_consonants_are_never_slower_than_they_were_said(bpm):
    _part, said, laid = laid_out(bpm=bpm)
    spans_of = [(span, placed) for mine, placed in zip(said, laid, strict=True) for span in (mine.onset, mine.coda)]
    for span, placed in spans_of:
        if span is None:
            continue
        sung = next((piece for piece in placed.pieces if Span(piece.begin, piece.finish) == span), None)
        assert sung is not None
        assert sung.end - sung.start <= span.end - span.start + 1e-9


def test_at_least_half_of_a_quick_syllable_is_vowel():
    part, _said, laid = laid_out(bpm=240.0)
    for (syllable, after), placed in zip(pairwise(part), laid, strict=False):
        assert placed.end - placed.start >= 0.49 * min(after.start - syllable.start, syllable.end - syllable.start)
