"""What every maker of speech promises (`domain.ports.SpeechMaker`), tried on each that is installed.

Some promises are kept by whatever implements the port; those about sound need a maker that makes real sound.
"""

import asyncio
import contextlib
import io
import itertools
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
import pytest_asyncio

from antiphon.audio.formats import FORMATS, encoding
from antiphon.catalog.registry import discover
from antiphon.domain.delivery import Delivery, Gesture, Pause, Turn
from antiphon.domain.errors import Unavailable
from antiphon.domain.ports import SpeechMaker
from antiphon.domain.speech import Codec, Manner, SpeechPiece
from antiphon.testing import EchoMaker

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHORT = "Good morning, my old friend. How do you do?"
LONG = "The quick brown fox jumps over the lazy dog, and then, quite suddenly, it thinks better of it. " * 20
PAUSES = "One.\n\nTwo.\n\nThree, four, five.\n\nSix."
PCM = Codec.PCM_S16LE

INSTALLED = {plugin.name: plugin.speech for plugin in discover().plugins if plugin.speech is not None}
ALL: dict[str, Callable[[], SpeechMaker]] = {**INSTALLED, "echo": EchoMaker}
REAL = {name: make for name, make in INSTALLED.items() if name != "tone"}
"""Those that speak; a hum has no words, and two of the codecs."""


@contextlib.asynccontextmanager
async def started(make: Callable[[], SpeechMaker]) -> AsyncIterator[SpeechMaker]:
    maker = make()
    await maker.start()
    try:
        yield maker
    finally:
        await maker.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=ALL.values(), ids=ALL)
async def any_maker(request):
    async with started(request.param) as maker:
        yield maker


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=REAL.values(), ids=REAL)
async def maker(request):
    async with started(request.param) as maker:
        yield maker


@pytest.fixture(params=REAL.values(), ids=REAL)
def make(request):
    return request.param


def manner(codec: Codec = PCM, *, sample_rate: int | None = None, **changes) -> Manner:
    wished = {"voice": "Adrian", "language": "en", "encoding": encoding(codec, sample_rate=sample_rate), **changes}
    return Manner(**wished)


async def parts(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def pieces_of(maker: SpeechMaker, *texts: str, how: Manner | None = None) -> list[SpeechPiece]:
    async with maker.speak(parts(*texts), how or manner()) as pieces:
        return [piece async for piece in pieces]


async def sound_of(maker: SpeechMaker, *texts: str, how: Manner | None = None) -> bytes:
    return b"".join(piece.audio for piece in await pieces_of(maker, *texts, how=how))


def samples(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32768


def seconds(audio: bytes, how: Manner) -> float:
    """How long it sounds, by FFmpeg's decoders."""
    codec, rate = how.encoding.codec, how.encoding.sample_rate
    widths = {Codec.PCM_F32LE: 4, Codec.PCM_S16LE: 2, Codec.PCM_S16BE: 2, Codec.PCM_MULAW: 1, Codec.PCM_ALAW: 1}
    if codec in widths:
        return len(audio) / widths[codec] / rate
    with av.open(io.BytesIO(audio)) as container:
        return sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))


def silences(sound: np.ndarray, rate: int, *, longer_than: float) -> list[float]:
    """Lengths of the stretches that nobody hears, in seconds."""
    edges = np.flatnonzero(np.abs(sound) >= 10 ** (-50 / 20))
    gaps = np.diff(np.concatenate(([-1], edges, [len(sound)]))) / rate
    return [float(gap) for gap in gaps if gap > longer_than]


