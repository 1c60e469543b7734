"""What is sung is the tune, at its time, with its words."""

import random
from dataclasses import replace

import numpy as np
import pytest

from antiphon.engines.song.score import Sung
from antiphon.engines.song.sing import EspeakSpeaker, sing
from unit.engines.song.singing import (
    BEATS,
    MAN,
    RATE,
    TUNE,
    TWINKLE,
    WOMAN,
    cents,
    distance,
    envelope,
    frequency,
    mfcc,
    pitches,
    score,
    sung,
    twinkle,
    vocal,
)

RIGHT = "t|w|'I|N|k|@L t|w|'I|N|k|@L l|'I|t|@L s|t|'A@ h|'aU aI w|'V|n|d|3 w|'V|t j|'u: A@"
WRONG = (
    "r|'oU j|U@ b|'oU|t dZ|'E|n|t|l|i d|aU|n D|@2 s|t|r|'i:|m",
    "h|'a|p|i b|'3:|T|d|eI t|@ j|u: m|aI d|'i@|3|r 'oU|l|d f|r|'E|n|d",
    "S|U|d 'oU|l|d a#|k|w|'eI|n|t|@|n|s b|i: f|3|g|'0|t",
    "D|@2 r|'eI|n I|n s|p|'eI|n s|t|'eI|z m|'eI|n|l|i O2|n D|@2 p|l|'eI|n",
    "dZ|'I|N|g|@L b|'E|l|z dZ|'I|N|g|@L 'O:|l D|@2 w|'eI t|@ s|k|'u:|l",
    "w|i: w|I2|l w|'O:|k V|n|d|3 D|@2 g|'oU|l|d|@|n m|'u:|n t|@|n|'aI|t",
    "h|'oU|l|d m|i: k|l|'oU|s b|I|f|o@ D|@2 m|'O@|n|I|N k|'V|m|z",
    "s|'E|v|@|n S|'I|p|s w|3: s|'eI|l|I|N p|'aa|s|t D|@2 b|r|'oU|k|@|n S|'o@",
    "k|'O2|f|i I|n D|@2 k|'I|tS|@|n a|n|d a# p|'eI|p|3 O2|n D|@2 f|l|'o@",
    "g|'I|v m|i: b|'a|k m|aI h|'A@|t a|n|d l|'E|t D|@2 m|j|'u:|z|I|k p|l|'eI",
)
SINGERS = [pytest.param(MAN, 0, id="man"), pytest.param(WOMAN, 12, id="woman")]


def middles(wave, song, *, edge=0.12):
    """Of each note of the lead: its pitch and its sound, the ends left out."""
    for note in song.vocal.lead:
        start, end = song.second(note.start), song.second(note.start + note.length)
        yield note, wave[round((start + edge) * RATE) : round((end - 0.2) * RATE)]


@pytest.mark.parametrize(("singer", "above"), SINGERS)
def test_every_note_is_at_its_pitch(singer, above):
    wave, song = twinkle(singer, above)
    found = [cents(pitches(sound, frequency(note.pitch)), frequency(note.pitch)) for note, sound in middles(wave, song)]
    apart = np.abs(np.concatenate(found))
    assert np.median(apart) <= 10
    assert np.percentile(apart, 95) <= 35
    assert max(abs(np.median(each)) for each in found) <= 10


@pytest.mark.parametrize(("singer", "above"), SINGERS)
def test_vowels_begin_where_their_notes_begin(singer, above):
    wave, song = twinkle(singer, above)
    spectrum = np.fft.rfft(wave)
    frequencies = np.fft.rfftfreq(len(wave), 1 / RATE)
    voice = np.fft.irfft(np.where((frequencies > 100) & (frequencies < 1_000), spectrum, 0), len(wave))
    times = np.arange(-0.06, 0.08, 0.0025)
    late = []
    for note in song.vocal.lead:
        if note.phonemes[0] not in {"k", "h", "s"}:
            continue  # Before these there is no voice, so that its beginning can be seen.
        start = song.second(note.start)
        power = np.array([np.mean(voice[round((start + each) * RATE) :][:220] ** 2) for each in times])
        full = np.mean(voice[round((start + 0.1) * RATE) : round((start + 0.2) * RATE)] ** 2)
        late.append(times[np.argmax(power > 0.1 * full)])
    assert len(late) == 4
    assert np.abs(late).max() <= 0.025


