"""The published Python SDK over the websocket, one stream on a connection and several."""

import asyncio
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import get_args

import numpy as np
import pytest
from soniox import AsyncSonioxClient, SonioxClient
from soniox.errors import SonioxRealtimeError
from soniox.types import CreateTtsConfig
from soniox.types.api import TtsAudioFormat, TtsBitrate, TtsSampleRate
from soniox.utils import start_text_thread

from antiphon.audio.formats import FORMATS
from antiphon.domain.speech import Codec
from e2e.soniox_clients import STORY, TEXT, addresses, listen, stream, tokens, written
from e2e.soniox_sound import colour, decoded, is_speech, seconds

# The SDK connects in a way that newer releases of websockets advise against.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

PATIENCE = 20.0
ENDLESS = (
    "and then they walked and walked through the wide green fields where nobody had ever walked before them until "
    "the night came down and all the lights of the little town went out one after the other and only the moon was "
    "left to show them the way back to where they had come from in the morning"
)
"""No mark tells where it might be cut."""


@pytest.fixture(scope="module")
def client(server):
    with SonioxClient(**addresses(server)) as made:
        yield made


@pytest.fixture
async def asynchronous(server):
    async with AsyncSonioxClient(**addresses(server)) as made:
        yield made


def say(client: SonioxClient, text: str = TEXT, **changes) -> bytes:
    """A text sent whole, as one message."""
    with client.realtime.tts.connect(config=stream(**changes)) as session:
        session.send_text_chunks(text)
        return listen(session)


@pytest.fixture(scope="module")
def spoken(client) -> bytes:
    """`TEXT`, as the usual stream says it."""
    return say(client)


def test_a_text_is_spoken_to_its_end(client, spoken):
    with client.realtime.tts.connect(config=stream()) as session:
        for chunk in ("Hello from ", "the other side ", "of the wire."):
            session.send_text_chunk(chunk)
        session.finish()
        events = list(session.receive_events())
        assert session.last_message is events[-1]
    assert {event.stream_id for event in events} == {"s1"}
    assert [event.audio_end for event in events] == [False] * (len(events) - 2) + [True, False]
    assert [event.terminated for event in events] == [False] * (len(events) - 1) + [True]
    assert b"".join(event.audio_bytes() or b"" for event in events) == spoken
    assert is_speech(*decoded(spoken))


def test_events_hold_nothing_that_the_sdk_does_not_know(client):
    with client.realtime.tts.connect(config=stream(return_timestamps=True)) as session:
        session.send_text_chunks(TEXT)
        events = list(session.receive_events())
    assert all(event.model_extra == {} for event in events)


def test_raw_messages_can_be_read_one_by_one(client, spoken):
    with client.realtime.tts.connect(config=stream()) as session:
        session.send_text_chunk(TEXT, text_end=True)
        events = [session.parse_event(session.recv_bytes())]
        while not events[-1].terminated:
            events.append(session.receive_event())
    assert b"".join(event.audio_bytes() or b"" for event in events) == spoken


@pytest.mark.parametrize("audio_format", get_args(TtsAudioFormat))
def test_every_format_can_be_decoded_at_every_rate(client, audio_format, spoken):
    entry = FORMATS[Codec(audio_format)]
    wanted = len(spoken) / 48_000
    for rate in (rate for rate in get_args(TtsSampleRate) if rate in entry.sample_rates):
        sound = say(client, audio_format=audio_format, sample_rate=rate)
        samples, heard = decoded(sound, audio_format, rate=rate)
        assert heard == (48_000 if audio_format == "opus" else rate)
        assert len(samples) / heard == pytest.approx(wanted, abs=0.1)
        assert is_speech(samples, heard)


@pytest.mark.parametrize("audio_format", ["mp3", "opus", "aac"])
def test_every_bitrate_is_served(client, audio_format):
    bitrates = [rate for rate in get_args(TtsBitrate) if rate in FORMATS[Codec(audio_format)].bitrates]
    sizes = [
        len(say(client, audio_format=audio_format, sample_rate=48_000, bitrate=rate))
        for rate in (bitrates[0], bitrates[-1])
    ]
    assert 0 < 2 * sizes[0] < sizes[1]


