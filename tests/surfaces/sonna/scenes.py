"""The servers on which Sonna's golden pairs are played: each is as one test wants it, with people that call."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import apsw
import httpx

from antiphon.domain.keys import Permission
from antiphon.domain.money import CREDIT, MilliCredits
from antiphon.domain.ports import Makers
from antiphon.house import House
from antiphon.testing import TEST_KEY, FakeClock
from surfaces.sonna.golden import Scene
from surfaces.sonna.making import IMAGE, PATH, open_making
from surfaces.sonna.served import PASSWORD, Echo, in_folder

Open = Callable[[Path], AbstractAsyncContextManager[Scene]]

_ONCE = """
[sonna]
speech.rates.organization = {limit = 1, seconds = 60}
generate.rates.organization = {limit = 1, seconds = 60}
enhance.rates.organization = {limit = 1, seconds = 60}
check-renewal.rates.organization = {limit = 1, seconds = 60}
usage.rates.organization = {limit = 1, seconds = 60}
library.rates.organization = {limit = 1, seconds = 60}
authentication.rates.ip = {limit = 1, seconds = 300}
refresh.rates.ip = {limit = 1, seconds = 60}
"""
SYNTHESIZE, DIALOGUE = "/api/v1/tts/synthesize", "/api/v1/tts/synthesize-dialogue"
SAID = {"text": "Hello.", "voice": "Alice"}
TALKED = {"turns": [{"text": "Hello.", "voice": "Alice"}, {"text": "Yes?", "voice": "George"}]}
_OLD = 901.0
"""Seconds after which a token has expired."""


class Accident(Echo):
    """It breaks in a way that nobody foresaw."""

    async def _pieces(self, text):
        async for _ in text:
            raise RuntimeError("an accident")
        yield


class Long(Echo):
    """It says each piece so long that it is too large to be sent again."""

    async def _pieces(self, text):
        async for piece in super()._pieces(text):
            if piece.audio:
                for _ in range(9):
                    yield type(piece)(audio=bytes(1024 * 1024), duration=piece.duration)
            yield piece


async def people(house: House, clock: FakeClock, http: httpx.AsyncClient) -> Scene:
    """Those who call: by key, signed in, and in vain."""
    who: dict[str, Mapping[str, str]] = {"": {}, "nobody": {"X-API-Key": ""}}
    first = await house.keys.authenticate(TEST_KEY)
    pays: dict[str, UUID] = {"": first.account_id}
    known = {}

    async def open_account(name: str, plan: str) -> UUID:
        pays[name] = (await house.accounts.create(name, plan=plan)).account.id
        return pays[name]

    async def sign_up(name: str, plan: str) -> None:
        _, invite = await house.users.invite(await open_account(name, plan))
        signed = await house.users.register(f"{name}@example.com", PASSWORD, invite=invite)
        who[name] = {"Authorization": f"Bearer {signed.token}", "X-API-Key": ""}
        known[f"{name}_refresh"] = signed.refresh

    await sign_up("expired", "pro")
    clock.advance(_OLD)
    for name, plan in (("anna", "pro"), ("ben", "free"), ("late", "free")):
        await sign_up(name, plan)
    await house.credits.set_plan(pays["late"], "pro", until=clock.now() + 300)
    for name, payg in (("free", 0), ("poor", 1), ("thrifty", 1_000)):
        _, key = await house.keys.create(await open_account(name, "free"), name)
        who[name] = {"X-API-Key": key}
        if payg:
            await house.credits.top_up(pays[name], amount=MilliCredits(payg * CREDIT), payment=name)
    await house.projects.set_budget(pays["thrifty"], MilliCredits(CREDIT))
    _, narrow = await house.keys.create(first.account_id, "narrow", permissions=frozenset({Permission.FILES}))
    _, short = await house.temporary.mint(first, permission=Permission.TEXT_TO_SPEECH_REALTIME, seconds=60)
    gone, revoked = await house.keys.create(first.account_id, "gone")
    await house.keys.revoke(account_id=first.account_id, key_id=gone.id)
    for name, key in (("narrow", narrow), ("temporary", short), ("revoked", revoked), ("wrong", "sona_sk_nobody")):
        who[name] = {"X-API-Key": key}
    return Scene(http=http, house=house, clock=clock, who=who, pays=pays, known=known)


def served(maker: Callable[[], Echo] = Echo, **settings: Any) -> Open:
    """Sonna with a maker of speech. Jobs wait, and are not done."""

    @contextlib.asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Scene]:
        async with in_folder(folder)(maker(), **settings) as sonna:
            yield await people(sonna.house, sonna.clock, sonna.http)

    return opened


def made(**settings: Any) -> Open:
    """`/api/generate`, whose jobs are done at once."""

    @contextlib.asynccontextmanager
    async def opened(folder: Path) -> AsyncIterator[Scene]:
        async with open_making(folder / "data", **settings) as making:
            yield await people(making.house, making.clock, making.http)

    return opened


@contextlib.asynccontextmanager
async def limited(folder: Path) -> AsyncIterator[Scene]:
    """Everything may be asked once."""
    (folder / "limits.toml").write_text(_ONCE, encoding="utf-8")
    async with served(limits_file=folder / "limits.toml")(folder) as scene:
        yield scene


@contextlib.asynccontextmanager
async def first_link(folder: Path) -> AsyncIterator[Scene]:
    """Nobody signs in to the first account yet."""
    async with served()(folder) as scene:
        scene.known["code"] = await scene.house.users.first_link(scene.pays[""]) or ""
        yield scene


@contextlib.asynccontextmanager
async def invited(folder: Path) -> AsyncIterator[Scene]:
    """One can register by invite."""
    async with served(registration="invite")(folder) as scene:
        scene.known["invite"] = (await scene.house.users.invite(None))[1]
        yield scene


@contextlib.asynccontextmanager
async def spent(folder: Path) -> AsyncIterator[Scene]:
    """Anna has spoken twice, and was refused once."""
    async with served()(folder) as scene:
        made = await scene.http.post("/api/v1/user/api-keys", headers=scene.who["anna"], json={"name": "hers"})
        key = {"X-API-Key": made.json()["key"]}
        scene.known["hers"] = made.json()["apiKey"]["id"]
        scene.known["shown"] = made.json()["apiKey"]["keyPrefix"]
        for headers, text in ((key, "x" * 1_000), (scene.who["anna"], "x" * 10), (key, "")):
            wish = {"text": text, "voice": "Alice", "ttsModel": "eleven-flash-v2-5"}
            await scene.http.post(SYNTHESIZE, json=wish, headers=headers)
            scene.clock.advance(1)
        await scene.house.till.pay.tick()
        yield scene


@contextlib.asynccontextmanager
async def busy(folder: Path) -> AsyncIterator[Scene]:
    """A request of the first account's is spoken, and one of Anna's to the only place at Gemini's."""
    maker = Echo()
    maker.may_speak.clear()
    async with in_folder(folder)(maker, gemini_at_once=1, gemini_waiting=0) as sonna:
        scene = await people(sonna.house, sonna.clock, sonna.http)
        begun = []
        for headers, voice in (({"Idempotency-Key": "flying"}, "Alice"), (scene.who["anna"], "Kore")):
            maker.begun.clear()
            begun.append(asyncio.create_task(sonna.say(headers, voice=voice, ttsModel=...)))
            await maker.begun.wait()
        yield scene
        maker.may_speak.set()
        assert [(await each).status_code for each in begun] == [200, 200]


