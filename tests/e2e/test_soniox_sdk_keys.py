"""The published Python SDK with temporary keys, and with keys and accounts that are refused."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from soniox import AsyncSonioxClient, SonioxClient
from soniox.errors import (
    SonioxAPIError,
    SonioxAuthenticationError,
    SonioxInvalidRequestError,
    SonioxRateLimitError,
    SonioxRealtimeError,
)

from antiphon.cli.asking import ask
from e2e.running import eventually, start, stop
from e2e.soniox_clients import TEXT, addresses, listen, stream

# The SDK connects in a way that newer releases of websockets advise against.
pytestmark = pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")

EXPIRED = "Invalid or expired temporary API key"


@pytest.fixture(scope="module")
def client(server):
    with SonioxClient(**addresses(server)) as made:
        yield made


def generate(client: SonioxClient, **changes) -> bytes:
    return client.tts.generate(**{"text": TEXT, "voice": "Adrian", "language": "en", **changes})


def speak(client: SonioxClient, api_key: str | None = None, **changes) -> bytes:
    with client.realtime.tts.connect(config=stream(**changes), api_key=api_key) as session:
        session.send_text_chunks(TEXT)
        return listen(session)


def temporary(client: SonioxClient, **changes) -> str:
    wanted = {"usage_type": "tts_rt", "expires_in_seconds": 60, **changes}
    return client.auth.create_temporary_api_key(**wanted).api_key


def test_a_temporary_key_speaks_in_both_ways(server, client):
    before = datetime.now(UTC)
    made = client.auth.create_temporary_api_key(usage_type="tts_rt", expires_in_seconds=600)
    after = datetime.now(UTC)
    span = timedelta(seconds=600)
    assert before + span - timedelta(seconds=1) < made.expires_at < after + span + timedelta(seconds=1)
    with SonioxClient(**addresses(server, api_key=made.api_key)) as theirs:
        assert generate(theirs) == generate(client)
        assert speak(theirs) == speak(client) == speak(client, api_key=made.api_key)


async def test_the_asynchronous_client_makes_them_too(server):
    async with AsyncSonioxClient(**addresses(server)) as client:
        made = await client.auth.create_temporary_api_key(usage_type="tts_rt")
        async with client.realtime.tts.connect(config=stream(), api_key=made.api_key) as session:
            await session.send_text_chunks(TEXT)
            assert b"".join([chunk async for chunk in session.receive_audio_chunks()])


def test_a_key_for_one_use_is_used_once(server, client):
    key = temporary(client, single_use=True)
    with SonioxClient(**addresses(server, api_key=key)) as theirs:
        with pytest.raises(SonioxInvalidRequestError):
            generate(theirs, voice="Nobody")  # What was wrong with a wish has not used it up.
        assert generate(theirs)
        with pytest.raises(SonioxAuthenticationError, match=EXPIRED):
            generate(theirs)
    with pytest.raises(SonioxRealtimeError, match=rf"{EXPIRED}.* \(code 401\)"):
        speak(client, api_key=key)


def test_a_key_for_one_use_opens_one_stream(client):
    key = temporary(client, single_use=True)
    with pytest.raises(SonioxRealtimeError, match="Invalid voice"):
        speak(client, api_key=key, voice="Nobody")
    assert speak(client, api_key=key)
    with pytest.raises(SonioxRealtimeError, match=EXPIRED):
        speak(client, api_key=key)


def test_a_key_opens_nothing_once_it_has_expired(server, client):
    key = temporary(client, expires_in_seconds=1)

    def refused() -> SonioxAuthenticationError | None:
        try:
            generate(theirs, text="Yes.")
        except SonioxAuthenticationError as error:
            return error
        return None

    with SonioxClient(**addresses(server, api_key=key)) as theirs:
        assert str(eventually(refused)).startswith(EXPIRED)
    with pytest.raises(SonioxRealtimeError, match=EXPIRED):
        speak(client, api_key=key)


def test_a_stream_is_cut_when_its_time_is_over(client):
    key = temporary(client, max_session_duration_seconds=1)
    with client.realtime.tts.connect(config=stream(), api_key=key) as session:
        session.send_text_chunk("Hello there. And")
        assert session.receive_event().audio
        with pytest.raises(SonioxRealtimeError, match=r"session duration limit exceeded\. .* \(code 403\)"):
            list(session.receive_events())


def test_a_keys_label_is_that_of_all_it_does(client):
    label = f"caller-{time.time_ns()}"
    assert speak(client, api_key=temporary(client, client_reference_id=label))
    now = datetime.now(UTC)
    window = ((now - timedelta(minutes=5)).isoformat(), (now + timedelta(minutes=5)).isoformat())
    (entry,) = [entry for entry in client.usage_logs.list_all(*window) if entry.client_reference_id == label]
    assert (entry.model, entry.request_scope) == ("tts-rt-v2", "api")
    assert entry.output_audio_duration_ms > 1000


def test_a_key_for_another_use_does_not_speak(server, client):
    key = client.auth.create_temporary_api_key().api_key  # The SDK's default is for listening.
    message = "The temporary API key cannot be used for this action"
    with (
        SonioxClient(**addresses(server, api_key=key)) as theirs,
        pytest.raises(SonioxAuthenticationError, match=message),
    ):
        generate(theirs)
    with pytest.raises(SonioxRealtimeError, match=rf"{message}.* \(code 401\)"):
        speak(client, api_key=key)


def test_a_temporary_key_does_nothing_but_speak(server, client):
    with SonioxClient(**addresses(server, api_key=temporary(client))) as theirs:
        for call in (
            theirs.auth.create_temporary_api_key,
            theirs.voices.list,
            theirs.concurrency_limits.get,
            lambda: theirs.usage_logs.list("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        ):
            with pytest.raises(SonioxAuthenticationError):
                call()


def test_a_wrong_key_is_an_authentication_error_everywhere(server):
    with SonioxClient(**addresses(server, api_key="not-a-key")) as wrong:
        for call in (
            wrong.auth.create_temporary_api_key,
            wrong.tts_models.list,
            wrong.models.list,
            lambda: wrong.voices.list_shared("tts-rt-v2"),
            wrong.voices.list,
            wrong.concurrency_limits.get,
        ):
            with pytest.raises(SonioxAuthenticationError, match="Incorrect API key provided") as raised:
                call()
            assert raised.value.request_id == raised.value.response.headers["x-request-id"]


LIMITS = """
[soniox.tts.rates]
organization = { limit = 8, seconds = 60 }
project = { limit = "unlimited", seconds = 60 }

