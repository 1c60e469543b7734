"""Files for clients: for how long, under which addresses, and until when on disk."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.domain.errors import NotFound
from antiphon.services.artifacts import TYPES, Artifact, Artifacts
from antiphon.store.blobs import LocalBlobs
from antiphon.testing import FakeClock

DAY = 24 * 3600.0
SHELF = "sonna/api-ephemeral/tts/paid"


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def artifacts(folder: Path, clock: FakeClock) -> Artifacts:
    return Artifacts(LocalBlobs(folder), clock=clock, entropy=os.urandom, public_url=lambda: "https://media.example")


async def keep(kept: Artifacts, *, owner: str = "alice", suffix: str = "mp3", lifetime: float = DAY) -> Artifact:
    return await kept.keep(chunks(b"sound"), shelf=SHELF, owner=owner, suffix=suffix, lifetime=lifetime)


async def readable(kept: Artifacts, path: str) -> bool:
    try:
        file = await kept.open(path)
    except NotFound:
        return False
    return [chunk async for chunk in file.blob.read(0, file.blob.size)] == [b"sound"]


def endings(folder: Path) -> list[int]:
    """When the files on disk end."""
    return [int(path.name[:8], 16) for path in folder.rglob("*.mp3")]


def change_times(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (0, 0))


async def test_a_file_lies_where_the_published_interface_has_it(tmp_path: Path) -> None:
    kept = artifacts(tmp_path, FakeClock())
    made = await keep(kept)
    assert kept.url(made) == f"https://media.example/cdn/{made.path}"
    shelf, _, name = made.path.rpartition("/")
    assert (shelf, len(name), made.size) == (f"{SHELF}/alice", len("6b49d200") + 40 + len(".mp3"), 5)


async def test_it_is_refused_from_the_second_it_ends(tmp_path: Path) -> None:
    clock = FakeClock(1_800_000_000.75)
    kept = artifacts(tmp_path, clock)
    made = await keep(kept)
    assert made.expires_at == 1_800_086_400
    clock.advance(DAY - 0.75 - 0.001)
    assert await readable(kept, made.path)
    assert (await kept.open(made.path)).remaining == 1
    clock.advance(0.001)
    assert not await readable(kept, made.path)


async def test_a_restart_changes_nothing_about_it(tmp_path: Path) -> None:
    made = await keep(artifacts(tmp_path, FakeClock()))
    change_times(tmp_path)  # A backup that was brought back has other times.
    after = FakeClock()
    kept = artifacts(tmp_path, after)
    after.advance(DAY - 1)
    assert await readable(kept, made.path)
    after.advance(1)
    assert not await readable(kept, made.path)


async def test_a_changed_end_is_another_address(tmp_path: Path) -> None:
    clock = FakeClock()
    kept = artifacts(tmp_path, clock)
    made = await keep(kept)
    shelf, _, name = made.path.rpartition("/")
    later = f"{shelf}/{int(name[:8], 16) + 1:08x}{name[8:]}"
    assert not await readable(kept, later)
    clock.advance(DAY)
    assert not await readable(kept, later)


async def test_no_two_addresses_are_alike(tmp_path: Path) -> None:
    kept = artifacts(tmp_path, FakeClock())
    names = [(await keep(kept)).path.rpartition("/")[2] for _ in range(20)]
    assert len({name[8:48] for name in names}) == 20


ADDRESSES = [
    "",
    "sonna",
    "{shelf}/alice",
    "{shelf}/alice/",
    "{shelf}/bob/{name}",
    "sonna/api-ephemeral/tts/free/alice/{name}",
    "{shelf}/alice/{name}/",
    "/{shelf}/alice/{name}",
    "./{shelf}/alice/{name}",
    "{shelf}/../paid/alice/{name}",
    "{shelf}/alice/../alice/{name}",
    "{shelf}//alice/{name}",
    "{shelf}/alice/{name}\n",
    "{shelf}/alice/{name}\0",
    "{shelf}/alice/{stem}.pcm",
    "{shelf}/alice/{stem}.html",
    "{shelf}/alice/{stem}.MP3",
    "{shelf}/alice/{stem}",
    "{shelf}/alice/%2e%2e/{name}",
    "..\\{shelf}\\alice\\{name}",
    "a/" * 100_000 + "{name}",
    "../../../../etc/passwd",
    "ephemeral/005b8d80/{shelf}/alice/{name}",
]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_no_other_address_leads_to_it(tmp_path: Path, address: str) -> None:
    kept = artifacts(tmp_path, FakeClock())
    made = await keep(kept)
    name = made.path.rpartition("/")[2]
    wrong = address.format(shelf=SHELF, name=name, stem=name.partition(".")[0])
    with pytest.raises(NotFound):
        await kept.open(wrong)
    assert await readable(kept, made.path)


@pytest.mark.parametrize(
    ("shelf", "owner", "suffix"),
    [("../x", "alice", "mp3"), (SHELF, "../alice", "mp3"), (SHELF, "", "mp3"), (SHELF, "a/b", "mp3")]
    + [(SHELF, "alice", suffix) for suffix in ("html", "svg", "", "MP3")],
)
async def test_nothing_is_kept_under_what_is_no_address(tmp_path: Path, shelf: str, owner: str, suffix: str) -> None:
    kept = artifacts(tmp_path, FakeClock())
    with pytest.raises(ValueError, match="no address"):
        await kept.keep(chunks(b"x"), shelf=shelf, owner=owner, suffix=suffix, lifetime=DAY)


@pytest.mark.parametrize("suffix", TYPES)
async def test_each_ending_has_its_type(tmp_path: Path, suffix: str) -> None:
    kept = artifacts(tmp_path, FakeClock())
    made = await keep(kept, suffix=suffix)
    assert (await kept.open(made.path)).content_type == TYPES[suffix]


async def test_bytes_are_gone_soon_after_the_end_and_not_before(tmp_path: Path) -> None:
    clock = FakeClock()
    kept = artifacts(tmp_path, clock)
    for seconds in range(0, 1200, 60):
        await keep(kept, lifetime=DAY + seconds)
    for _ in range(20):
        clock.advance(60 if clock.monotonic() else DAY)
        await kept.sweep(clock.now())
        ends = endings(tmp_path)
        due = {1_800_086_400 + seconds for seconds in range(0, 1200, 60)}
        assert {end for end in due if end > clock.now()} <= set(ends)
        assert all(end > clock.now() - 300 for end in ends)


async def test_a_sweep_tells_how_much_it_did_and_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    clock = FakeClock()
    kept = artifacts(tmp_path, clock)
    await keep(kept)
    (tmp_path / "ephemeral" / "notes").mkdir()
    assert await kept.sweep(clock.now()) == 0
    assert await kept.sweep(clock.now() + DAY + 300) == 1
    assert [path.name for path in (tmp_path / "ephemeral").iterdir()] == ["notes"]
    assert await kept.sweep(clock.now() + DAY + 300) == 0


async def test_of_many_files_and_reads_none_succeeds_at_or_after_its_end(tmp_path: Path) -> None:
    clock = FakeClock(1_800_000_000.5)
    kept = artifacts(tmp_path, clock)
    made = []
    for number in range(300):
        made.append(await keep(kept, lifetime=3600.0 + number % 7))
        clock.advance(0.37)
    clock.advance(3600 - 300 * 0.37 - 1)
    for _ in range(40):
        clock.advance(0.25)
        for artifact in made[::13]:
            assert await readable(kept, artifact.path) == (clock.now() < artifact.expires_at)