@contextlib.asynccontextmanager
async def full(folder: Path) -> AsyncIterator[Scene]:
    """As many generations of the first account's are made as may be, and Anna waits for one."""
    async with open_making(folder / "data") as making:
        scene = await people(making.house, making.clock, making.http)
        making.maker.may_make.clear()
        for name in ("first", "second"):
            scene.known[name] = (await making.asked(IMAGE, **{"async": True})).json()["jobId"]
        await making.until(lambda: len(making.maker.wishes) == 2)
        yield scene
        making.maker.may_make.set()


@contextlib.asynccontextmanager
async def thought_better(folder: Path) -> AsyncIterator[Scene]:
    """Somebody waits under an idempotency key, and it is cancelled meanwhile."""
    async with open_making(folder / "data") as making:
        scene = await people(making.house, making.clock, making.http)
        making.maker.may_make.clear()
        waiting = asyncio.create_task(making.asked(IMAGE, {"Idempotency-Key": "mine"}))
        await making.maker.begun.wait()
        (job,) = await making.house.store.jobs.jobs_of(scene.pays[""])
        await scene.http.delete(f"{PATH}/{job.id}")
        await waiting
        yield scene


@contextlib.asynccontextmanager
async def storeless(folder: Path) -> AsyncIterator[Scene]:
    """The disk fails, whatever is asked of it; so nobody looks at what things cost."""
    connections: list[apsw.Connection] = []
    apsw.connection_hooks.append(connections.append)
    try:
        async with served(registration="open")(folder) as scene:
            scene.known["code"] = await scene.house.users.first_link(scene.pays[""]) or ""
            _trace(connections, _failing)
            yield replace(scene, pays={})
            _trace(connections, None)
    finally:
        apsw.connection_hooks.remove(connections.append)


def _trace(connections: Sequence[apsw.Connection], trace: Callable[..., bool] | None) -> None:
    for each in connections:
        with contextlib.suppress(apsw.ConnectionClosedError):  # That of the migrations.
            each.exec_trace = trace


def _failing(*_statement: Any) -> bool:
    raise apsw.IOError


@contextlib.asynccontextmanager
async def asked_before(folder: Path, *, maker: Callable[[], Echo]) -> AsyncIterator[Scene]:
    """The sound of a text and of a dialogue was sent, each under the same name."""
    async with served(maker)(folder) as scene:
        sound = {"Idempotency-Key": "mine", "Accept": "audio/mpeg"}
        for path, wish in ((SYNTHESIZE, SAID), (DIALOGUE, TALKED)):
            sent = await scene.http.post(path, json=wish, headers=sound)
            assert sent.headers["content-type"] == "audio/mpeg"
        yield scene


@contextlib.asynccontextmanager
async def gone(folder: Path) -> AsyncIterator[Scene]:
    """What was sent before is kept no longer."""
    async with asked_before(folder, maker=Echo) as scene:
        for path in (folder / "data" / "files").rglob("*.mp3"):
            path.unlink()
        yield scene


def too_large() -> Open:
    """What was sent before is too large to be sent again."""
    return lambda folder: asked_before(folder, maker=Long)


@contextlib.asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[Scene]:
    """A dialogue of the first account's is spoken."""
    maker = Echo()
    maker.may_speak.clear()
    async with in_folder(folder)(maker) as sonna:
        scene = await people(sonna.house, sonna.clock, sonna.http)
        begun = asyncio.create_task(sonna.http.post(DIALOGUE, json=TALKED, headers={"Idempotency-Key": "flying"}))
        await maker.begun.wait()
        yield scene
        maker.may_speak.set()
        assert (await begun).status_code == 200


def nobody() -> Open:
    """Nobody makes anything."""
    return made(makers=Makers())