[soniox.temporary-keys.rates]
organization = { limit = 2, seconds = 60 }
project = { limit = "unlimited", seconds = 60 }
"""
PLANS = """
[plan.empty]
name = "Empty"
paid = true
credits = 0
bucket = "subscription"
order = ["subscription"]
"""


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A server with the published number of requests at work at once and few in a minute."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "limits.toml").write_text(LIMITS)
    (folder / "plans.toml").write_text(PLANS)
    files = {"LIMITS": "limits", "PLANS": "plans"}
    environment = {f"ANTIPHON_{name}_FILE": str(folder / f"{file}.toml") for name, file in files.items()}
    running = start(folder / "data", **environment)
    yield running
    assert stop(running) == 0


@pytest.fixture
def newcomer(strict):
    """The client of a new account."""
    made = []

    def client(plan: str = "max") -> SonioxClient:
        account = ask(strict.data, "accounts.create", name=f"{plan}-{time.time_ns()}", plan=plan, until=None)
        key = ask(strict.data, "keys.create", name="theirs", account=account["id"])["key"]
        made.append(SonioxClient(**addresses(strict, api_key=key)))
        return made[-1]

    yield client
    for each in made:
        each.close()


def test_who_has_no_money_is_told_so_in_both_ways(newcomer):
    poor = newcomer("empty")
    with pytest.raises(SonioxAPIError) as raised:
        generate(poor)
    assert (raised.value.status_code, raised.value.api_error.error_type) == (402, "organization_balance_exhausted")
    with pytest.raises(SonioxRealtimeError, match=r"^Organization balance exhausted\. .* \(code 402\)$"):
        speak(poor)


def test_streams_and_requests_are_counted_together(newcomer):
    busy = newcomer()
    message = "Concurrent requests limit for text-to-speech has been exceeded for your organization."
    with busy.realtime.tts.connect_multi_stream() as connection:
        streams = [connection.open_stream(config=stream(f"s{number}")) for number in range(3)]
        for opened in streams:
            opened.send_text_chunk("Hello there. And")
            assert opened.receive_event().audio
        fourth = connection.open_stream(config=stream("s3"))
        with pytest.raises(SonioxRealtimeError, match=rf"{message} \(code 429\)"):
            fourth.receive_event()
        with pytest.raises(SonioxRateLimitError, match=message):
            generate(busy)
        counted = busy.concurrency_limits.get()
        assert counted.organization.current.tts_concurrent == counted.project.current.tts_concurrent == 3
        assert counted.organization.limits.tts_concurrent == counted.project.limits.tts_concurrent == 3
        for opened in streams:
            opened.finish()
            assert list(opened.receive_events())[-1].terminated
        assert generate(busy)
        assert busy.concurrency_limits.get().project.current.tts_concurrent == 0


def test_too_many_in_a_minute_are_refused(newcomer):
    quick = newcomer()
    for _ in range(4):
        assert generate(quick, text="Yes.")
        assert speak(quick)
    message = "Requests per minute limit for text-to-speech has been exceeded for your organization."
    with pytest.raises(SonioxRateLimitError, match=message):
        generate(quick)
    with pytest.raises(SonioxRealtimeError, match=message):
        speak(quick)


def test_too_many_temporary_keys_in_a_minute_are_refused(newcomer):
    quick = newcomer()
    assert len({temporary(quick) for _ in range(2)}) == 2
    message = "Requests per minute limit for temporary API key creation has been exceeded for your organization."
    with pytest.raises(SonioxRateLimitError, match=message):
        temporary(quick)
