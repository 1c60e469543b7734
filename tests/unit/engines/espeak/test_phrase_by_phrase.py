# ruff: noqa: RUF001 - sentences in many scripts
"""A text that comes token by token sounds as the same text at once.

That is shown on the samples, which are the same. Only where a sentence has no mark for more than a breath it is cut
at a word, and there melody and times are compared. No recogniser of speech is at hand to ask how well it is understood.
"""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from antiphon.audio.formats import encoding
from antiphon.domain.phrases import Phrases
from antiphon.domain.speech import Codec, Manner, SpeechPiece, WordTime
from antiphon.engines.espeak.backend import EspeakMaker
from antiphon.surfaces.soniox.timestamps import Timeline

pytestmark = pytest.mark.asyncio(loop_scope="module")

RATE = 16_000

TEXTS = [
    ("en", "Adrian", "Good morning, my old friend. How do you do today? I am fine: thank you very much!"),
    ("en", "Maya", 'She said: "It is 3.14, or so." Dr. Smith laughed... "Well—no," he answered; and left.\n\nThe end.'),
    ("en", "Oliver", "In the U.S. there are 1,000 of them (e.g. at 10:30 p.m.), aren't there? Yes!!! Really?!"),
    ("en", "Cooper", "# A heading\n\n- First, this.\n- Then that, i.e. all of it.\n\n1. One.\n2. Two…three."),
    ("en", "Priya", "I. II. III. Chapter IV. It ends on page 42. 43 follows. So do I. Etc. Then: *nothing*."),
    ("de", "Kenji", "Am 3. Mai war es so weit. Ludwig XIV. kam, z. B. mit 3,14 Pferden – nicht 1.000 – um 10.30 Uhr."),
    ("de", "Emma", "„Guten Tag“, sagte Dr. Müller. „Wie geht's?“ Es ging, bzw. es lief; na ja…"),
    ("de", "Jack", "Der 2. Versuch. 3. Der dritte. Nr. 5 lebt! usw. usf. Ende?"),
    ("fr", "Claire", "Bonjour ! Comment ça va ? M. Dupont, lui, dit : « Très bien. » Puis il part à 10 h 30…"),
    ("fr", "Noah", "C'est l'été ; aujourd'hui, il fait 31,5 degrés. Etc. Voilà — c'est tout."),
    ("es", "Sofia", "¡Hola! ¿Qué tal? Pues, ¿qué quieres que te diga? El Sr. López llegó a las 10:30, ¡y nada!"),
    ("es", "Mateo", "Uno, dos; tres: cuatro. «Cinco», dijo. ¿Y seis? No sé... quizás."),
    ("ru", "Nina", "Привет! Как дела? Иван, т. е. он сам, родился в 1999 г. в Москве; ул. Мира, д. 5. Вот так…"),
    ("ru", "Owen", "«Да», — сказал он. — «Нет». Потом — тишина. 3,14 или 1 000?"),
    ("zh", "Grace", "你好，世界！今天天气很好，我们去公园吧。……好吗？他说：“3.14，对。”\n\n好的。"),
    ("zh", "Adrian", "第一，这个；第二，那个。《红楼梦》是GPT写的吗？No. 不是！"),
    ("ja", "Mina", "こんにちは。今日は、いい天気ですね！「はい。」と言った。2024年、3.14…そう？"),
    ("hi", "Arjun", "नमस्ते। आप कैसे हैं? मैं ठीक हूँ, धन्यवाद! डॉ. राम १२.५ बजे आए। हाँ; ठीक है।"),
    ("hi", "Meera", "यह पहला है। यह दूसरा है॥ अंत."),
    ("ar", "Rohan", "مرحبا، كيف حالك؟ أنا بخير، شكرا! قال د. أحمد: 3.14؛ نعم. انتهى…"),
    ("ar", "Isla", "نعم. لا؟ حسنا، إلى اللقاء."),
    ("pl", "Ruby", "Dzień dobry! Dr Nowak, np. 2. maja, rzekł: „Tak.” Potem… nic. Koniec?"),
    ("hu", "Rafael", "December 2., szerda. A 3. ház. Jó napot! Hogy van? IV. Béla 1999. óta…"),
    ("tr", "Elise", "Merhaba! Nasılsınız? 3. gün, saat 10.30'da geldi. İyi; ya siz?"),
    ("ko", "Daniel", "안녕하세요. 오늘은 날씨가 좋네요! 그렇죠? 3.14, 맞아요…"),
]