async def eventually(true: Callable[[], bool], *, within: float) -> float:
    """Wait until something is so; the seconds it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < within
        await asyncio.sleep(0.002)
    return time.monotonic() - begun


# --- what any implementation keeps


async def test_voices_and_languages_are_there_each_once(any_maker):
    voices = [voice.id for voice in any_maker.voices()]
    languages = [language.code for language in any_maker.languages()]
    assert voices
    assert languages
    assert len(set(voices)) == len(voices)
    assert len(set(languages)) == len(languages)


@pytest.mark.parametrize("make_any", ALL.values(), ids=ALL)
async def test_a_maker_is_ready_between_start_and_close(make_any):
    maker = make_any()
    assert not maker.ready()
    await maker.start()
    assert maker.ready()
    await maker.close()
    assert not maker.ready()


@pytest.mark.parametrize("make_any", ALL.values(), ids=ALL)
async def test_a_maker_that_was_never_started_can_be_closed(make_any):
    await make_any().close()


async def test_the_last_piece_alone_says_that_it_is_the_last(any_maker):
    pieces = await pieces_of(any_maker, SHORT)
    assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]


async def test_what_is_no_text_is_performed_or_passed_over(any_maker):
    turn = Turn(voice=any_maker.voices()[0].id, language="en", delivery=Delivery(whispered=True, pitch=2.0))
    parts = ["One. ", *Gesture, Pause(length=0.5), turn, "Two."]
    pieces = await pieces_of(any_maker, *parts)
    assert [piece.last for piece in pieces[-2:]] == [False, True]
    assert pieces[-1].duration >= (await pieces_of(any_maker, "One. ", "Two."))[-1].duration


async def test_durations_never_fall(any_maker):
    durations = [piece.duration for piece in await pieces_of(any_maker, "One. ", "Two. ", "Three.")]
    assert durations == sorted(durations)
    assert durations[-1] > 0


async def test_the_same_request_gives_the_same_bytes(any_maker):
    assert await sound_of(any_maker, SHORT) == await sound_of(any_maker, SHORT)


async def test_an_unlimited_text_is_not_capped(any_maker):
    assert not (await pieces_of(any_maker, SHORT))[-1].capped


class SourceFailed(Exception):
    pass


async def test_a_text_that_fails_to_come_fails_with_its_own_error(any_maker):
    async def failing() -> AsyncIterator[str]:
        yield "All is well so far. "
        raise SourceFailed

    async with any_maker.speak(failing(), manner()) as pieces:
        with pytest.raises(SourceFailed):
            await _to_the_end(pieces)


async def _to_the_end(pieces: AsyncIterator[SpeechPiece]) -> SpeechPiece:
    return [piece async for piece in pieces][-1]


async def test_a_text_of_no_parts_ends_without_an_error(any_maker):
    assert (await pieces_of(any_maker))[-1].last


async def test_many_speak_at_once(any_maker):
    alone = await sound_of(any_maker, SHORT)
    assert await asyncio.gather(*(sound_of(any_maker, SHORT) for _ in range(20))) == [alone] * 20


# --- the same request, the same bytes


@pytest.mark.parametrize("codec", Codec)
async def test_every_codec_gives_the_same_bytes_among_others_requests(maker, codec):
    how = manner(codec)
    voices = maker.voices()
    others = [
        sound_of(maker, "Something else altogether, at the same time.", how=manner(voice=voice.id, language=language))
        for voice, language in zip(voices[:8], ["de", "fr", "ru", "ja", "ar", "hi", "en", "es"], strict=True)
    ]
    alone = await sound_of(maker, SHORT, how=how)
    together = await asyncio.gather(*others, *(sound_of(maker, SHORT, how=how) for _ in range(5)))
    assert set(together[len(others) :]) == {alone}
    assert await sound_of(maker, SHORT, how=how) == alone


async def test_the_bytes_do_not_depend_on_how_fast_they_are_taken(maker):
    how = manner(Codec.MP3)
    quick = await sound_of(maker, LONG, how=how)
    slow = bytearray()
    async with maker.speak(parts(LONG), how) as pieces:
        async for piece in pieces:
            await asyncio.sleep(0.001)
            slow += piece.audio
    assert slow == quick


async def test_a_restart_gives_the_same_bytes(make):
    sounds = set()
    for _ in range(2):
        async with started(make) as maker:
            sounds.add(await sound_of(maker, SHORT, how=manner(Codec.OPUS)))
    assert len(sounds) == 1


async def test_killed_processes_are_replaced_and_give_the_same_bytes(make):
    before = psutil.Process().children()
    async with started(make) as maker:
        sound = await sound_of(maker, SHORT)
        (child,) = set(psutil.Process().children()) - set(before)
        processes = (*child.children(recursive=True), child)
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):  # The first sound's renderer may just have ended.
                process.send_signal(signal.SIGKILL)
        await eventually(lambda: not any(map(_lives, processes)), within=2)
        assert await sound_of(maker, SHORT) == sound
        await eventually(maker.ready, within=10)
        assert await asyncio.gather(*(sound_of(maker, SHORT) for _ in range(10))) == [sound] * 10


async def test_what_is_being_spoken_goes_on_when_the_forking_process_is_killed(make):
    before = psutil.Process().children()
    async with started(make) as maker:
        whole = await sound_of(maker, LONG)
        (child,) = set(psutil.Process().children()) - set(before)
        async with maker.speak(parts(LONG), manner()) as pieces:
            begun = (await anext(pieces)).audio
            child.send_signal(signal.SIGKILL)
            assert begun + b"".join([piece.audio async for piece in pieces]) == whole


# --- sound as it is made


@pytest.mark.parametrize("codec", Codec)
async def test_the_told_duration_is_that_of_the_decoded_sound(maker, codec):
    how = manner(codec)
    pieces = await pieces_of(maker, SHORT, how=how)
    decoded = seconds(b"".join(piece.audio for piece in pieces), how)
    assert decoded == pytest.approx(pieces[-1].duration / 1000, abs=0.060)


RATES = [(codec, rate) for codec, entry in FORMATS.items() for rate in entry.sample_rates]


@pytest.mark.parametrize(("codec", "rate"), RATES)
async def test_every_sample_rate_sounds_as_long(maker, codec, rate):
    how = manner(codec, sample_rate=rate)
    told = (await pieces_of(maker, SHORT))[-1].duration / 1000
    assert seconds(await sound_of(maker, SHORT, how=how), how) == pytest.approx(told, abs=0.060)


@pytest.mark.parametrize("codec", Codec)
async def test_sound_comes_while_the_text_is_still_coming(maker, codec):
    heard = asyncio.Event()

    async def text() -> AsyncIterator[str]:
        yield "Here is a whole sentence, to begin with. "
        await heard.wait()
        yield "And here is another."

    audio = b""
    async with asyncio.timeout(20), maker.speak(text(), manner(codec)) as pieces:
        async for piece in pieces:
            audio += piece.audio
            if len(audio) > 500:
                heard.set()
    assert heard.is_set()
    assert piece.last


@pytest.mark.parametrize(("reduce_silence", "missing"), [(False, 0.02), (True, 0.1)])
@pytest.mark.parametrize("codec", Codec)
async def test_a_text_is_heard_to_its_end_while_the_next_is_still_to_come(maker, codec, reduce_silence, missing):
    first, more = "Here is a whole sentence, to begin with. ", asyncio.Event()
    alone = samples(await sound_of(maker, first, how=manner(reduce_silence=reduce_silence)))
    audible = np.flatnonzero(np.abs(alone) >= 10 ** (-50 / 20))
    end = int(audible[-1]) / 24_000

    async def text() -> AsyncIterator[str]:
        yield first
        await more.wait()
        yield "And here is another."

    audio, how = b"", manner(codec, reduce_silence=reduce_silence)
    async with asyncio.timeout(20), maker.speak(text(), how) as pieces:
        async for piece in pieces:
            audio += piece.audio
            if len(audio) > 500 and seconds(audio, how) > end - missing:
                more.set()
    assert more.is_set()


async def test_a_pause_of_the_text_changes_nothing_but_the_silence_at_its_end(maker):
    texts = ["Good morning, ", "my old friend. ", "How do you do?"]

    async def slowly() -> AsyncIterator[str]:
        for text in texts:
            yield text
            await asyncio.sleep(0.1)

    async with maker.speak(slowly(), manner()) as pieces:
        slow = [piece async for piece in pieces]
    quick, sound = await pieces_of(maker, *texts), samples(b"".join(piece.audio for piece in slow))
    expected = samples(b"".join(piece.audio for piece in quick))
    assert np.array_equal(sound[: len(expected)], expected)
    assert np.abs(sound[len(expected) :]).max(initial=0) < 0.001
    assert len(sound) - len(expected) < 0.2 * 24_000
    assert words(slow) == words(quick)


async def test_parts_without_a_sound_take_no_time(maker):
    assert await sound_of(maker, *["... "] * 50, "Hello. ", *["\n\n", " "] * 50, "Hello.") == await sound_of(
        maker, "Hello. ", "Hello."
    )


@pytest.mark.parametrize("codec", Codec)
async def test_the_first_piece_of_a_long_text_is_short(maker, codec):
    pieces = await pieces_of(maker, LONG, how=manner(codec))
    assert pieces[0].audio
    assert pieces[0].duration < 1000
    assert len(pieces) > 20
    assert max(np.diff([piece.duration for piece in pieces])) < 3000


async def test_nothing_is_made_far_ahead_of_what_is_taken(make):
    before = psutil.Process().children()
    how = manner(encoding=encoding(Codec.MP3, sample_rate=48_000, bitrate=320_000))
    async with started(make) as maker:
        (child,) = set(psutil.Process().children()) - set(before)
        waiting = child.children()
        async with asyncio.timeout(30), maker.speak(parts(LONG * 2), how) as pieces:
            await anext(pieces)
            worker = await anext(_blocked(waiting))
            spent = sum(worker.cpu_times()[:2])
            async for _ in pieces:
                if sum(worker.cpu_times()[:2]) > 3 * spent:
                    return
    raise AssertionError("most of the work was done before anybody took it")


async def _blocked(processes: list[psutil.Process]) -> AsyncIterator[psutil.Process]:
    """The one at work, once it does no more."""
    spent = -1.0
    while True:
        worker = max(processes, key=lambda process: sum(process.cpu_times()[:2]))
        now = sum(worker.cpu_times()[:2])
        if now == spent and now > 0:
            yield worker
        spent = now
        await asyncio.sleep(0.1)


async def test_a_listener_who_leaves_ends_the_work_at_once(make):
    before = psutil.Process().children()
    async with started(make) as maker:
        (child,) = set(psutil.Process().children()) - set(before)
        waiting = child.children()
        async with maker.speak(parts(LONG), manner()) as pieces:
            await anext(pieces)
            assert all(process.is_running() for process in waiting)
        took = await eventually(lambda: not all(map(_lives, waiting)), within=5)
    assert took < 1.0  # Promised: 0.1


def _lives(process: psutil.Process) -> bool:
    """Whether any of its threads does: the first is a zombie before the others end and its files are closed."""
    with contextlib.suppress(psutil.NoSuchProcess):
        ended = process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
        return process.is_running() and not ended
    return False


async def test_a_closed_maker_refuses(make):
    maker = make()
    with pytest.raises(Unavailable):
        await sound_of(maker, SHORT)
    await maker.start()
    await maker.close()
    with pytest.raises(Unavailable):
        async with asyncio.timeout(1):
            await sound_of(maker, SHORT)


async def test_a_listener_may_leave_before_the_first_piece(maker):
    for _ in range(20):
        async with maker.speak(parts(LONG), manner()):
            pass
    assert await sound_of(maker, "Hello.")


async def test_no_process_is_left_after_close(make):
    before = set(psutil.Process().children(recursive=True))
    async with started(make) as maker:
        await sound_of(maker, SHORT)
        made = set(psutil.Process().children(recursive=True)) - before
        assert made
    await eventually(lambda: not any(map(_lives, made)), within=2)


async def test_no_file_is_left_after_close(make):
    def files() -> set[str]:
        return {path.name for path in Path("/proc/self/fd").iterdir()}

    before = files()
    for _ in range(3):
        async with started(make) as maker:
            await sound_of(maker, SHORT)
    assert len(files()) <= len(before) + 2


# --- where it ends


@pytest.mark.parametrize("codec", Codec)
async def test_sound_is_cut_at_the_longest_that_was_asked_for(maker, codec):
    how = manner(codec, max_duration=2.0)
    pieces = await pieces_of(maker, LONG, how=how)
    assert (pieces[-1].capped, pieces[-1].last, pieces[-1].duration) == (True, True, 2000)
    assert seconds(b"".join(piece.audio for piece in pieces), how) == pytest.approx(2, abs=0.060)


async def test_the_cut_is_exact_to_the_sample(maker):
    how = manner(sample_rate=8000, max_duration=120.0, speed=0.7)
    assert len(await sound_of(maker, LONG, LONG, how=how)) == 2 * 8000 * 120


async def test_what_is_cut_is_the_beginning_of_the_whole(maker):
    whole = await sound_of(maker, SHORT)
    assert await sound_of(maker, SHORT, how=manner(max_duration=1.5)) == whole[: 2 * 36_000]


async def test_a_text_that_fits_exactly_is_not_cut(maker):
    whole = await sound_of(maker, SHORT)
    fits = len(whole) / 2 / 24_000
    pieces = await pieces_of(maker, SHORT, how=manner(max_duration=fits))
    assert (pieces[-1].capped, b"".join(piece.audio for piece in pieces)) == (False, whole)
    shorter = await pieces_of(maker, SHORT, how=manner(max_duration=fits - 1 / 24_000))
    assert shorter[-1].capped


async def test_a_cut_text_of_many_parts_asks_for_no_more_than_it_needs(maker):
    asked = 0

    async def endless() -> AsyncIterator[str]:
        nonlocal asked
        while True:
            asked += 1
            yield "And so it goes on and on. "

    async with asyncio.timeout(20), maker.speak(endless(), manner(max_duration=3.0)) as pieces:
        last = await _to_the_end(pieces)
    assert last.capped
    assert asked < 10_000


async def test_a_cut_text_is_heard_to_its_end_while_more_of_it_comes(maker):
    async def endless() -> AsyncIterator[str]:
        while True:
            yield "And so it goes on and on. "

    ends = []
    for _ in range(10):
        async with asyncio.timeout(20), maker.speak(endless(), manner(max_duration=0.4)) as pieces:
            async for piece in pieces:
                ends += [piece.capped] if piece.last else []
                for _ in range(100):  # A listener who has other things to do, too.
                    await asyncio.sleep(0)
    assert ends == [True] * 10


# --- manner


@pytest.mark.parametrize("speed", [0.7, 1.3])
@pytest.mark.parametrize("voice", ["Adrian", "Maya", "Kenji"])
async def test_speed_is_a_factor_of_the_pace(maker, voice, speed):
    text = LONG[:400]
    usual = (await pieces_of(maker, text, how=manner(voice=voice)))[-1].duration
    changed = (await pieces_of(maker, text, how=manner(voice=voice, speed=speed)))[-1].duration
    assert changed == pytest.approx(usual / speed, rel=0.12)


async def test_reduced_silence_leaves_no_long_pause(maker):
    usual = samples(await sound_of(maker, PAUSES))
    reduced = samples(await sound_of(maker, PAUSES, how=manner(reduce_silence=True)))
    assert silences(usual, 24_000, longer_than=0.2)
    assert not silences(reduced, 24_000, longer_than=0.15)
    assert len(reduced) < 0.9 * len(usual)


async def test_every_listed_voice_speaks(maker):
    sounds = [await sound_of(maker, "Hello.", how=manner(voice=voice.id)) for voice in maker.voices()]
    assert all(np.abs(samples(sound)).max() > 0.05 for sound in sounds)
    assert len(set(sounds)) == len(sounds)


GREETING = {
    "ja": "こんにちは",
    "zh": "你好",
    "ko": "안녕하세요",
    "ar": "مرحبا",
    "he": "שלום",
    "ru": "Привет",
    "hi": "नमस्ते",
}


async def test_every_listed_language_speaks(maker):
    for language in maker.languages():
        text = GREETING.get(language.code, "Mama, papa.")
        sound = samples(await sound_of(maker, text, how=manner(language=language.code)))
        assert np.abs(sound).max() > 0.05, language.code


async def test_a_word_is_heard_even_if_nothing_is_told_of_it(maker):
    sound = samples(await sound_of(maker, "네", how=manner(language="ko")))  # espeak tells no word in this one.
    assert np.abs(sound).max() > 0.05


# --- times of words

SENTENCES = [
    "Good morning my old friend.",
    "Über größere Straßen führen schöne Brücken.",
    "Hello, dear world. This is fine! Are you there? Yes; quite.",
    "\U0001f600\U0001f468\u200d\U0001f469 hello there \U0001f389 my friend",
    "Tabs\tand\nlines\r\nand\x00controls\x01too.",
]


def words(pieces: list[SpeechPiece]) -> list:
    return [word for piece in pieces for word in piece.words]


@pytest.mark.parametrize("reduce_silence", [False, True])
@pytest.mark.parametrize("text", SENTENCES)
async def test_times_are_in_order_and_within_the_sound(maker, text, reduce_silence):
    pieces = await pieces_of(maker, text, how=manner(reduce_silence=reduce_silence))
    told = words(pieces)
    assert told
    assert all(word.start <= word.end for word in told)
    assert all(one.end <= next_.start for one, next_ in itertools.pairwise(told))
    assert all(one.offset + one.length <= next_.offset for one, next_ in itertools.pairwise(told))
    assert told[-1].end <= pieces[-1].duration


@pytest.mark.parametrize("text", SENTENCES)
async def test_the_words_of_the_text_are_told(maker, text):
    told = [text[word.offset : word.offset + word.length] for word in words(await pieces_of(maker, text))]
    plain = "".join(char if char.isalpha() else " " for char in text).split()
    assert [word for word in told if word.isalpha()] == plain


async def test_numbers_and_signs_are_told_once_and_where_they_stand(maker):
    text = "It costs 42 dollars, or 3.14 of them, on 2024-11-05 & so on."
    told = words(await pieces_of(maker, text))
    assert all(text[word.offset : word.offset + word.length].strip() for word in told)
    assert all(one.offset + one.length <= next_.offset for one, next_ in itertools.pairwise(told))


async def test_offsets_count_from_the_start_of_all_parts(maker):
    text = ["Äpfel \U0001f34e und Birnen. ", "More of it. ", "\n", "End."]
    whole = "".join(text)
    told = [whole[word.offset : word.offset + word.length] for word in words(await pieces_of(maker, *text))]
    assert [word for word in told if word.isalpha()] == ["Äpfel", "und", "Birnen", "More", "of", "it", "End"]


async def test_a_word_is_told_no_later_than_its_sound(maker):
    pieces = await pieces_of(maker, LONG[:1500])
    told = 0
    for piece in pieces[:-1]:
        assert all(word.start <= piece.duration for word in piece.words)
        told += len(piece.words)
    assert told > 100


@pytest.mark.parametrize("reduce_silence", [False, True])
async def test_a_word_is_told_when_it_was_delivered(maker, reduce_silence):
    for piece in await pieces_of(maker, *[LONG[:300]] * 3, how=manner(reduce_silence=reduce_silence)):
        assert all(word.end <= piece.duration for word in piece.words)


@pytest.mark.parametrize("reduce_silence", [False, True])
async def test_a_word_sounds_while_it_is_said_and_pauses_are_between_words(maker, reduce_silence):
    pieces = await pieces_of(maker, PAUSES, how=manner(reduce_silence=reduce_silence))
    sound = samples(b"".join(piece.audio for piece in pieces))
    told = words(pieces)
    inside = np.zeros(len(sound), dtype=bool)
    for word in told:
        inside[24 * word.start : 24 * word.end] = True
        span = sound[24 * word.start : 24 * word.end]
        assert np.sqrt(np.mean(span**2)) > 0.01
        assert not silences(span, 24_000, longer_than=0.15)
    outside = sound[~inside]
    assert float(np.sum(outside**2)) < 0.01 * float(np.sum(sound**2))


async def test_words_beyond_the_cut_are_not_told(maker):
    pieces = await pieces_of(maker, LONG, how=manner(max_duration=3.0))
    told = words(pieces)
    assert told
    assert told[-1].end <= 3000


# --- any text at all

ODD = {
    "control characters": "a\x01b\x1b[31mc\x7f\x9fd",
    "NUL": "before\x00after",
    "lone joiner": "\u200d",
    "joiners in a row": "\u200d\u200c" * 500,
    "right to left": "שלום עולם, مرحبا بالعالم",
    "overrides": "\u202eabc\u202c \u2066def\u2069",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\U0001f1e9\U0001f1ea" * 100,
    "one letter": "x" * 5000,
    "one digit": "1" * 5000,
    "one accent": "\u0301" * 5000,
    "one sign": "!" * 5000,
    "private use": "\ue000\U000f0000" * 1000,
    "not characters": "\uffff\ufffe\U0010ffff",
    "lone surrogates": "a\ud800b\udfff",
    "mixed scripts": "日本語 mixed Русский ελληνικά العربية 123 हिन्दी 한국어 ไทย",
    "markup": "<speak><break time='9s'/>hi</speak> &amp; &#0; [[h@loU]] <!-- <![CDATA[",
    "commands of espeak": "\x01+10P\x0150S hello \x01V",
    "letters that are marks": "Z̵͉̱a̸l̶g̷ò̴" * 300,
    "line ends": "\r\n\v\f\x85\u2028\u2029a",
    "a byte order mark": "\ufeffHello",
    "long numbers": "123456789012345678901234567890 0x1F 1e400 -0 ½ ² Ⅷ ٣",
    "addresses": "https://example.com/?q=1&b=[2] mailto:a.b@example.com C:\\path\\to 192.168.0.1",
}


@pytest.mark.parametrize("language", ["en", "ar", "zh", "hi", "ja"])
@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
async def test_any_text_ends_in_sound(maker, text, language):
    pieces = await pieces_of(maker, text, how=manner(language=language, max_duration=20.0))
    assert pieces[-1].last
    assert pieces[-1].duration > 0
    assert all(0 <= word.offset <= word.offset + word.length <= len(text) for word in words(pieces))


@pytest.mark.parametrize("codec", Codec)
@pytest.mark.parametrize("text", ["...", "\u200d", "\x00", " \n\t "])
async def test_what_cannot_be_spoken_is_a_tenth_of_a_second_of_silence(maker, text, codec):
    how = manner(codec)
    pieces = await pieces_of(maker, text, how=how)
    assert [(piece.duration, piece.last, piece.words) for piece in pieces] == [(100, True, ())]
    assert seconds(pieces[0].audio, how) == pytest.approx(0.1, abs=0.060)


async def test_silence_before_the_cut_is_cut_too(maker):
    pieces = await pieces_of(maker, "...", how=manner(max_duration=0.05))
    assert (pieces[-1].duration, pieces[-1].capped) == (50, True)


async def test_any_character_alone_can_be_spoken(maker):
    rng = np.random.default_rng(20)
    points = [int(point) for point in rng.integers(1, 0x110000, 150)] + list(range(0x20)) + list(range(0x7F, 0xB0))
    texts = ["".join(chr(point) for point in points[at : at + 10]) for at in range(0, len(points), 10)]
    for spoken in await asyncio.gather(*(pieces_of(maker, text, how=manner(max_duration=20.0)) for text in texts)):
        assert spoken[-1].last
