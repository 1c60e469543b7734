"""The published Python SDK's calls of the management API."""

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from soniox import AsyncSonioxClient, SonioxClient
from soniox.errors import (
    SonioxConflictError,
    SonioxInvalidRequestError,
    SonioxNotFoundError,
    SonioxRealtimeError,
)
from soniox.types import CreateTtsConfig

from e2e.running import eventually
from e2e.soniox_clients import STORY, TEXT, addresses, listen, stream
from e2e.soniox_sound import decoded, pitch, seconds

# The SDK connects in a way that newer releases of websockets advise against.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

NOBODY = "00000000-0000-4000-8000-000000000000"
PCM = CreateTtsConfig(audio_format="pcm_s16le", sample_rate=24_000)
MODELS = {"tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2"}


@pytest.fixture(scope="module")
def client(server):
    with SonioxClient(**addresses(server)) as made:
        yield made


@pytest.fixture
async def asynchronous(server):
    async with AsyncSonioxClient(**addresses(server)) as made:
        yield made


def generate(client: SonioxClient, **changes) -> bytes:
    return client.tts.generate(**{"text": TEXT, "voice": "Adrian", "language": "en", "config": PCM, **changes})


def around_now(**reach: float) -> dict[str, str]:
    """A window of time that holds what the test does."""
    now, reach = datetime.now(UTC), timedelta(**reach or {"minutes": 10})
    return {"start_time": (now - reach).isoformat(), "end_time": (now + reach).isoformat()}


def test_every_listed_model_speaks_as_it_says(client):
    models = {model.id: model for model in client.tts_models.list().models}
    assert models.keys() >= MODELS
    for model in models.values():
        options = {"speed": model.speed_min} if model.supports_speed_adjustment else {}
        config = CreateTtsConfig(audio_format="wav", reduce_silence=model.supports_silence_reduction or None, **options)
        voice, language = model.voices[0].id, model.languages[0].code
        assert generate(client, model=model.id, voice=voice, language=language, config=config)


def test_the_models_of_soniox_are_what_they_are_there(client):
    models = {model.id: model for model in client.tts_models.list().models}
    assert models["tts-rt-v1-preview"].aliased_model_id == "tts-rt-v1"
    for name in MODELS:
        model = models[name]
        assert {"Adrian", "Emma"} <= {voice.id for voice in model.voices}
        assert {"en", "de", "ja"} <= {language.code for language in model.languages}
        assert (model.supports_speed_adjustment, model.speed_min, model.speed_max) == (True, 0.7, 1.3)
    newest = models["tts-rt-v2"]
    assert newest.supports_timestamps
    assert newest.supports_silence_reduction
    assert (newest.supports_voice_cloning, newest.voice_cloning_max_audio_duration_ms) == (True, 20_000)


def test_what_a_model_does_not_support_is_refused(client):
    for model in client.tts_models.list().models:
        for option, supported in (
            ({"return_timestamps": True}, model.supports_timestamps),
            ({"reduce_silence": True}, model.supports_silence_reduction),
        ):
            chosen = {"model": model.id, "voice": model.voices[0].id, "language": model.languages[0].code}
            with client.realtime.tts.connect(config=stream(**chosen, **option)) as session:
                session.send_text_chunks("Yes.")
                if supported:
                    assert list(session.receive_events())[-1].terminated
                else:
                    with pytest.raises(SonioxRealtimeError, match="not supported by model"):
                        list(session.receive_events())


def test_nothing_here_listens(client):
    assert client.models.list().models == []


def test_shared_voices_are_those_of_the_model(client):
    (model,) = [model for model in client.tts_models.list().models if model.id == "tts-rt-v2"]
    listed = list(client.voices.list_all_shared("tts-rt-v2", limit=7))
    assert {voice.id for voice in listed} == {voice.id for voice in model.voices}
    assert len(listed) == len(model.voices)
    assert listed == client.voices.list_shared("tts-rt-v2", limit=200).voices


