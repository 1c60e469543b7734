"""What every endpoint of MusicAPI is: a key, a limit, a body, a plan of what it asks for, and an answer.

    whose -> counted -> read -> planned (refusals are logged here, nothing is charged) -> carried out (paid)

A plan is a `Task`, which a worker does while the client asks after it, or a `Call`, which is done while it waits.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import AntiphonError, InvalidRequest, PermissionDenied, Unauthenticated
from antiphon.domain.jobs import Job
from antiphon.domain.keys import ApiKey
from antiphon.domain.money import MilliCredits
from antiphon.domain.ports import SongMaker
from antiphon.services.clips import Clips
from antiphon.services.exports import Exports
from antiphon.services.hooks import Hook, Seal
from antiphon.services.keys import Keys
from antiphon.services.live import Live
from antiphon.services.pay import Outcome, Replay
from antiphon.services.recordings import Recordings
from antiphon.services.secrets import Secrets, message_place
from antiphon.services.songs import KIND, Order, packed
from antiphon.services.submit import Submit, Work
from antiphon.services.till import Till, Wanted
from antiphon.services.turns import Turns
from antiphon.surfaces.musicapi.errors import status_of
from antiphon.surfaces.musicapi.moderation import Moderator
from antiphon.web import idempotency, stream
from antiphon.web.auth import authenticate
from antiphon.web.body import read_json
from antiphon.web.errors import Answer, json_answer
from antiphon.web.gate import request_id

DIALECT = "musicapi"
LARGEST_BODY = 512 * 1024
"""Bytes: ten times the longest lyrics in a batch, each of their letters escaped."""
PATIENCE = 600.0
"""Seconds after which a task that is not done is failed, and paid back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What the routes of songs work with.

    Args:
        keys: Who may ask.
        till: What it costs.
        submit: Where jobs begin, and can be asked after.
        clips: Knows which clips there are.
        moderator: Refuses what is not made on request.
        maker: Who makes songs, and has words for them.
        turns: How much of what it is asked for words goes on at once.
        exports: Has further files of clips.
        live: Knows where clips can be heard while they are made.
        recordings: Takes in what was not made here.
        secrets: Keeps what webhooks are signed with.
        films: Whether every song is to be seen as well.
        credit: What one of this dialect's credits is worth.
    """

    keys: Keys
    till: Till
    submit: Submit
    clips: Clips
    moderator: Moderator
    maker: SongMaker
    turns: Turns
    exports: Exports
    live: Live
    recordings: Recordings
    secrets: Secrets
    films: bool
    credit: MilliCredits

    def hook(self, wanted: tuple[str, str] | None) -> Hook | None:
        """Who is told, for an order.

        Args:
            wanted: Where to, and what that is signed with; "" for what the account has.
        """
        if wanted is None:
            return None
        url, secret = wanted
        return Hook(url=url, ended=self._seal(secret), begun=self._seal(secret))

    def _seal(self, secret: str) -> Seal:
        id_ = self.till.pay.new_id()
        return Seal(id=id_, secret=self.secrets.seal(secret, message_place(id_)).hex() if secret else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that came with a request: where it lies until that is answered, and what its sender calls it."""

    path: Path
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came with a request: its fields, and a file where there was one."""

    body: Mapping[str, Any]
    file: File | None = None


Reading = Callable[[Scope, Receive], AbstractAsyncContextManager[Sent]]
"""Reads a request's body; its file goes with the context."""


