# ruff: noqa: RUF001 - sentences in many scripts, and phonemes in IPA
import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from antiphon.engines.espeak.voices import (
    CatalogueInvalid,
    dialect_file,
    espeak_name,
    load_languages,
    load_voices,
    read_languages,
    read_voices,
    variant_file,
)

VOICES = {voice.id: voice for voice in load_voices()}
LANGUAGES = {language.code: language for language in load_languages()}
RATE = 22050

CONTRACT = {
    "American": "Maya Daniel Noah Nina Emma Jack Adrian Claire Grace Owen Mina Kenji",
    "Spanish": "Rafael Mateo Sofia Lucia",
    "British": "Oliver Arthur Isla Victoria",
    "Australian": "Cooper Mason Ruby Elise",
    "Indian": "Arjun Rohan Priya Meera",
}
ORDER = (
    "Maya Daniel Noah Nina Emma Jack Adrian Claire Grace Owen Mina Kenji Rafael Mateo "
    "Sofia Oliver Arthur Isla Victoria Cooper Mason Ruby Elise Arjun Rohan Priya Meera Lucia"
)
MEN = "Daniel Noah Jack Adrian Owen Kenji Rafael Mateo Oliver Arthur Cooper Mason Arjun Rohan"

ENGLISH = (
    "The rainbow is a division of white light into many beautiful colors, and people look for a pot of gold at its end."
)
ABROAD = {
    "de": "Der Regenbogen ist eine Zerlegung des weißen Lichts in viele schöne Farben.",
    "hi": "इंद्रधनुष सफेद प्रकाश का कई सुंदर रंगों में विभाजन है।",
    "ja": "にじは しろい ひかりが たくさんの うつくしい いろに わかれたものです。",
    "zh": "彩虹是白光分成许多美丽的颜色。",
}
TELLING = "they had very hot water today"
FRENCH = "le petit chat regarde tranquillement la rivière"

SENTENCES = {
    "af": "Die weer is vandag baie mooi.",
    "ar": "الطقس جميل جدا اليوم.",
    "az": "Bu gün hava çox gözəldir.",
    "be": "Сёння вельмі добрае надвор'е.",
    "bg": "Днес времето е много хубаво.",
    "bn": "আজ আবহাওয়া খুব সুন্দর।",
    "bs": "Danas je vrijeme veoma lijepo.",
    "ca": "Avui fa molt bon temps.",
    "cs": "Dnes je velmi hezké počasí.",
    "cy": "Mae'r tywydd yn braf iawn heddiw.",
    "da": "Vejret er meget smukt i dag.",
    "de": "Das Wetter ist heute sehr schön.",
    "el": "Ο καιρός είναι πολύ ωραίος σήμερα.",
    "en": "The weather is very fine today.",
    "es": "Hoy hace muy buen tiempo.",
    "et": "Täna on väga ilus ilm.",
    "eu": "Gaur eguraldi oso ona dago.",
    "fa": "امروز هوا خیلی خوب است.",
    "fi": "Tänään on oikein kaunis ilma.",
    "fr": "Il fait très beau aujourd'hui.",
    "gl": "Hoxe vai moi bo tempo.",
    "gu": "આજે હવામાન ખૂબ સુંદર છે.",
    "he": "מזג האוויר יפה מאוד היום.",
    "hi": "आज मौसम बहुत अच्छा है।",
    "hr": "Danas je vrijeme jako lijepo.",
    "hu": "Ma nagyon szép idő van.",
    "id": "Cuaca hari ini sangat bagus.",
    "is": "Veðrið er mjög gott í dag.",
    "it": "Oggi il tempo è molto bello.",
    "ja": "きょうは とても いい てんきです。",
    "kk": "Бүгін ауа райы өте жақсы.",
    "kn": "ಇಂದು ಹವಾಮಾನ ತುಂಬಾ ಚೆನ್ನಾಗಿದೆ.",
    "ko": "오늘은 날씨가 아주 좋습니다.",
    "lt": "Šiandien labai gražus oras.",
    "lv": "Šodien ir ļoti jauks laiks.",
    "mk": "Денес времето е многу убаво.",
    "ml": "ഇന്ന് കാലാവസ്ഥ വളരെ നല്ലതാണ്.",
    "mr": "आज हवामान खूप छान आहे.",
    "ms": "Cuaca hari ini sangat baik.",
    "nl": "Het weer is vandaag erg mooi.",
    "no": "Været er veldig fint i dag.",
    "pa": "ਅੱਜ ਮੌਸਮ ਬਹੁਤ ਵਧੀਆ ਹੈ।",
    "pl": "Dzisiaj jest bardzo ładna pogoda.",
    "pt": "O tempo está muito bom hoje.",
    "ro": "Astăzi vremea este foarte frumoasă.",
    "ru": "Сегодня очень хорошая погода.",
    "sk": "Dnes je veľmi pekné počasie.",
    "sl": "Danes je zelo lepo vreme.",
    "sq": "Sot moti është shumë i bukur.",
    "sr": "Danas je vreme veoma lepo.",
    "su": "Cuaca poé ieu éndah pisan.",
    "sv": "Vädret är mycket fint i dag.",
    "sw": "Hali ya hewa ni nzuri sana leo.",
    "ta": "இன்று வானிலை மிகவும் நன்றாக உள்ளது.",
    "te": "ఈరోజు వాతావరణం చాలా బాగుంది.",
    "th": "วันนี้อากาศดีมาก",
    "tl": "Napakaganda ng panahon ngayon.",
    "tr": "Bugün hava çok güzel.",
    "uk": "Сьогодні дуже гарна погода.",
    "ur": "آج موسم بہت اچھا ہے۔",
    "vi": "Hôm nay thời tiết rất đẹp.",
    "zh": "今天天气很好。",
}

