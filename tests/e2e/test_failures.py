"""What happens to requests when something dies under them."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
import pytest

from e2e.running import LONG, eventually, lives

TEXT = "Here is a text that is spoken while others fail."


@pytest.fixture(scope="module")
def whole(server):
    """The long answer as it is when nothing goes wrong."""
    with server.wire(text=LONG, sample_rate=48_000, bitrate=320_000) as wire:
        wire.head()
        return wire.rest()


def test_a_killed_renderer_fails_its_own_request_and_no_other(server, whole):
    expected = server.say(text=TEXT).content
    with server.slow() as (wire, begun, renderer), ThreadPoolExecutor(6) as pool:
        others = [pool.submit(server.say, text=TEXT) for _ in range(12)]
        renderer.kill()
        said = begun + wire.rest()
        trailers = wire.trailers()
        assert trailers["x-tts-error-code"] == "503"
        assert trailers["x-tts-error-message"].startswith("Cannot continue request (code 12).")
        assert wire.closed()
        assert 0 < len(said) < len(whole)
        assert whole.startswith(said)
    assert {other.result().content for other in others} == {expected}


def test_after_a_kill_the_next_request_is_served_within_a_second(server):
    with server.slow() as (_, _, renderer):
        renderer.kill()
        begun = time.monotonic()
        assert server.say().status_code == 200
        assert time.monotonic() - begun < 1


def test_a_renderer_killed_before_it_said_anything_is_an_answer_of_503(server):
    waiting = server.idle()
    for process in waiting:
        process.send_signal(signal.SIGSTOP)
    with server.wire() as wire:
        eventually(lambda: server.renderers() - waiting)  # One was taken, and another made.
        for process in waiting:
            process.kill()
        status, headers = wire.head()
        body = httpx.Response(status, content=wire.body(int(headers["content-length"]))).json()
    assert (status, headers["retry-after"], headers["content-type"]) == (503, "1", "application/json")
    assert body["error_type"] == "service_unavailable"
    assert body["error_message"].startswith("Cannot continue request (code 12).")
    assert body["request_id"] == headers["x-request-id"]
    assert server.say().status_code == 200


def test_a_killed_forking_process_is_replaced_and_running_requests_go_on(server, whole):
    with server.slow() as (wire, begun, _):
        forking = server.forking()
        forking.kill()
        eventually(lambda: not psutil.pid_exists(forking.pid))
        killed = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            statuses = [answer.status_code for answer in pool.map(lambda _: server.say(text=TEXT), range(12))]
        assert time.monotonic() - killed < 10  # About one second when nothing else runs.
        assert statuses == [200] * 12
        assert begun + wire.rest() == whole
        assert wire.trailers() == {"x-tts-error-code": "413", "x-tts-error-message": _CUT}
    with server.client() as http:
        assert http.get("/readyz").status_code == 200


_CUT = "Maximum audio duration of 120 seconds has been reached."


def test_a_server_that_aborts_on_errors_cuts_the_connection(launch):
    aborting = launch(ANTIPHON_ABORT_ON_ERROR="1")
    with aborting.slow() as (wire, _, renderer):
        renderer.kill()
        with pytest.raises(ConnectionError):
            wire.rest()
    assert aborting.say().status_code == 200


def test_a_client_that_goes_away_ends_its_renderer(server):
    with server.slow() as (wire, _, renderer):
        wire.close()
        left = time.monotonic()
        eventually(lambda: not lives(renderer), within=5)
        assert time.monotonic() - left < 1  # Promised: 0.1


def test_clients_that_go_away_at_any_moment_leave_nothing_behind(server):
    for number in range(40):
        wire = server.wire(text=LONG)
        if number % 2:
            wire.head()
        wire.close()
    assert server.idle()
    assert server.say().status_code == 200


def test_no_process_outlives_a_killed_server(launch):
    running = launch()
    with running.slow() as (_, _, renderer):
        processes = running.children()
        assert renderer in processes
        running.process.kill()
        running.process.wait()
        eventually(lambda: not any(map(lives, processes)), within=2)


def test_a_stopping_server_finishes_what_it_has_begun(launch, whole):
    running = launch()
    with running.slow() as (wire, begun, _):
        processes = running.children()
        running.process.send_signal(signal.SIGTERM)
        eventually(lambda: _refuses(running))
        assert begun + wire.rest() == whole
    assert running.process.wait(timeout=20) == 0
    eventually(lambda: not any(map(lives, processes)), within=2)


def _refuses(running) -> bool:
    try:
        with running.client() as http:
            http.get("/healthz")
    except httpx.TransportError:
        return True
    return False


def test_a_killed_server_keeps_its_keys_for_the_next(launch):
    first = launch()
    assert first.say().status_code == 200
    first.process.kill()
    first.process.wait()
    second = launch(data=first.data, ANTIPHON_BOOTSTRAP_KEY="")
    assert second.say().status_code == 200