def test_shared_voices_are_filtered(client):
    listed = client.voices.list_shared("tts-rt-v2", limit=200).voices
    some = listed[0]
    for filters in (
        {"gender": some.gender},
        {"age": some.age},
        {"accent": some.accent},
        {"use_case": some.use_case},
        {"style": some.style[:1]},
        {"gender": some.gender, "age": some.age, "style": some.style},
    ):
        wanted = [
            voice.id
            for voice in listed
            if all(
                set(value) <= set(getattr(voice, name)) if isinstance(value, list) else getattr(voice, name) == value
                for name, value in filters.items()
            )
        ]
        assert some.id in wanted
        assert len(wanted) < len(listed)
        assert [voice.id for voice in client.voices.list_all_shared("tts-rt-v2", limit=3, **filters)] == wanted
    assert client.voices.list_shared("tts-rt-v2", accent="martian").voices == []


def test_voices_of_a_model_that_is_none_are_not_listed(client):
    with pytest.raises(SonioxInvalidRequestError) as raised:
        client.voices.list_shared("tts-rt-v9")
    assert raised.value.api_error.error_type == "model_not_available"


def test_a_cursor_that_is_none_is_said_to_be_wrong(client):
    with pytest.raises(SonioxInvalidRequestError) as raised:
        client.voices.list(cursor="nonsense")
    assert raised.value.api_error.error_type == "invalid_cursor"


@pytest.fixture(scope="module")
def clips(client, tmp_path_factory):
    """Somebody's low and somebody's high voice, as recordings."""
    folder = tmp_path_factory.mktemp("clips")
    wav = CreateTtsConfig(audio_format="wav", sample_rate=24_000)
    paths = {}
    for voice in ("Arthur", "Maya"):
        paths[voice] = folder / f"{voice}.wav"
        client.tts.generate_to_file(paths[voice], text=STORY, voice=voice, language="en", config=wav)
    return paths


@pytest.fixture(scope="module")
def cloned(client, clips):
    """A voice made from each."""
    made = {name: client.voices.create(path, name=f"As {name}") for name, path in clips.items()}
    yield {name: ready(client, voice.id) for name, voice in made.items()}
    for voice in made.values():
        client.voices.delete_if_exists(voice.id)


def ready(client: SonioxClient, voice_id: str):
    """A voice, once it is known what becomes of it."""

    def settled():
        voice = client.voices.get(voice_id)
        return None if any(model.status == "processing" for model in voice.models) else voice

    return eventually(settled)


def test_a_cloned_voice_is_listed_counted_and_found(client, cloned, clips):
    made = list(cloned.values())
    assert client.voices.count().total == 2
    assert sorted(client.voices.list().voices, key=lambda voice: voice.name) == made
    assert sorted(client.voices.list_all(limit=1), key=lambda voice: voice.name) == made
    voice = cloned["Maya"]
    assert client.voices.get_or_none(voice.id) == voice
    assert (voice.name, voice.filename) == ("As Maya", "Maya.wav")
    assert {model.model: model.status for model in voice.models}["tts-rt-v2"] == "ready"


def test_a_cloned_voice_speaks_in_both_ways_as_high_as_its_clip(client, cloned, clips):
    heard = {}
    for name, voice in cloned.items():
        whole = generate(client, text=STORY, voice=voice.id)
        with client.realtime.tts.connect(config=stream(voice=voice.id)) as session:
            session.send_text_chunks(STORY)
            pieces = listen(session)
        clip = pitch(*decoded(clips[name].read_bytes(), "wav"))
        heard[name] = pitch(*decoded(whole))
        assert heard[name] == pytest.approx(clip, rel=0.15)
        assert pitch(*decoded(pieces)) == pytest.approx(heard[name], rel=0.05)
    assert heard["Maya"] > 1.3 * heard["Arthur"]


def test_a_cloned_voice_is_computed_again(client, cloned):
    voice = cloned["Arthur"]
    assert client.voices.recompute(voice.id, model="tts-rt-v2").id == voice.id
    client.voices.recompute(voice.id)
    assert ready(client, voice.id) == voice