RUN_ONS = {
    "en": (
        "I was walking down the long and winding road that leads to the old stone house by the river where my "
        "grandmother used to live when she was a young girl and where every summer we would gather with all the "
        "cousins and neighbours to celebrate the end of the harvest with music and dancing until late at night"
    ),
    "de": (
        "Als ich gestern Abend nach einem langen und anstrengenden Tag im Büro endlich nach Hause kam und die Tür "
        "hinter mir schließen wollte bemerkte ich zu meiner großen Überraschung dass in der Küche noch Licht brannte "
        "und jemand leise ein altes Lied vor sich hin summte das ich seit meiner Kindheit nicht mehr gehört hatte"
    ),
    "fr": (
        "Le petit garçon qui marchait lentement dans la rue déserte avec son chien fidèle et son vieux chapeau trop "
        "grand pour lui regardait avec attention toutes les fenêtres des maisons endormies en espérant y voir une "
        "lumière allumée ou un visage connu qui lui aurait souri malgré la pluie et le vent du soir"
    ),
}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def maker():
    maker = EspeakMaker()
    await maker.start()
    yield maker
    await maker.close()


def how(language: str, voice: str, codec: Codec = Codec.PCM_S16LE) -> Manner:
    return Manner(voice=voice, language=language, encoding=encoding(codec, sample_rate=RATE))


def tokens(text: str, seed: int) -> list[str]:
    """The text in random pieces, as a language model might give it."""
    rng, cut = random.Random(seed), []
    while text:
        length = rng.choice([1, 1, 2, 3, 4, 5, 8, 13])
        cut.append(text[:length])
        text = text[length:]
    return cut


async def phrases(chunks: list[str], language: str) -> AsyncIterator[str]:
    held = Phrases(language)
    for chunk in chunks:
        for phrase in held.add(chunk):
            yield phrase
        await asyncio.sleep(0)
    for phrase in held.end():
        yield phrase


async def whole(text: str) -> AsyncIterator[str]:
    yield text


async def say(maker: EspeakMaker, text: AsyncIterator[str], manner: Manner) -> tuple[bytes, list[WordTime]]:
    async with maker.speak(text, manner) as spoken:
        pieces = [piece async for piece in spoken]
    return b"".join(piece.audio for piece in pieces), words(pieces)


def words(pieces: list[SpeechPiece]) -> list[WordTime]:
    return [word for piece in pieces for word in piece.words]


@pytest.mark.parametrize(("language", "voice", "text"), TEXTS, ids=lambda value: value[:10])
async def test_token_by_token_a_text_gives_the_same_samples_and_words(maker, language, voice, text):
    manner = how(language, voice)
    expected = await say(maker, whole(text), manner)
    for seed in range(3):
        assert await say(maker, phrases(tokens(text, seed), language), manner) == expected


@pytest.mark.parametrize(("language", "voice", "text"), TEXTS, ids=lambda value: value[:10])
async def test_speech_begins_before_the_text_is_complete(language, voice, text):
    held = Phrases(language)
    assert any(held.add(chunk) for chunk in tokens(text, 0))


@pytest.mark.parametrize("codec", Codec)
async def test_in_every_codec_a_text_in_phrases_gives_the_same_bytes(maker, codec):
    manner = Manner(voice="Adrian", language="en", encoding=encoding(codec))
    language, _, text = TEXTS[0]
    assert await say(maker, phrases(tokens(text, 7), language), manner) == await say(maker, whole(text), manner)


