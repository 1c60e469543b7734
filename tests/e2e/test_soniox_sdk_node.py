"""The published SDK for Node: `node/*.mjs` make its calls, and what they say is looked at here."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from antiphon.audio.formats import FORMATS
from antiphon.domain.speech import Codec
from e2e.soniox_clients import STORY, TEXT, run_node, tokens
from e2e.soniox_sound import decoded, is_speech, seconds

PCM = {"audio_format": "pcm_s16le", "sample_rate": 24_000}


@pytest.fixture(scope="module")
def node(server):
    def run(file: str, scenario: str, **given):
        return run_node(server, file, scenario, **given)

    return run


@pytest.fixture(scope="module")
def spoken(node) -> bytes:
    """`TEXT`, as the usual stream says it."""
    return sound(node("realtime", "spoken", options={})["sound"])


def sound(said: str) -> bytes:
    return base64.b64decode(said)


def around_now() -> dict[str, str]:
    now, reach = datetime.now(UTC), timedelta(minutes=10)
    return {"start_time": (now - reach).isoformat(), "end_time": (now + reach).isoformat()}


def test_it_generates_whole_and_in_pieces(node, server):
    whole = sound(node("rest", "generated", options=PCM))
    assert whole == sound(node("rest", "streamed", options=PCM))
    assert whole == server.say(text=TEXT, **PCM).content
    assert is_speech(*decoded(whole))


def test_a_call_that_names_nothing_is_a_wav_in_english_by_the_newest_model(node, server):
    assert sound(node("rest", "generated", options={})) == server.say(text=TEXT, audio_format="wav").content


def test_all_that_may_be_wished_is_heard(node):
    usual = seconds(sound(node("rest", "generated", options=PCM)))
    wishes = {"speed": 1.3, "reduce_silence": True, "client_reference_id": "label", "model": "tts-rt-v2"}
    assert seconds(sound(node("rest", "generated", options={**PCM, **wishes}))) < 0.85 * usual


def test_it_writes_to_a_path_and_to_a_stream(node, tmp_path):
    path = tmp_path / "hello.wav"
    told = node("rest", "inFiles", path=str(path), options={"language": "en"})
    assert told == {"written": path.stat().st_size, "streamed": path.stat().st_size, "same": True}


def test_refusals_of_requests_can_be_read(node):
    wishes = [{"voice": "Nobody"}, {"language": "xx"}, {"model": "tts-rt-v9"}, {"text": ""}, {"audio_format": "midi"}]
    refused = node("rest", "refused", wishes=wishes)
    assert {(error["class"], error["code"], error["status"]) for error in refused} == {
        ("SonioxHttpError", "http_error", 400)
    }
    assert [error["body"]["error_type"] for error in refused] == [
        "invalid_request",
        "invalid_request",
        "model_not_available",
        "invalid_request",
        "invalid_request",
    ]
    assert refused[0]["body"]["error_message"] == "Invalid voice 'Nobody' for model 'tts-rt-v2'."


def test_a_wrong_key_is_refused_in_both_ways(server):
    (rest,) = run_node(server, "rest", "refused", key="not-a-key", wishes=[{}])
    assert (rest["status"], rest["body"]["error_type"]) == (401, "unauthenticated")
    (socket,) = run_node(server, "realtime", "refused", key="not-a-key", wishes=[{}])
    assert (socket["class"], socket["status"]) == ("AuthError", 401)
    assert socket["message"].startswith("Incorrect API key provided.")


def test_a_listener_may_break_off(node, server):
    told = node("rest", "brokenOff")
    assert told["heard"] > 0
    assert told["error"]["name"] == "AbortError"
    assert server.say(text=TEXT).status_code == 200


@pytest.mark.parametrize("audio_format", Codec)
def test_every_format_of_a_stream_can_be_decoded(node, spoken, audio_format):
    rate = FORMATS[audio_format].default_sample_rate
    told = node("realtime", "spoken", options={"audio_format": audio_format, "sample_rate": rate})
    samples, heard = decoded(sound(told["sound"]), audio_format, rate=rate)
    assert told["state"] == "ended"
    assert len(samples) / heard == pytest.approx(len(spoken) / 48_000, abs=0.1)
    assert is_speech(samples, heard)


def test_events_tell_of_sound_its_end_and_the_streams(node, spoken):
    told = node("realtime", "heard", texts=["Hello from the other ", "side of the wire."], options={})
    assert sound(told["sound"]) == spoken
    assert told["events"][-2:] == ["audioEnd", "terminated"]
    assert set(told["events"][:-2]) == {"audio"}
    assert told["marks"] == []


def test_timestamps_come_beside_the_sound(node):
    told = node("realtime", "heard", texts=[STORY], options={"return_timestamps": True})
    assert "".join(character for marks in told["marks"] for character in marks["characters"]) == STORY
    ends = [end for marks in told["marks"] for end in marks["character_end_times_seconds"]]
    assert 0 < ends[-1] <= seconds(sound(told["sound"])) + 0.001


def test_sound_begins_before_the_last_token_is_written(node):
    told = node("realtime", "asWritten", tokens=tokens(STORY))
    assert told["events"].count("token") == len(tokens(STORY))
    last = len(told["events"]) - 1 - told["events"][::-1].index("token")
    assert told["events"].index("audio") < last
    whole = sound(node("realtime", "heard", texts=[STORY], options={})["sound"])
    assert sound(told["sound"]) == whole


def test_a_cancelled_stream_ends(node):
    told = node("realtime", "cancelled")
    assert told["state"] == "ended"
    assert told["error"]["class"] == "StateError"


def test_five_streams_on_one_connection_each_say_their_own(node):
    texts = [f"This is stream number {number}, and no other." for number in ("one", "two", "three", "four", "five")]
    told = node("realtime", "manyStreams", texts=texts)
    *sounds, again = map(sound, told["sounds"])
    assert (again, len(set(sounds))) == (sounds[0], 5)
    assert sounds == [sound(node("realtime", "heard", texts=[text], options={})["sound"]) for text in texts]
    assert told["sixth"]["class"] == "StateError"
    assert told["connected"]


def test_a_sixth_stream_is_refused_by_the_server_too(node, spoken):
    told = node("realtime", "oneTooMany")
    assert (told["error"]["class"], told["error"]["status"]) == ("QuotaError", 429)
    assert sound(told["sound"]) == spoken


def test_a_connection_is_kept_alive(node, spoken):
    assert sound(node("realtime", "keptAlive")) == spoken


def test_refusals_of_streams_have_their_class(node):
    wishes = [{"voice": "Nobody"}, {"language": "xx"}, {"model": "tts-rt-v9"}, {"speed": 2}]
    refused = node("realtime", "refused", wishes=wishes)
    assert {(error["class"], error["status"], error["state"]) for error in refused} == {
        ("BadRequestError", 400, "error")
    }
    assert refused[0]["message"] == "Invalid voice 'Nobody' for model 'tts-rt-v2'."


def test_a_wrong_stream_does_not_disturb_the_others(node, spoken):
    told = node("realtime", "besideAFailure")
    assert told["error"]["class"] == "BadRequestError"
    assert sound(told["sound"]) == spoken


def test_models_are_listed(node):
    told = node("management", "models")
    assert {model["id"] for model in told["speech"]} >= {"tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2"}
    assert told["listening"] == []


def test_voices_are_made_listed_spoken_with_and_deleted(node, server, tmp_path):
    clip = tmp_path / "clip.wav"
    clip.write_bytes(server.say(text=STORY, voice="Maya", audio_format="wav").content)
    told = node("management", "voices", clip=str(clip))
    made = [told["made"], *told["others"]]
    assert [voice["name"] for voice in made] == ["From a buffer", "From a stream", "From a blob"]
    assert (told["taken"]["status"], told["total"], told["paged"]) == (409, 3, True)
    assert sorted(told["listed"]) == sorted(voice["id"] for voice in made)
    assert told["got"]["id"] == told["made"]["id"]
    assert told["nobody"] is None
    assert told["ready"]
    assert is_speech(*decoded(sound(told["rest"])))
    assert is_speech(*decoded(sound(told["socket"])))
    assert told["gone"]["status"] == 400
    assert told["left"] == 0


def test_temporary_keys_speak_and_do_nothing_else(node, server):
    request = {"usage_type": "tts_rt", "expires_in_seconds": 60, "client_reference_id": "node", "single_use": True}
    made = [node("management", "temporaryKey", request=request) for _ in range(2)]
    assert all(datetime.fromisoformat(each["expires_at"]).tzinfo for each in made)
    rest, socket = (each["api_key"] for each in made)
    assert sound(run_node(server, "rest", "generated", key=rest, options=PCM)) == server.say(text=TEXT, **PCM).content
    (refused,) = run_node(server, "rest", "refused", key=rest, wishes=[{}])
    assert (refused["status"], refused["body"]["error_type"]) == (401, "unauthenticated")
    assert run_node(server, "realtime", "spoken", key=socket, options={})["sound"]
    (refused,) = run_node(server, "realtime", "refused", key=socket, wishes=[{}])
    assert (refused["class"], refused["status"]) == ("AuthError", 401)


def test_refusals_of_the_management_api_can_be_read(node):
    key, cursor, window = node("management", "refusals")
    assert {error["status"] for error in (key, cursor, window)} == {400}
    assert key["body"]["validation_errors"][0]["location"] == "body.payload.usage_type"
    assert cursor["body"]["error_type"] == "invalid_cursor"
    assert window["body"]["validation_errors"]


def test_usage_is_logged_and_summed(node):
    told = node("management", "usage", window=around_now())
    assert told["paged"]
    assert [entry["client_reference_id"] for entry in told["first"]] == ["node-2"]
    assert [entry["client_reference_id"] for entry in told["all"][:2]] == ["node-2", "node-1"]
    total = told["summary"]["total"]
    assert total["total_num_requests"] >= len(told["all"])
    assert Decimal(total["total_cost_usd"]) >= sum(Decimal(entry["cost_usd"]) for entry in told["all"])


def test_streams_at_work_are_counted_and_remembered(node):
    told = node("management", "concurrency", window=around_now())
    assert told["busy"]["project"]["current"] == {"transcribe_concurrent": 0, "tts_concurrent": 1}
    assert len(told["history"]["entries"]) == 20
    assert max(entry["sample_max"] for entry in told["history"]["entries"]) >= 1
    assert all(entry["sample_max"] == 0 for entry in told["listening"]["entries"])