MADE_DIALECTS = ["en-au", "en-in", "en-es"]


@dataclass(frozen=True)
class Take:
    """What came of one line: samples in -1..1, and the phonemes."""

    samples: np.ndarray
    phonemes: str


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    """Everything these tests listen to, by (voice or language or name, what)."""
    lines = dict(_lines())
    folder = tmp_path_factory.mktemp("espeak")
    asked = [{"voice": voice, "pace": pace, "text": text} for voice, pace, text in lines.values()]
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("perform.py")), str(folder)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {
        key: Take(np.fromfile(folder / f"{number}.s16le", np.int16) / 32768, phonemes)
        for number, (key, phonemes) in enumerate(zip(lines, json.loads(done.stdout), strict=True))
    }


def _lines():
    for name, voice in VOICES.items():
        english = espeak_name(voice, LANGUAGES["en"])
        yield (name, "english"), (english, voice.pace, ENGLISH)
        yield (name, "english again"), (english, voice.pace, ENGLISH)
        yield (name, "telling"), (english, voice.pace, TELLING)
        yield (name, "french"), (espeak_name(voice, LANGUAGES["fr"]), voice.pace, FRENCH)
        for code, text in ABROAD.items():
            yield (name, code), (espeak_name(voice, LANGUAGES[code]), voice.pace, text)
    for code, text in SENTENCES.items():
        yield (code, "sample"), (espeak_name(VOICES["Maya"], LANGUAGES[code]), 160, text)
    for dialect in ("en-us", "en", "en-gb-x-rp", *MADE_DIALECTS):
        yield (dialect, "same throat"), (f"{dialect}+Oliver", 160, ENGLISH)
    yield ("nobody", "english"), ("en-us+Nobody", 160, ENGLISH)
    yield ("nobody", "french"), ("fr", 160, FRENCH)


def _loud_frames(samples, *, hop):
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::hop]
    level = np.sqrt((frames**2).mean(axis=1))
    return frames[level > 0.3 * np.sqrt((samples**2).mean())]