def test_speed_and_silence_are_heard(client):
    def length(**config) -> float:
        return seconds(say(client, "One.\n\nTwo.\n\nThree.", **config))

    assert length(speed=1.3) < 0.85 * length() < length(speed=0.7)
    assert length(reduce_silence=True) < 0.9 * length()


@pytest.mark.parametrize(("language", "text"), [("en", STORY), ("de", "Schöne Grüße! Ça va?"), ("ja", "こんにちは。")])
def test_timestamps_say_when_each_character_is_heard(client, language, text):
    with client.realtime.tts.connect(config=stream(language=language, return_timestamps=True)) as session:
        session.send_text_chunks(iter(tokens(text)))
        events = list(session.receive_events())
    marks = [event.timestamps for event in events if event.timestamps]
    sound = b"".join(event.audio_bytes() or b"" for event in events)
    assert "".join(character for mark in marks for character in mark.characters) == text
    starts = [start for mark in marks for start in mark.character_start_times_seconds]
    ends = [end for mark in marks for end in mark.character_end_times_seconds]
    assert len(starts) == len(ends) == len(text)
    assert starts == sorted(starts)
    assert all(start <= end for start, end in zip(starts, ends, strict=True))
    assert 0 <= starts[0] < ends[-1] <= seconds(sound) + 0.001


def test_without_asking_there_are_no_timestamps(client):
    with client.realtime.tts.connect(config=stream()) as session:
        session.send_text_chunks(TEXT)
        assert not any(event.timestamps for event in session.receive_events())


def test_a_cancelled_stream_ends_without_its_text(client):
    with client.realtime.tts.connect(config=stream()) as session:
        session.send_text_chunk("Hello there. And")
        assert session.receive_event().audio
        session.cancel()
        rest = list(session.receive_events())
    assert rest[-1].terminated
    assert not any(event.audio_end for event in rest)


def test_what_is_said_while_paused_is_not_spoken(client, spoken):
    with client.realtime.tts.connect(config=stream()) as session:
        session.send_text_chunk("Hello from the other side ")
        session.pause()
        assert session.paused
        session.send_text_chunk("and not from this one ")
        session.keep_alive()
        session.resume()
        session.send_text_chunk("of the wire.", text_end=True)
        assert listen(session) == spoken


def test_a_text_thread_speaks_while_it_is_listened_to(client, spoken):
    with client.realtime.tts.connect(config=stream()) as session:
        thread = start_text_thread(session, written(TEXT))
        assert listen(session) == spoken
        thread.join()


def test_five_streams_on_one_connection_each_say_their_own(client):
    texts = [f"This is stream number {number}, and no other." for number in ("one", "two", "three", "four", "five")]
    alone = [say(client, text) for text in texts]
    with client.realtime.tts.connect_multi_stream() as connection:
        streams = [connection.open_stream(config=stream(f"s{number}")) for number in range(5)]
        with pytest.raises(SonioxRealtimeError, match="Maximum concurrent streams"):
            connection.open_stream(config=stream("s5"))
        with pytest.raises(SonioxRealtimeError, match="already active"):
            connection.open_stream(config=stream("s4"))
        for opened, text in zip(streams, texts, strict=True):
            opened.send_text_chunks(iter(tokens(text)))
        connection.keep_alive()
        assert [listen(opened) for opened in streams] == alone
        again = connection.open_stream(config=stream("s0"))
        again.send_text_chunks(texts[1])
        assert listen(again) == alone[1]


def test_five_readers_in_threads_get_their_own(client):
    texts = [f"Reader number {number} hears this." for number in range(5)]
    alone = [say(client, text) for text in texts]
    with client.realtime.tts.connect_multi_stream() as connection, ThreadPoolExecutor(5) as pool:
        streams = [connection.open_stream(config=stream(f"s{number}")) for number in range(5)]
        threads = [
            start_text_thread(opened, written(text, seed=seed))
            for seed, (opened, text) in enumerate(zip(streams, texts, strict=True))
        ]
        assert list(pool.map(listen, streams)) == alone
        for thread in threads:
            thread.join()


