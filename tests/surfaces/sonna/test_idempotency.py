"""`Idempotency-Key` on a synthesis, and clients that leave."""

import asyncio

import pytest

from antiphon.testing import EchoMaker
from antiphon.web import idempotency
from surfaces.sonna.served import Echo

KEY = {"Idempotency-Key": "order-1"}
FIRST_BALANCE = 1_000_000 + 187_000


async def test_asked_twice_under_one_key_it_is_served_and_charged_once(serving) -> None:
    async with serving() as sonna:
        first, second = await sonna.say(KEY), await sonna.say(KEY)
        assert await sonna.credits() == FIRST_BALANCE - 6
        assert len(sonna.maker.manners) == 1
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (second.headers["content-type"], second.headers["x-antiphon-engine"]) == ("application/json", "espeak")


async def test_a_replay_counts_as_a_request(serving) -> None:
    async with serving() as sonna:
        first, second = await sonna.say(KEY), await sonna.say(KEY)
    assert [answer.headers["x-ratelimit-remaining"] for answer in (first, second)] == ["29", "28"]


async def test_sound_is_sent_again_from_its_file(serving) -> None:
    async with serving() as sonna:
        first = await sonna.say({**KEY, "Accept": "audio/mpeg"})
        sonna.clock.advance(24 * 3600 - 0.5)
        second = await sonna.say({**KEY, "Accept": "audio/mpeg"})
        assert len(sonna.maker.manners) == 1
    assert (second.content, second.headers["content-type"]) == (b"Hello.", "audio/mpeg")
    assert second.headers["x-sonna-url"] == first.headers["x-sonna-url"]
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_key_is_never_remembered_for_longer_than_its_file_is_kept(serving) -> None:
    async with serving() as sonna:
        first = await sonna.say({**KEY, "Accept": "audio/mpeg"})
        sonna.clock.advance(24 * 3600 - 0.1)
        assert (await sonna.http.get(first.headers["x-sonna-url"])).status_code == 404
        second = await sonna.say({**KEY, "Accept": "audio/mpeg"})
    assert (second.status_code, "idempotency-replayed" in second.headers) == (200, False)


async def test_after_a_day_the_key_means_a_new_request(serving) -> None:
    async with serving() as sonna:
        first = await sonna.say(KEY)
        sonna.clock.advance(24 * 3600)
        second = await sonna.say(KEY)
    assert (second.status_code, "idempotency-replayed" in second.headers) == (200, False)
    assert first.json()["url"] != second.json()["url"]


async def test_sound_that_is_too_large_to_be_sent_again_is_refused(serving) -> None:
    class Long(Echo, EchoMaker):
        async def _pieces(self, text):
            async for piece in super()._pieces(text):
                if piece.audio:
                    for _ in range(9):
                        yield type(piece)(audio=bytes(1024 * 1024), duration=piece.duration)
                yield piece

    async with serving(Long()) as sonna:
        first = await sonna.say({**KEY, "Accept": "audio/mpeg"})
        second = await sonna.say({**KEY, "Accept": "audio/mpeg"})
        assert await sonna.credits() == FIRST_BALANCE - 6
    assert (len(first.content) > idempotency.LARGEST_FILE, second.status_code) == (True, 409)
    assert second.json()["code"] == "IDEMPOTENCY_TOO_LARGE"


async def test_another_body_under_the_same_key_is_refused(serving) -> None:
    async with serving() as sonna:
        await sonna.say(KEY)
        answer = await sonna.say(KEY, text="Good-bye.")
    assert (answer.status_code, answer.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


async def test_the_same_body_written_otherwise_is_the_same(serving) -> None:
    body = b'{ "ttsModel":"eleven-flash-v2-5",  "voice":"Alice", "text":"Hello." }'
    async with serving() as sonna:
        await sonna.say(KEY)
        answer = await sonna.http.post(
            "/api/v1/tts/synthesize", content=body, headers={**KEY, "Content-Type": "application/json"}
        )
    assert answer.headers["idempotency-replayed"] == "true"


async def test_a_key_in_flight_has_its_own_code(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker) as sonna:
        first = asyncio.create_task(sonna.say(KEY))
        await maker.begun.wait()
        second = await sonna.say(KEY)
        maker.may_speak.set()
        await first
    assert (second.status_code, second.headers["retry-after"]) == (409, "1")
    assert second.json()["code"] == "IDEMPOTENCY_IN_FLIGHT"


async def test_what_failed_can_be_tried_again_under_its_key(serving) -> None:
    async with serving() as sonna:
        poor = await sonna.key_of_new_account(payg=1)
        wish = {"voice": "en-US-Neural2-D", "text": "x" * 3_000}
        for _ in range(7):
            await sonna.say(poor, **wish)
        refused = await sonna.say({**poor, **KEY}, **wish)
        account = (await sonna.house.accounts.find("account free 1")).account.id
        await sonna.house.credits.top_up(account, amount=2_000_000)
        assert refused.status_code == 402
        assert (await sonna.say({**poor, **KEY}, **wish)).status_code == 200


async def test_keys_of_two_accounts_never_meet(serving) -> None:
    async with serving() as sonna:
        other = await sonna.key_of_new_account(plan="pro")
        await sonna.say(KEY)
        assert "idempotency-replayed" not in (await sonna.say({**other, **KEY})).headers


@pytest.mark.parametrize("key", ["", "k" * 256, "two words", "\xe9"])
async def test_a_key_of_the_wrong_form_is_refused(serving, key: str) -> None:
    async with serving() as sonna:
        answer = await sonna.say({"Idempotency-Key": key.encode("latin-1")})
        assert await sonna.credits() == FIRST_BALANCE
    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")


async def test_one_request_id_twice_is_charged_twice(serving) -> None:
    async with serving() as sonna:
        for _ in range(2):
            await sonna.say({"X-Request-Id": "mine"})
        assert await sonna.credits() == FIRST_BALANCE - 12


def test_no_two_requests_share_a_fingerprint() -> None:
    parts = [("POST", "a", b"bc"), ("POST", "ab", b"c"), ("PO", "STa", b"bc"), ("POST", "a", b"bd"), ("POST", "", b"")]
    assert len({idempotency.fingerprint(*part) for part in parts}) == len(parts)


async def test_a_client_that_leaves_before_the_file_is_there_pays_nothing(serving) -> None:
    maker = Echo()
    maker.may_speak.clear()
    async with serving(maker) as sonna:
        leaving = asyncio.Event()

        async def receive():
            if not leaving.is_set() and not maker.begun.is_set():
                return {"type": "http.request", "body": b'{"text": "Hello.", "voice": "Alice"}', "more_body": False}
            await leaving.wait()
            return {"type": "http.disconnect"}

        async def send(message) -> None:
            raise AssertionError(message)

        app = sonna.http._transport.app
        headers = [(b"x-api-key", b"test-key-of-at-least-24-characters"), (b"content-type", b"application/json")]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/v1/tts/synthesize",
            "headers": headers,
            "query_string": b"",
        }
        call = asyncio.create_task(app(scope, receive, send))
        await maker.begun.wait()
        leaving.set()
        async with asyncio.timeout(5):
            await call
        assert await sonna.credits() == FIRST_BALANCE
        assert maker.working == 0
        maker.may_speak.set()
        assert (await sonna.say()).status_code == 200