@pytest.mark.parametrize(("singer", "above", "nearer"), [(MAN, 0, 6.0), (WOMAN, 12, 3.0)])
def test_the_words_are_nearer_than_other_words(singer, above, nearer):
    """The higher the voice, the fewer harmonics there are to tell its vowels by: hers is an octave above his."""
    wave, _song = twinkle(singer, above)
    said = EspeakSpeaker().say("en", [RIGHT, *WRONG])
    # A shorter tract raises the formants as playing faster does: so she is compared with someone of her size.
    spoken = [mfcc(each.sound, round(each.rate * singer.tract)) for each in said]
    right, *wrong = (distance(mfcc(wave), each) for each in spoken)
    assert np.mean(wrong) / right >= nearer
    assert min(wrong) > 1.5 * right


def test_women_have_higher_formants_than_men_on_the_same_note():
    text, tune, beats = "'A: / 'A:", (57, 57), (4, 4)
    man, woman = (
        np.mean([envelope(sound) for _note, sound in middles(*_lead(text, tune, beats, singer))], axis=0)
        for singer in (MAN, WOMAN)
    )
    places = np.linspace(0, 6_000, 128)
    kept = (places > 500) & (places < 4_000)
    fits = {
        factor: np.corrcoef(np.interp(places[kept] / factor, places, man), woman[kept])[0, 1]
        for factor in (0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.25)
    }
    assert max(fits, key=fits.get) in {1.1, 1.15, 1.2}


def _lead(text, tune, beats, singer):
    voices, song = sung(vocal(text, tune, beats, singer=singer))
    return voices[0], song


def test_long_notes_have_vibrato_that_comes_late():
    wave, song = _lead("l 'A:", (57,), (4,), replace(MAN, vibrato=50.0))
    start = song.second(song.vocal.lead[0].start)
    found = cents(pitches(wave[round((start + 0.08) * RATE) : round((start + 2.3) * RATE)], 220.0), 220.0)
    early, late = found[:14], found[90:180]
    assert np.ptp(early) < 30
    assert 60 < np.ptp(late) < 130
    turns = np.abs(np.fft.rfft((late - late.mean()) * np.hanning(len(late)), 1_000))
    assert abs(np.argmax(turns) / 10 - MAN.vibrato_rate) < 0.7


def test_a_held_vowel_goes_on_without_a_break_on_the_next_pitch():
    voices, song = sung(vocal("l 'A: /  /  ", (50, 53, 55), (1, 1, 2)))
    start, end = song.second(song.vocal.lead[0].start), song.second(song.vocal.lead[-1].start + 200)
    piece = voices[0][round((start + 0.1) * RATE) : round((end - 0.1) * RATE)]
    power = np.array([np.mean(piece[at : at + 1_000] ** 2) for at in range(0, len(piece) - 1_000, 500)])
    assert power.min() > 0.1 * np.median(power)
    last = song.second(song.vocal.lead[-1].start)
    found = pitches(voices[0][round((last + 0.1) * RATE) : round((last + 0.5) * RATE)], frequency(55))
    assert abs(np.median(cents(found, frequency(55)))) < 15


def test_pitch_slides_from_note_to_note():
    voices, song = sung(vocal("l 'A: /  ", (50, 55), (2, 2), singer=replace(MAN, portamento=0.2)))
    at = song.second(song.vocal.lead[1].start)
    found = pitches(voices[0][round((at - 0.2) * RATE) : round((at + 0.2) * RATE)], frequency(52.5))
    between = (found > frequency(50.7)) & (found < frequency(54.3))
    assert 6 <= between.sum() <= 20


@pytest.mark.parametrize(("singer", "above"), SINGERS)
def test_the_sound_is_sound(singer, above):
    wave, song = twinkle(singer, above)
    assert wave.dtype == np.float32
    assert wave.shape == (round(song.seconds * RATE),)
    assert np.isfinite(wave).all()
    assert np.abs(wave).max() < 1.0
    assert abs(wave.mean()) < 5e-4
    levels = [20 * np.log10(sound.std()) for _note, sound in middles(wave, song)]
    assert min(levels) > -25
    assert max(levels) < -15