def test_one_stream_of_several_is_cancelled_alone(client, spoken):
    with client.realtime.tts.connect_multi_stream() as connection:
        kept, dropped = (connection.open_stream(config=stream(name)) for name in ("kept", "dropped"))
        dropped.send_text_chunk("Hello there. And")
        assert dropped.receive_event().audio
        dropped.cancel()
        kept.send_text_chunks(TEXT)
        assert listen(kept) == spoken
        assert list(dropped.receive_events())[-1].terminated


async def test_the_asynchronous_client_hears_the_same(asynchronous, spoken):
    async def text():
        for token in tokens(TEXT):
            yield token

    events = []
    async with asynchronous.realtime.tts.connect(config=stream()) as session:
        await session.keep_alive()
        await session.send_text_chunks(text())

        async def keep(event) -> None:
            events.append(event)

        await session.handle_events(keep)
    assert b"".join(event.audio_bytes() or b"" for event in events) == spoken
    assert events[-1].terminated


async def test_asynchronous_streams_share_a_connection(asynchronous, spoken):
    async def heard(opened) -> bytes:
        await opened.send_text_chunks(TEXT)
        return b"".join([chunk async for chunk in opened.receive_audio_chunks()])

    async with asynchronous.realtime.tts.connect_multi_stream() as connection:
        streams = [await connection.open_stream(config=stream(f"s{number}")) for number in range(5)]
        assert await asyncio.gather(*map(heard, streams)) == [spoken] * 5


async def test_an_asynchronous_stream_is_cancelled_and_paused(asynchronous, spoken):
    async with asynchronous.realtime.tts.connect(config=stream()) as session:
        await session.pause()
        await session.send_text_chunk("not spoken")
        await session.resume()
        await session.send_text_chunk("Hello there. And")
        assert (await session.receive_event()).audio
        await session.cancel()
        assert [event async for event in session.receive_events()][-1].terminated