@contextlib.asynccontextmanager
async def json_body(scope: Scope, receive: Receive) -> AsyncIterator[Sent]:
    """A body of JSON; see `Reading`."""
    body = await read_json(scope, receive, most=LARGEST_BODY)
    if not isinstance(body, dict):
        raise InvalidRequest("json")
    yield Sent(body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request whose key is known.

    Args:
        scope: The request.
        key: Whose it is.
        route: The route's name.
        body: What it says.
        file: What came with it.
    """

    scope: Scope
    key: ApiKey
    route: str
    body: Mapping[str, Any]
    file: File | None = None


class Plan(Protocol):
    """What a request asks for, and nothing is wrong with."""

    async def carried_out(self, studio: Studio, asked: Asked, receive: Receive) -> Answer:
        """Do it, or let it wait, and be paid; what is answered.

        Raises:
            AntiphonError: It is not done, and nothing is charged.
            Replay: It was asked for before.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker does.

    Args:
        price: Its name in the catalogue, such as "sonic/create_music".
        model: As the client named it.
        asked: For the worker, as JSON.
        shown: For answers about it, as JSON; its "manner" says which endpoint is asked after it.
        kind: Which trade it is.
        patience: Seconds after which it is failed.
    """

    price: str
    model: str = ""
    asked: bytes
    shown: Mapping[str, Any]
    kind: str = KIND
    patience: float = PATIENCE

    async def carried_out(self, studio: Studio, asked: Asked, receive: Receive) -> Answer:  # noqa: ARG002 - nobody waits
        """Let it wait; see `Plan`."""
        return _accepted(await self.submitted(studio, asked))

    async def submitted(self, studio: Studio, asked: Asked) -> Job:
        """Let it wait; the job.

        Raises:
            AntiphonError, Replay: As `Submit.submit`.
        """
        wanted = _wanted(studio, asked, klass="create", price=self.price, option="", model=self.model)
        more: dict[str, Any] = {"listed": studio.till.listed(wanted)}
        if self.kind == KIND and (studio.films or _to_be_seen(asked.scope)):
            more["film"] = True
        work = Work(
            kind=self.kind,
            asked=orjson.dumps({**orjson.loads(self.asked), **more}),
            shown=orjson.dumps(self.shown),
            patience=self.patience,
        )
        return await studio.submit.submit(asked.key, wanted, work, answer=_submitted, status_of=status_of)


def _to_be_seen(scope: Scope) -> bool:
    """Whether a film is asked for: `?video=1`."""
    return parse_qs(scope["query_string"].decode("latin-1")).get("video", [""])[-1] in {"1", "true"}


def song(price: str, order: Order, shown: Mapping[str, Any]) -> Task:
    """The task that makes clips."""
    return Task(price=price, model=order.model, asked=packed(order), shown=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is done while the client waits.

    Args:
        price: Its name in the catalogue, such as "sonic/bpm".
        option: What that depends on; "" for nothing.
        work: Does it; the body of the answer.
        model: As the client named it.
    """

    price: str
    option: str = ""
    work: Callable[[], Awaitable[Mapping[str, Any]]] = field(repr=False)
    model: str = ""

    async def carried_out(self, studio: Studio, asked: Asked, receive: Receive) -> Answer:
        """Do it while the client is there, and settle before it is answered; see `Plan`."""
        wanted = _wanted(studio, asked, klass="call", price=self.price, option=self.option, model=self.model)
        claim = await studio.till.claim(asked.key, wanted)
        async with (
            studio.till.pay.request(claim, units=1, status_of=status_of) as paid,
            stream.while_connected(receive),
        ):
            answer = json_answer(200, orjson.dumps(await self.work()), [])
            await paid.end(Outcome(units=1, status=200, answer=idempotency.stored(answer)))
        return answer


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A route that asks for something that is paid for.

    Args:
        studio: What it works with.
        route_name: What logs call it, such as "musicapi.create".
        plan: What a request asks for. Raises what is wrong with it.
        klass: The class of its limits.
        reading: Reads its body.
    """

    studio: Studio
    route_name: str
    plan: Callable[[Studio, Asked], Awaitable[Plan]]
    klass: str = "create"
    reading: Reading = json_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        key = await whose(scope, self.studio.keys)
        async with contextlib.AsyncExitStack() as read:
            asked, plan = await self._planned(scope, receive, key, read)
            try:
                answer = await plan.carried_out(self.studio, asked, receive)
            except Replay as replay:
                answer = idempotency.replayed(replay.answer)
        await answered(send, answer)

    async def _planned(
        self, scope: Scope, receive: Receive, key: ApiKey, read: contextlib.AsyncExitStack
    ) -> tuple[Asked, Plan]:
        """What a request asks for; what was read for it goes with `read`."""
        studio = self.studio
        try:
            await studio.till.count(key, dialect=DIALECT, klass=self.klass)
            sent = await read.enter_async_context(self.reading(scope, receive))
            asked = Asked(scope=scope, key=key, route=self.route_name, body=sent.body, file=sent.file)
            return asked, await self.plan(studio, asked)
        except AntiphonError as failure:
            studio.till.refused(
                key,
                dialect=DIALECT,
                route=self.route_name,
                request_id=request_id(scope),
                status=status_of(failure),
                code=failure.code,
            )
            raise


async def whose(scope: Scope, keys: Keys) -> ApiKey:
    """Whose a request is. A key for certain things, or for others' hands, is for nothing that is done here.

    Raises:
        Unauthenticated, PermissionDenied, InvalidRequest: As `web.auth.authenticate`.
    """
    key = await authenticate(scope, keys, None)
    if key.temporary is not None:
        raise Unauthenticated("wrong_use")
    if key.permissions is not None:
        # None of the permissions that there are is about songs.
        raise PermissionDenied
    return key


async def answered(send: Send, answer: Answer) -> None:
    """Send an answer."""
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


def _wanted(studio: Studio, asked: Asked, *, klass: str, price: str, option: str, model: str) -> Wanted:
    """What it is to the catalogue.

    Raises:
        InvalidRequest: "idempotency_key"; "json": it is nested more deeply than can be written again.
    """
    return Wanted(
        dialect=DIALECT,
        klass=klass,
        route=asked.route,
        price=price,
        option=option,
        modality="music",
        model=model,
        engine="song",
        request_id=request_id(asked.scope),
        idempotency=idempotency.requested(
            asked.scope,
            route=asked.route,
            body=idempotency.canonical(asked.body),
            now=studio.till.pay.clock.now(),
        ),
    )


def _accepted(job: Job) -> Answer:
    body = {"code": 200, "message": "success", "task_id": str(job.id)}
    return json_answer(200, orjson.dumps(body), [])


def _submitted(job: Job) -> idempotency.StoredAnswer:
    return idempotency.stored(_accepted(job))