@pytest.mark.parametrize(("language", "voice", "text"), TEXTS[::3], ids=lambda value: value[:10])
async def test_every_character_is_told_when_it_is_heard(maker, language, voice, text):
    timeline, frames = Timeline(), []

    async def noted() -> AsyncIterator[str]:
        async for phrase in phrases(tokens(text, 5), language):
            timeline.add(phrase)
            yield phrase

    async with maker.speak(noted(), how(language, voice)) as pieces:
        async for piece in pieces:
            frame = timeline.frame(piece)
            if frame is not None:
                frames.append(frame)
                assert frame["character_end_times_seconds"][-1] <= piece.duration / 1000
    times = [time for frame in frames for time in frame["character_start_times_seconds"]]
    assert "".join(character for frame in frames for character in frame["characters"]) == text
    assert times == sorted(times)
    assert len(frames) > 2


@pytest.mark.parametrize(("language", "text"), RUN_ONS.items(), ids=RUN_ONS)
async def test_a_sentence_without_marks_is_spoken_nearly_as_whole(maker, language, text):
    manner = how(language, "Adrian")
    expected, told = await say(maker, whole(text), manner)
    audio, told_parts = await say(maker, phrases(tokens(text, 1), language), manner)
    assert [(word.offset, word.length) for word in told_parts] == [(word.offset, word.length) for word in told]
    assert len(audio) == pytest.approx(len(expected), rel=0.02)
    drifts = np.diff([part.start - word.start for word, part in zip(told, told_parts, strict=True)])
    assert sum(abs(drift) > 60 for drift in drifts) <= 1, drifts  # The pause where it was cut.
    assert correlation(expected, told, audio, told_parts) > 0.85


def correlation(one: bytes, told: list[WordTime], other: bytes, told_other: list[WordTime]) -> float:
    """How alike two melodies are: of frames that have a pitch in both, taken from the same places of the same words."""
    tracks = [pitch(np.frombuffer(audio, "<i2") / 32768) for audio in (one, other)]
    pairs = []
    for word, alike in zip(told, told_other, strict=True):
        frames = min(word.end - word.start, alike.end - alike.start) // 10
        pairs += zip(
            *(track[at.start // 10 :][:frames] for track, at in zip(tracks, (word, alike), strict=True)), strict=False
        )
    voiced = np.array([pair for pair in pairs if min(pair) > 0])
    return float(np.corrcoef(np.log2(voiced.T))[0, 1])


def pitch(sound: np.ndarray) -> list[float]:
    """The fundamental frequency each 10 ms, 0 where there is none: the highest peak of the autocorrelation."""
    track = []
    for start in range(0, len(sound) - RATE // 20, RATE // 100):
        frame = sound[start : start + RATE // 20] * np.hanning(RATE // 20)
        alike = np.fft.irfft(np.abs(np.fft.rfft(frame, 4096)) ** 2)
        lag = RATE // 350 + int(np.argmax(alike[RATE // 350 : RATE // 60]))
        track.append(RATE / lag if alike[0] > 1e-2 and alike[lag] > 0.4 * alike[0] else 0.0)
    return track


async def test_the_comparison_of_melodies_can_fail():
    time = np.arange(2 * RATE) / RATE
    rising, falling = (np.sin(2 * np.pi * (180 * time + slope * time**2)) for slope in (20, -20))
    one, other = ((8000 * wave).astype("<i2").tobytes() for wave in (rising, falling))
    told = [WordTime(offset=0, length=1, start=0, end=1900)]
    assert correlation(one, told, one, told) > 0.99
    assert correlation(one, told, other, told) < 0


async def test_the_texts_are_many():
    assert len(TEXTS) > 20
    assert len({language for language, _, _ in TEXTS}) >= 8
    assert len({voice for _, voice, _ in TEXTS}) > 20
    assert all(len(text) > 200 for text in RUN_ONS.values())
    assert all(one != after for one, after in itertools.pairwise(TEXTS))