@pytest.mark.parametrize(("singer", "above"), SINGERS)
def test_there_are_no_clicks_where_the_vowel_is_held(singer, above):
    """A click has power far above the voice's, for a moment."""
    wave, song = twinkle(singer, above)
    spectrum = np.fft.rfft(wave)
    spectrum[: round(14_000 * len(wave) / RATE)] = 0
    high = np.fft.irfft(spectrum, len(wave))
    for _note, sound in middles(high, song):
        power = np.array([np.mean(sound[at : at + 64] ** 2) for at in range(0, len(sound) - 64, 32)])
        assert power.max() < 40 * np.median(power)


def brightness(wave):
    """Decibels from below a kilohertz to what rings near three."""
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    frequencies = np.fft.rfftfreq(len(wave), 1 / RATE)
    low, high = ((frequencies > 100) & (frequencies < 1_000), (frequencies > 2_200) & (frequencies < 4_000))
    return 10 * np.log10(power[high].sum() / power[low].sum())


def test_a_louder_voice_is_brighter():
    voice = vocal("l 'A: / l 'A:", (50, 50), (4, 4))
    soft, loud = (replace(note, velocity=velocity) for note, velocity in zip(voice.lead, (45, 115), strict=True))
    voices, song = sung(replace(voice, lead=(soft, loud)))
    quiet, strong = (
        sound for _note, sound in middles(voices[0], replace(song, vocal=replace(voice, lead=(soft, loud))))
    )
    assert strong.std() > 2 * quiet.std()
    assert brightness(strong) > brightness(quiet) + 1.5


def test_a_belting_voice_rings_and_a_breathy_one_does_not():
    text, tune, beats = "l 'A:", (57,), (4,)
    belted, breathy = (
        next(brightness(sound) for _note, sound in middles(*_lead(text, tune, beats, replace(MAN, tilt=tilt))))
        for tilt in (2.5, -2.5)
    )
    assert belted > breathy + 12