WRONG = [
    ({"voice": "Nobody"}, r"Invalid voice 'Nobody' for model 'tts-rt-v2'\. \(code 400\)"),
    ({"language": "xx"}, r"Invalid language 'xx' for model 'tts-rt-v2'\. \(code 400\)"),
    ({"model": "tts-rt-v9"}, r"The requested model is not available\. .* \(code 400\)"),
    ({"audio_format": "flac", "sample_rate": 8000}, r"Invalid sample rate for audio format 'flac' .* \(code 400\)"),
    ({"model": "tts-rt-v1", "reduce_silence": True}, r"Silence reduction is not supported .* \(code 400\)"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_what_is_wrong_is_raised_with_its_reason(client, changes, message):
    with client.realtime.tts.connect(config=stream(**changes)) as session:
        session.send_text_chunks(TEXT)
        with pytest.raises(SonioxRealtimeError, match=message):
            list(session.receive_events())


def test_a_wrong_stream_does_not_disturb_the_others(client, spoken):
    with client.realtime.tts.connect_multi_stream() as connection:
        right = connection.open_stream(config=stream("right"))
        wrong = connection.open_stream(config=stream("wrong", voice="Nobody"))
        with pytest.raises(SonioxRealtimeError, match="Invalid voice"):
            wrong.receive_event()
        right.send_text_chunks(TEXT)
        assert listen(right) == spoken
        again = connection.open_stream(config=stream("again"))
        again.send_text_chunks(TEXT)
        assert listen(again) == spoken


def test_a_wrong_key_is_told_every_time(server):
    wrong = SonioxClient(**addresses(server, api_key="not-a-key"))
    with wrong:
        for _ in range(20):  # The server says so at once, while the client still sends what it wants.
            with (
                pytest.raises(SonioxRealtimeError, match=r"Incorrect API key provided\. .* \(code 401\)"),
                wrong.realtime.tts.connect(config=stream()) as session,
            ):
                list(session.receive_events())


def test_a_wrong_key_is_told_to_whoever_waits_for_a_stream(server):
    wrong = SonioxClient(**addresses(server, api_key="not-a-key"))
    with wrong, wrong.realtime.tts.connect_multi_stream() as connection:
        opened = connection.open_stream(config=stream())
        with pytest.raises(SonioxRealtimeError, match="Incorrect API key provided"):
            opened.receive_event()


async def test_a_wrong_key_is_told_to_the_asynchronous_client(server):
    async with AsyncSonioxClient(**addresses(server, api_key="not-a-key")) as wrong:
        with pytest.raises(SonioxRealtimeError, match="Incorrect API key provided"):
            async with wrong.realtime.tts.connect(config=stream()) as session:
                await session.receive_event()


def test_a_sixth_stream_is_refused_by_the_server_too(client):
    with client.realtime.tts.connect_multi_stream() as connection:
        streams = [connection.open_stream(config=stream(f"s{number}")) for number in range(5)]
        connection._deactivate_stream("s4")  # The SDK counts for itself, and asks the server no more.
        sixth = connection.open_stream(config=stream("s5"))
        with pytest.raises(SonioxRealtimeError, match=r"Concurrent streams limit .* \(code 429\)"):
            sixth.receive_event()
        streams[0].send_text_chunks(TEXT)
        assert listen(streams[0])


def test_text_for_a_stream_that_has_ended_is_an_error_of_its_own(client):
    with client.realtime.tts.connect(config=stream()) as session:
        session.send_text_chunks(TEXT)
        list(session.receive_events())
        session.send_text_chunk("more")
        with pytest.raises(SonioxRealtimeError, match=r"Stream s1 not found\. Send a start message first\."):
            session.receive_event()


def test_sound_begins_before_the_last_token_is_written(client):
    """The flow of their own examples: a language model writes, and is spoken as it writes."""
    order: list[str] = []
    heard = threading.Event()

    def model():
        *some, last = written(STORY)
        for token in some:
            order.append("token")
            yield token
        heard.wait(PATIENCE)
        order.append("last token")
        yield last

    with ThreadPoolExecutor(1) as pool, client.realtime.tts.connect(config=stream()) as session:
        sent = pool.submit(session.send_text_chunks, model())
        try:
            for _ in session.receive_audio_chunks():
                order.append("sound")
                heard.set()
        finally:
            heard.set()
        sent.result()
    assert order.index("sound") < order.index("last token")
    assert order[-1] == "sound"


async def test_sound_begins_before_the_last_token_is_written_asynchronously(asynchronous):
    order: list[str] = []
    heard = asyncio.Event()

    async def model():
        chance = random.Random(2)
        *some, last = tokens(STORY)
        for token in some:
            await asyncio.sleep(chance.expovariate(1 / 0.003))
            order.append("token")
            yield token
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
        order.append("last token")
        yield last

    async with asynchronous.realtime.tts.connect(config=stream()) as session, asyncio.TaskGroup() as group:
        group.create_task(session.send_text_chunks(model()))
        async for _ in session.receive_audio_chunks():
            order.append("sound")
            heard.set()
    assert order.index("sound") < order.index("last token")


def both_ways(client: SonioxClient, text: str, language: str):
    """The samples of a text in tokens, by the websocket, and of the same text whole, by `POST /tts`."""
    with client.realtime.tts.connect(config=stream(language=language)) as session:
        session.send_text_chunks(iter(tokens(text)))
        pieces = listen(session)
    wanted = CreateTtsConfig(audio_format="pcm_s16le", sample_rate=24_000)
    model = {"voice": "Adrian", "model": "tts-rt-v2"}
    whole = client.tts.generate(text=text, language=language, config=wanted, **model)
    return decoded(pieces)[0], decoded(whole)[0]


@pytest.mark.parametrize(
    ("language", "text"), [("en", TEXT), ("en", STORY), ("de", "Schöne Grüße! Wie geht es, Dr. Maier?")]
)
def test_a_text_in_tokens_sounds_exactly_as_it_does_whole(client, language, text):
    pieces, whole = both_ways(client, text, language)
    assert np.array_equal(pieces, whole)


def test_a_sentence_without_an_end_sounds_nearly_as_it_does_whole(client):
    pieces, whole = both_ways(client, ENDLESS, "en")
    assert len(pieces) == pytest.approx(len(whole), rel=0.03)
    assert np.abs(colour(pieces, 24_000) - colour(whole, 24_000)).max() < 2.5