def fundamentals(samples):
    """The fundamental frequency of each voiced frame, in hertz, by autocorrelation."""
    window = np.hanning(1024)
    frames = _loud_frames(samples, hop=256)
    frames = (frames - frames.mean(axis=1, keepdims=True)) * window
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, 2048)) ** 2)[:, :512]
    taper = np.fft.irfft(np.abs(np.fft.rfft(window, 2048)) ** 2)[:512]
    correlation = correlation / correlation[:, :1] / (taper / taper[0])
    shortest = RATE // 400
    lags = correlation[:, shortest : RATE // 55]
    best = lags.max(axis=1, keepdims=True)
    top = (lags[:, 1:-1] >= lags[:, :-2]) & (lags[:, 1:-1] >= lags[:, 2:]) & (lags[:, 1:-1] > 0.9 * best)
    voiced = (best[:, 0] > 0.6) & top.any(axis=1)
    return RATE / (shortest + 1 + top[voiced].argmax(axis=1))  # The first: later ones are its multiples.


def pitch(take):
    return float(np.median(fundamentals(take.samples)))


def spectrum(samples):
    """Mean levels in 24 mel bands up to 9 kHz, in decibels about their mean."""
    power = (np.abs(np.fft.rfft(_loud_frames(samples, hop=512) * np.hanning(1024))) ** 2).mean(axis=0)
    edges = 700 * (10 ** (np.linspace(218, 2957, 25) / 2595) - 1)
    place = np.digitize(np.fft.rfftfreq(1024, 1 / RATE), edges)
    levels = 10 * np.log10([power[place == band].mean() + 1e-12 for band in range(1, 25)])
    return levels - levels.mean()


def portrait(take):
    """A voice in numbers of like weight: semitones of pitch and of its span, eighths of an octave of pace, decibels."""
    found = fundamentals(take.samples)
    low, high = np.percentile(found, [10, 90])
    return np.concatenate(
        [
            [12 * np.log2(np.median(found)), 12 * np.log2(high / low), 8 * np.log2(len(take.samples))],
            spectrum(take.samples) / np.sqrt(24),
        ]
    )


def level(take):
    return 10 * np.log10((take.samples**2).mean() + 1e-12)


def ranks(values):
    return np.argsort(np.argsort(values))


def test_the_voices_are_those_of_the_contract_in_its_order():
    assert list(VOICES) == ORDER.split()


def test_each_voice_has_the_accent_and_gender_of_the_contract():
    accents = {name: accent for accent, names in CONTRACT.items() for name in names.split()}
    assert {name: voice.accent for name, voice in VOICES.items()} == accents
    assert {name for name, voice in VOICES.items() if voice.gender == "male"} == set(MEN.split())
    assert {name for name, voice in VOICES.items() if voice.gender == "female"} == VOICES.keys() - set(MEN.split())


def test_the_languages_are_the_62_of_the_contract():
    assert list(LANGUAGES) == list(SENTENCES)
    assert len(LANGUAGES) == 62


def test_three_languages_say_what_stands_in_for_them():
    stand_ins = {code: language.spoken_as for code, language in LANGUAGES.items() if language.spoken_as}
    assert stand_ins == {"gl": "Aragonese", "su": "Indonesian", "tl": "Malay"}


def test_a_voice_speaks_english_as_its_dialect_does_and_other_languages_as_espeak_does():
    assert espeak_name(VOICES["Cooper"], LANGUAGES["en"]) == "en-au+Cooper"
    assert espeak_name(VOICES["Cooper"], LANGUAGES["zh"]) == "cmn+Cooper"


def test_every_man_speaks_lower_than_every_woman(takes):
    pitches = {name: pitch(takes[name, "english"]) for name in VOICES}
    assert max(pitches[name] for name in MEN.split()) < min(pitches[name] for name in VOICES.keys() - set(MEN.split()))


@pytest.mark.parametrize("name", VOICES)
def test_a_voice_has_the_pitch_that_its_entry_says(takes, name):
    timbre = VOICES[name].timbre
    assert timbre.pitch < pitch(takes[name, "english"]) < timbre.pitch + timbre.span


def test_a_variant_that_is_missing_would_be_noticed(takes):
    unvaried = pitch(takes["nobody", "english"])
    outside = [v for v in VOICES.values() if not v.timbre.pitch < unvaried < v.timbre.pitch + v.timbre.span]
    assert len(outside) > len(VOICES) / 2


def test_no_two_voices_are_alike(takes):
    portraits = {name: portrait(takes[name, "english"]) for name in VOICES}
    unrest = max(np.linalg.norm(portraits[name] - portrait(takes[name, "english again"])) for name in VOICES)
    distances = {
        (one, other): np.linalg.norm(portraits[one] - portraits[other])
        for one in VOICES
        for other in VOICES
        if one < other
    }
    nearest = min(distances, key=distances.get)
    assert distances[nearest] > max(1.5, 2.5 * unrest), nearest


@pytest.mark.parametrize("code", ABROAD)
def test_a_voice_keeps_its_character_in_other_languages(takes, code):
    at_home = [pitch(takes[name, "english"]) for name in VOICES]
    abroad = [pitch(takes[name, code]) for name in VOICES]
    assert np.corrcoef(ranks(at_home), ranks(abroad))[0, 1] > 0.97
    men = [voice.gender == "male" for voice in VOICES.values()]
    assert max(np.array(abroad)[men]) < min(np.array(abroad)[np.logical_not(men)])


@pytest.mark.parametrize("what", ["english", *ABROAD])
def test_all_voices_are_equally_loud(takes, what):
    levels = [level(takes[name, what]) for name in VOICES]
    assert max(levels) - min(levels) < 3.0


@pytest.mark.parametrize("what", ["english", *ABROAD])
def test_no_voice_clips(takes, what):
    assert {
        name: float(np.abs(takes[name, what].samples).max())
        for name in VOICES
        if np.abs(takes[name, what].samples).max() > 0.99
    } == {}


@pytest.mark.parametrize(
    ("accent", "phonemes"),
    [
        ("American", "ðeɪ hæd vˈɛɹi hˈɑːt wˈɔːɾɚ tədˈeɪ"),
        ("British", "ðeɪ hæd vˈɛɹɪ hˈɒt wˈɔːtɐ tədˈeɪ"),
        ("Australian", "ðeː hæd vˈɛɹi hˈɒt wˈɔːtɐ tədˈeː"),
        ("Indian", "deː haɖ ʋˈɛɾi hˈɒʈ ʋˈɔːʈə ʈəɖˈeː"),
        ("Spanish", "d̪eɪ xad̪ bˈeɾi xˈot wˈɔːtɚ təd̪ˈeɪ"),
    ],
)
def test_an_accent_has_its_phonemes(takes, accent, phonemes):
    spoken = {takes[name, "telling"].phonemes for name in CONTRACT[accent].split() if name != "Isla"}
    assert spoken == {phonemes}


def test_no_two_dialects_sound_alike_from_the_same_throat(takes):
    dialects = ["en-us", "en", "en-gb-x-rp", *MADE_DIALECTS]
    portraits = {dialect: portrait(takes[dialect, "same throat"]) for dialect in dialects}
    unrest = np.linalg.norm(portrait(takes["Oliver", "english"]) - portrait(takes["Oliver", "english again"]))
    between = [np.linalg.norm(portraits[a] - portraits[b]) for a in dialects for b in dialects if a < b]
    assert min(between) > 1.5 * unrest


def test_no_accent_leaks_into_french(takes):
    assert {takes[name, "french"].phonemes for name in VOICES} == {takes["nobody", "french"].phonemes}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_language_sounds(takes, code):
    take = takes[code, "sample"]
    assert level(take) > -30
    assert 0.8 < len(take.samples) / RATE < 6


@pytest.mark.parametrize("code", SENTENCES)
def test_a_language_is_not_spelled_out_in_english(takes, code):
    assert "(en)" not in takes[code, "sample"].phonemes


def test_files_for_espeak_are_as_its_documentation_says():
    assert variant_file(VOICES["Owen"]).splitlines()[:4] == [
        "language variant",
        "name Owen",
        "gender male",
        "pitch 94 108",
    ]
    assert dialect_file(VOICES["Cooper"].english).splitlines() == [
        "name English (Australian)",
        "language en-au",
        "phonemes en-au",
        "replace 03 @ a#",
        "replace 03 3 a#",
    ]


def _table():
    return tomllib.loads(resources.files("antiphon.engines.espeak").joinpath("voices.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"pace": 90}, "pace 90"),
        ({"gender": "deep"}, "gender 'deep'"),
        ({"english": "martian"}, "no such dialect"),
        ({"pitch": 100}, "pitch"),
        ({"timbre": {"pitch": 100, "span": 500}}, "span 500"),
        ({"timbre": {"pitch": 100}}, "span"),
        ({"id": "../Maya"}, "letters and digits"),
        ({"id": "daniel"}, "twice"),
    ],
)
def test_a_wrong_entry_is_named(change, fault):
    table = _table()
    table["voices"][0] |= change
    with pytest.raises(CatalogueInvalid, match=fault) as caught:
        read_voices(table)
    assert caught.value.entry == f"voice {change.get('id', 'Maya')}"


def test_a_wrong_dialect_is_named():
    table = _table()
    table["dialects"]["indian"]["replace"] = ["v w"]
    with pytest.raises(CatalogueInvalid, match="not a replacement") as caught:
        read_voices(table)
    assert caught.value.entry == "dialect en-in"


def test_a_wrong_language_is_named():
    with pytest.raises(CatalogueInvalid, match="espeek") as caught:
        read_languages({"languages": {"xx": {"name": "Xish", "espeek": "xx"}}})
    assert caught.value.entry == "language xx"


def test_listing_voices_loads_nothing_heavy():
    check = (
        "import sys, antiphon.engines.espeak.voices as v; v.load_voices(); v.load_languages(); "
        "sys.exit(bool({'numpy', 'av', 'ctypes'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