def test_a_long_note_swells_and_the_last_one_is_let_go():
    wave, song = _lead("l 'A: / l 'A:", (50, 50), (6, 6), replace(MAN, vibrato=0.0))
    levels = []
    for note in song.vocal.lead:
        start, end = song.second(note.start), song.second(note.start + note.length)
        places = (start + 0.15, 0.5 * (start + end), end - 0.45)
        levels.append([20 * np.log10(wave[round(at * RATE) :][: RATE // 5].std()) for at in places])
    (begin, middle, end), (_begin, top, last) = levels
    assert middle > begin + 0.8
    assert middle > end + 0.8
    assert top - last > middle - end + 1.0


def test_singing_tells_how_far_it_is():
    told = []
    voice = vocal(TWINKLE, TUNE, BEATS, harmonies=(4,))
    voices = sing(voice, score(voice), EspeakSpeaker(), RATE, told.append)
    assert not told
    next(voices)
    assert 0.4 < told[-1] < 0.6
    assert len(list(voices)) == 1
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)


def test_before_the_first_breath_and_after_the_last_word_there_is_silence():
    wave, song = twinkle()
    last = song.vocal.lead[-1]
    assert not wave[: round(0.01 * RATE)].any()
    assert np.abs(wave[round((song.second(last.start + last.length) + 0.2) * RATE) :]).max() < 1e-4


def test_the_same_song_has_the_same_bytes():
    text, tune, beats = "h 'aU / 'aI / w 'V n / d 3", (50, 52, 53, 50), (1, 1, 1, 2)
    first, second = (sung(vocal(text, tune, beats, harmonies=(4,)))[0] for _ in range(2))
    assert [each.tobytes() for each in first] == [each.tobytes() for each in second]


def test_another_seed_is_another_performance():
    voice = vocal("h 'aU / 'aI", (50, 52), (1, 2))
    first, second = (sung(voice, seed=seed)[0][0] for seed in (1, 2))
    assert first.tobytes() != second.tobytes()
    assert abs(first.std() / second.std() - 1) < 0.1


def test_harmonies_are_other_singers():
    voices, song = sung(vocal(TWINKLE, TUNE, BEATS, harmonies=(0, 4)))
    assert len(voices) == 3
    lead, double, third = voices
    assert abs(np.corrcoef(lead, double)[0, 1]) < 0.5
    found = [
        cents(pitches(sound, frequency(note.pitch + 4)), frequency(note.pitch + 4))
        for note, sound in middles(third, song)
        if note.length > 240
    ]
    assert 1.0 < np.median(np.abs(np.concatenate(found))) < 15
    assert abs(np.median([np.median(each) for each in found])) < 10


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("id", "'a / k u / tS 'i n / t a // p a / d 'a / m u"),
        ("de", "'I C / l 'i: / b @ / d I C // z o: / z 'e: r"),
        ("es", "k j 'e / **o / B aI / l 'a r // k o n / t 'i / Q o"),
        ("ja", "s a / k u / r` a / s a // k 'u / r` a"),
        ("fr", "Z @- / t 'E m / m O~ / n a // m 'u r"),
        ("zh", "yE51 / l 'iA11 N // t ai51 / p j 'Au214"),
        ("no such language", "l 'A: / l 'A:"),
    ],
)
def test_other_languages_are_sung(language, text):
    count = len(text.replace("//", "/").split("/"))
    wave, song = _lead_of(language, text, count)
    assert np.isfinite(wave).all()
    for note, sound in middles(wave, song):
        assert 20 * np.log10(sound.std()) > -26
        assert abs(np.median(cents(pitches(sound, frequency(note.pitch)), frequency(note.pitch)))) < 20


def _lead_of(language, text, count):
    tune = tuple(50 + 2 * (place % 4) for place in range(count))
    voices, song = sung(vocal(text, tune, (2,) * count, language=language))
    return voices[0], song


@pytest.mark.parametrize("phonemes", ["qqq ~~ |", "Qx$ 'W5", "]] [[", "\u00e4\u00f6 \u3042", "q9q ~", "_: _|"])
def test_what_espeak_cannot_say_is_hummed(phonemes):
    voice = vocal("l 'A: / l 'A: / l 'A:", (50, 52, 53), (2, 2, 2))
    strange = replace(voice.lead[1], phonemes=tuple(phonemes.split()), vowel=1)
    voice = replace(voice, lead=(voice.lead[0], strange, voice.lead[2]))
    voices, song = sung(voice)
    for note, sound in middles(voices[0], song):
        assert 20 * np.log10(sound.std()) > -26
        assert abs(np.median(cents(pitches(sound, frequency(note.pitch)), frequency(note.pitch)))) < 20


class _Mute(EspeakSpeaker):
    """Says nothing."""

    def say(self, language, texts):
        return super().say(language, ["" for _text in texts])


def test_a_song_is_hummed_when_nothing_is_said():
    voice = vocal("l 'A: / l 'A:", (50, 52), (2, 2))
    song = score(voice)
    (wave,) = sing(voice, song, _Mute())
    assert all(20 * np.log10(sound.std()) > -26 for _note, sound in middles(wave, song))


def test_a_voice_without_notes_is_silent():
    voice = vocal("l 'A:", (50,), (2,))
    song = score(voice)
    lead, none = sing(replace(voice, harmonies=((),)), song, EspeakSpeaker())
    assert lead.any()
    assert none.shape == lead.shape
    assert not none.any()


def test_fast_words_keep_their_vowels():
    text = " / ".join(["s t r 'E N T s"] * 8)
    voices, song = sung(vocal(text, (50, 52) * 4, (0.5,) * 8), bpm=140.0)
    for note in song.vocal.lead:
        start = song.second(note.start)
        sound = voices[0][round((start + 0.02) * RATE) : round((start + 0.1) * RATE)]
        assert 20 * np.log10(sound.std()) > -27


def test_notes_that_nobody_could_sing_are_sung_without_harm():
    draw = random.Random("strange notes")
    names = ["t", "p", "s", "z", "v", "m", "l", "tS", "I", "i:", "A:", "@", "aI", "qq", "~", "8", "_:", "|"]
    notes, at = [], 0
    for _ in range(40):
        length = draw.choice([1, 10, 120, 480, 2_000])
        notes.append(
            Sung(
                start=at,
                length=length,
                pitch=draw.randrange(24, 100),
                velocity=draw.randrange(128),
                word=draw.randrange(30),
                phonemes=tuple(draw.choices(names, k=draw.randrange(6))),
                vowel=draw.randrange(6),
                stress=draw.randrange(4),
            )
        )
        at += draw.choice([0, 1, length // 2, length, length + 1_000])
    voice = replace(vocal(TWINKLE, TUNE, BEATS), lead=tuple(notes))
    wave = sung(voice)[0][0]
    assert np.isfinite(wave).all()
    assert np.abs(wave).max() <= 1.0