def test_a_name_is_taken_once(client, cloned, clips):
    with pytest.raises(SonioxConflictError):
        client.voices.create(clips["Maya"], name="As Maya")


def test_a_voice_is_made_of_bytes_and_of_an_open_file_and_deleted(client, clips):
    with clips["Maya"].open("rb") as file:
        made = [
            client.voices.create(clips["Maya"].read_bytes(), name="Of bytes", filename="bytes.wav"),
            client.voices.create(file, name="Of a file"),
        ]
    for voice in made:
        assert ready(client, voice.id).models[0].status == "ready"
        client.voices.delete(voice.id)
        with pytest.raises(SonioxInvalidRequestError, match="Invalid voice"):
            generate(client, voice=voice.id)
        assert client.voices.get_or_none(voice.id) is None
        client.voices.delete_if_exists(voice.id)


def test_a_clip_that_is_too_long_fails_and_says_why(client, tmp_path):
    path = tmp_path / "long.wav"
    wav = CreateTtsConfig(audio_format="wav", sample_rate=16_000)
    client.tts.generate_to_file(path, text=STORY * 2, voice="Maya", language="en", config=wav)
    assert seconds(path.read_bytes(), "wav") > 20
    voice = ready(client, client.voices.create(path, name="Too long").id)
    try:
        assert {(model.status, model.error_type) for model in voice.models} == {("failed", "voice_audio_too_long")}
        assert all(model.error_message for model in voice.models)
        with pytest.raises(SonioxInvalidRequestError):
            generate(client, voice=voice.id)
    finally:
        client.voices.delete(voice.id)


def test_a_voice_that_is_none_is_not_found(client):
    for call in (client.voices.get, client.voices.delete, client.voices.recompute):
        with pytest.raises(SonioxNotFoundError) as raised:
            call(NOBODY)
        assert raised.value.api_error.error_type == "voice_not_found"
    with pytest.raises(SonioxInvalidRequestError, match=f"Invalid voice '{NOBODY}'"):
        generate(client, voice=NOBODY)


def test_a_request_is_in_the_log_with_what_it_cost(client):
    sound = generate(client, model="tts-rt-v1")
    (entry,) = client.usage_logs.list(**around_now(), sort="end_time_desc", limit=1).usage_logs
    assert (entry.model, entry.client_reference_id, entry.request_scope) == ("tts-rt-v1", "", "api")
    milliseconds = round(1000 * seconds(sound))
    assert entry.output_audio_duration_ms == pytest.approx(milliseconds, abs=1)
    millicredits = math.ceil(entry.output_audio_duration_ms * 7_000_000 / 3_600_000)
    assert Decimal(entry.cost_usd) == Decimal(millicredits) / 10_000_000
    assert Decimal(entry.cost_usd) == Decimal(entry.output_cost_usd) == Decimal(entry.output_audio_cost_usd)
    assert entry.start_time <= entry.end_time


