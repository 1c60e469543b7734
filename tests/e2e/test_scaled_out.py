"""Two servers on one PostgreSQL and one Redis: the same code, chosen by settings."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from e2e.running import LIMITS, Running, stop
from store.postgres import ThrowawayPostgres, find_programs
from store.throwaway_redis import ThrowawayRedis, find_server

TONE = {"model": "tone", "voice": "Sine", "audio_format": "pcm_s16le", "sample_rate": 8000, "text": "Hello, you."}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ThrowawayPostgres, ThrowawayRedis]]:
    postgres = ThrowawayPostgres(find_programs(), durable=True)
    redis = ThrowawayRedis(find_server(), tmp_path_factory.mktemp("redis"))
    try:
        postgres.start()
        redis.start()
        yield postgres, redis
    finally:
        redis.kill()
        postgres.remove()


@pytest.fixture
def environment(services: tuple[ThrowawayPostgres, ThrowawayRedis], tmp_path: Path) -> dict[str, str]:
    postgres, redis = services
    limits = tmp_path / "limits.toml"
    limits.write_text(LIMITS.read_text())
    return {
        "ANTIPHON_DATABASE_URL": postgres.url(),
        "ANTIPHON_REDIS_URL": redis.url,
        "ANTIPHON_SECRET": "one secret for all servers, of more than 32 characters",
        "ANTIPHON_LIMITS_FILE": str(limits),
    }


def test_a_database_that_was_not_migrated_is_refused_with_the_command_to_do_it(
    antiphon: Callable[..., subprocess.CompletedProcess[Any]], environment: dict[str, str], tmp_path: Path
) -> None:
    refused = antiphon("serve", "--port", "0", "--data", str(tmp_path / "data"), environment=environment)
    assert refused.returncode == 1
    assert "antiphon migrate" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert antiphon("migrate", environment=environment).returncode == 0


def spoken(server: Running) -> int:
    return server.say(**TONE).status_code


def test_two_servers_share_keys_credits_and_rates(
    antiphon: Callable[..., subprocess.CompletedProcess[Any]],
    launch: Callable[..., Running],
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    assert antiphon("migrate", environment=environment).returncode == 0
    Path(environment["ANTIPHON_LIMITS_FILE"]).write_text(
        "[soniox.tts.rates]\norganization = { limit = 30, seconds = 600 }\n"
        '[soniox.tts.concurrency]\norganization = "unlimited"\nproject = "unlimited"\n'
    )
    one, other = (launch(**environment) for _ in range(2))
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(8) as pool:
        clients = [stack.enter_context(server.client()) for server in (one, other)]
        before = clients[0].get("/api/v1/user/credits").json()["credits"]
        statuses = list(pool.map(spoken, [one, other] * 25))
        after = clients[1].get("/api/v1/user/credits").json()["credits"]
    assert statuses.count(200) == 30
    assert statuses.count(429) == 20
    cost = -(-715 * 7_000_000 // 3_600_000)  # Eleven characters at 65 ms each.
    assert before * 1000 - 30 * cost - 1000 <= after * 1000 <= before * 1000 - 30 * cost + 1000
    assert [stop(server) for server in (one, other)] == [0, 0]


def test_without_redis_paid_work_is_refused_until_it_is_back(
    antiphon: Callable[..., subprocess.CompletedProcess[Any]],
    launch: Callable[..., Running],
    environment: dict[str, str],
    services: tuple[ThrowawayPostgres, ThrowawayRedis],
) -> None:
    assert antiphon("migrate", environment=environment).returncode == 0
    Path(environment["ANTIPHON_LIMITS_FILE"]).write_text(
        "[soniox.tts.rates]\norganization = { limit = 1000, seconds = 60 }\n"
    )
    services[1].kill()  # What other tests used up is forgotten.
    services[1].start()
    server = launch(**environment)
    assert spoken(server) == 200
    services[1].kill()
    refused = server.say(**TONE)
    assert (refused.status_code, refused.json()["error_type"]) == (503, "service_unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    services[1].start()
    assert spoken(server) == 200


def test_without_the_database_everything_is_refused_until_it_is_back(
    antiphon: Callable[..., subprocess.CompletedProcess[Any]],
    launch: Callable[..., Running],
    environment: dict[str, str],
    services: tuple[ThrowawayPostgres, ThrowawayRedis],
) -> None:
    assert antiphon("migrate", environment=environment).returncode == 0
    server = launch(**environment)
    assert spoken(server) == 200
    services[0].stop()
    refused = server.say(**TONE)
    assert (refused.status_code, refused.json()["error_type"]) == (503, "service_unavailable")
    with server.client() as http:
        assert http.get("/readyz").json()["store"] is False
    services[0].start()
    assert spoken(server) == 200