def test_pages_of_the_log_are_the_log_in_either_order(client):
    for _ in range(3):
        generate(client, text="Yes.")
    window = around_now()
    whole = client.usage_logs.list(**window).usage_logs
    assert len(whole) >= 3
    assert list(client.usage_logs.list_all(**window, limit=max(2, len(whole) // 3))) == whole
    backwards = client.usage_logs.list(**window, sort="end_time_desc").usage_logs
    assert [entry.uuid for entry in backwards] == [entry.uuid for entry in reversed(whole)]


def test_the_summary_is_the_sum_of_the_log(client):
    generate(client)
    now = datetime.now(UTC)
    window = {"start_time": (now - timedelta(days=2)).isoformat(), "end_time": (now + timedelta(days=1)).isoformat()}
    logged = client.usage_logs.list(**window).usage_logs
    summary = client.usage.summary(**window)
    total = summary.total
    assert total.model is None
    assert total.total_num_requests == len(logged) == sum(total.num_requests)
    assert Decimal(total.total_cost_usd) == sum(Decimal(entry.cost_usd) for entry in logged)
    assert sum(map(Decimal, total.cost_usd)) == Decimal(total.total_cost_usd)
    assert total.total_output_audio_duration_ms == sum(entry.output_audio_duration_ms for entry in logged)
    assert total.days == sorted(set(total.days))
    assert len(total.days) == len(total.cost_usd) == len(total.output_audio_duration_ms)
    assert {entry.model for entry in summary.models} == {entry.model for entry in logged}
    assert sum(entry.total_num_requests for entry in summary.models) == total.total_num_requests


def test_a_window_that_is_too_long_is_said_to_be_wrong(client):
    with pytest.raises(SonioxInvalidRequestError) as raised:
        client.usage_logs.list(**around_now(days=20))
    (fault,) = raised.value.api_error.validation_errors
    assert (fault.error_type, fault.location) == ("value_error", "query.payload")
    assert fault.message == "The period between start_time and end_time must not exceed 31 days."


def test_streams_at_work_are_counted_and_remembered(client):
    with client.realtime.tts.connect_multi_stream() as connection:
        streams = [connection.open_stream(config=stream(f"s{number}")) for number in range(3)]
        for opened in streams:
            opened.send_text_chunk("Hello there. And")
            assert opened.receive_event().audio
        limits = client.concurrency_limits.get()
        for opened in streams:
            opened.finish()
            assert list(opened.receive_events())[-1].terminated
    for scope in (limits.project, limits.organization):
        assert (scope.current.tts_concurrent, scope.current.transcribe_concurrent) == (3, 0)
        assert scope.limits.tts_concurrent is None  # As the limits of this server say.
    assert client.concurrency_limits.get().project.current.tts_concurrent == 0
    window = around_now()
    for period, reach in ((60, window), (3600, around_now(days=2)), (86400, around_now(days=2))):
        history = client.concurrency_limits.history(**reach, period_sec=period, kind="tts")
        assert history.kind == "tts"
        assert all(entry.period_sec == period for entry in history.entries)
        assert max(entry.sample_max for entry in history.entries) >= 3
    assert len(client.concurrency_limits.history(**window, period_sec=60, kind="tts").entries) == 20
    silent = client.concurrency_limits.history(**window, period_sec=60, kind="stt").entries
    assert {entry.sample_max for entry in silent} == {0}


async def test_the_asynchronous_client_makes_the_same_calls(asynchronous, clips):
    assert {model.id for model in (await asynchronous.tts_models.list()).models} >= MODELS
    assert (await asynchronous.models.list()).models == []
    shared = [voice async for voice in asynchronous.voices.list_all_shared("tts-rt-v2", gender="male", limit=20)]
    assert shared
    assert {voice.gender for voice in shared} == {"male"}
    assert (await asynchronous.voices.list_shared("tts-rt-v2", gender="male", limit=200)).voices == shared
    made = await asynchronous.voices.create(clips["Maya"], name="Asynchronous")
    try:
        assert (await asynchronous.voices.recompute(made.id)).id == made.id
        assert (await asynchronous.voices.get(made.id)).name == "Asynchronous"
        assert made.id in {voice.id async for voice in asynchronous.voices.list_all()}
        assert (await asynchronous.voices.count()).total >= 1
    finally:
        await asynchronous.voices.delete(made.id)
    await asynchronous.voices.delete_if_exists(made.id)
    assert await asynchronous.voices.get_or_none(made.id) is None
    assert made.id not in {voice.id for voice in (await asynchronous.voices.list()).voices}
    window = around_now()
    logged = (await asynchronous.usage_logs.list(**window)).usage_logs
    assert [entry async for entry in asynchronous.usage_logs.list_all(**window, limit=50)] == logged
    assert (await asynchronous.usage.summary(**window)).total.model is None
    assert (await asynchronous.concurrency_limits.get()).project.current.tts_concurrent == 0
    history = await asynchronous.concurrency_limits.history(**window, period_sec=60, kind="tts")
    assert len(history.entries) == 20
