"""MusicAPI's routes: tasks that make songs, their state, credits."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid4

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import AntiphonError, InvalidRequest, NotFound, Unauthenticated
from antiphon.domain.jobs import Job, JobState
from antiphon.domain.keys import ApiKey
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits
from antiphon.services.keys import Keys
from antiphon.services.pay import Replay
from antiphon.services.secrets import Secrets, message_place
from antiphon.services.songs import KIND, Hook, Order, Songs, packed
from antiphon.services.submit import Submit, Work
from antiphon.services.till import Till, Wanted
from antiphon.surfaces.musicapi.clips import answer
from antiphon.surfaces.musicapi.create import Creation, creation
from antiphon.surfaces.musicapi.errors import TaskNotFound, status_of
from antiphon.web import idempotency
from antiphon.web.auth import authenticate
from antiphon.web.body import read_json
from antiphon.web.errors import Answer, json_answer
from antiphon.web.gate import request_id

DIALECT = "musicapi"
LARGEST_BODY = 256 * 1024
PATIENCE = 600.0
"""Seconds after which a song that is not there is failed, and paid back."""

_SEEDS = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What the routes of songs work with.

    Args:
        keys: Who may ask.
        till: What it costs.
        submit: Where jobs begin, and can be asked after.
        songs: Knows which clips there are.
        secrets: Keeps what webhooks are signed with.
        credit: What one of this dialect's credits is worth.
    """

    keys: Keys
    till: Till
    submit: Submit
    songs: Songs
    secrets: Secrets
    credit: MilliCredits


def build(studio: Studio) -> Sequence[BaseRoute]:
    """The routes of this dialect."""
    return [
        Route("/api/v1/sonic/create", _Create(studio), methods=["POST"]),
        Route("/api/v1/sonic/task/{task_id}", _Task(studio), methods=["GET"]),
        Route("/api/v1/get-credits", _Credits(studio), methods=["GET"]),
    ]


async def _whose(scope: Scope, keys: Keys) -> ApiKey:
    """Whose request this is. A temporary key, which is for others' hands, is for nothing that is done here.

    Raises:
        Unauthenticated, PermissionDenied, InvalidRequest: As `web.auth.authenticate`.
    """
    key = await authenticate(scope, keys, None)
    if key.temporary is not None:
        raise Unauthenticated("wrong_use")
    return key


@dataclass(frozen=True, slots=True)
class _Create:
    route_name: ClassVar = "musicapi.create"

    studio: Studio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        studio = self.studio
        key = await _whose(scope, studio.keys)
        try:
            await studio.till.count(key, dialect=DIALECT, klass="create")
            body = await read_json(scope, receive, most=LARGEST_BODY)
            if not isinstance(body, dict):
                raise InvalidRequest("json")
            wanted = creation(body, seed=secrets.randbelow(_SEEDS))
            priced = self._priced(scope, wanted, body)
            sources = await self._sources(key, wanted)
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
        clips = tuple(uuid4() for _ in range(wanted.clips))
        order = Order(
            wish=wanted.wish,
            clips=clips,
            sources=sources,
            route=self.route_name,
            model=wanted.model,
            hook=self._hook(wanted),
        )
        shown = {"clips": [str(id_) for id_ in clips], "asked": wanted.shown}
        work = Work(kind=KIND, asked=packed(order), shown=orjson.dumps(shown), patience=PATIENCE)
        try:
            job = await studio.submit.submit(key, priced, work, answer=_submitted, status_of=status_of)
        except Replay as replay:
            await _answer(send, idempotency.replayed(replay.answer))
        else:
            await _answer(send, _accepted(job))

    async def _sources(self, key: ApiKey, wanted: Creation) -> tuple[UUID, ...]:
        """The clips that it is made of: they are the account's own.

        Raises:
            InvalidRequest: "unknown_clip".
        """
        if wanted.source is None:
            return ()
        parents = await self.studio.songs.parents(key.account_id, wanted.source)
        if parents is None or (wanted.wish.verb == "concat" and len(parents) != 1):
            raise InvalidRequest("unknown_clip", "continue_clip_id")
        # Whoever wants the whole names the part that goes on; what it goes on from is known.
        return (*parents, wanted.source) if wanted.wish.verb == "concat" else (wanted.source,)

    def _hook(self, wanted: Creation) -> Hook | None:
        if wanted.hook is None:
            return None
        id_, (url, secret) = self.studio.till.pay.new_id(), wanted.hook
        sealed = self.studio.secrets.seal(secret, message_place(id_)).hex() if secret else ""
        return Hook(id=id_, url=url, secret=sealed)

    def _priced(self, scope: Scope, wanted: Creation, body: Mapping[str, Any]) -> Wanted:
        """What it is to the catalogue.

        Raises:
            InvalidRequest: "idempotency_key"; "json": it is nested more deeply than can be written again.
        """
        return Wanted(
            dialect=DIALECT,
            klass="create",
            route=self.route_name,
            price=f"sonic/{wanted.task}",
            modality="music",
            model=wanted.model,
            engine="song",
            request_id=request_id(scope),
            idempotency=idempotency.requested(
                scope,
                route=self.route_name,
                body=idempotency.canonical(body),
                now=self.studio.till.pay.clock.now(),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Task:
    route_name: ClassVar = "musicapi.task"

    studio: Studio

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        key = await _whose(scope, self.studio.keys)
        try:
            task_id = UUID(scope["path_params"]["task_id"])
        except ValueError:
            raise TaskNotFound from None
        try:
            job = await self.studio.submit.job(key, task_id, dialect=DIALECT)
        except NotFound:
            raise TaskNotFound from None
        await _answer(send, _standing(job))


@dataclass(frozen=True, slots=True)
class _Credits:
    route_name: ClassVar = "musicapi.credits"

    studio: Studio

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        key = await _whose(scope, self.studio.keys)
        available = (await self.studio.till.credits.balance(key.account_id)).available
        extra = available.get(Bucket.PAYG, MilliCredits(0))
        body = {
            "credits": (sum(available.values()) - extra) // self.studio.credit,
            "extra_credits": extra // self.studio.credit,
        }
        await _answer(send, json_answer(200, orjson.dumps(body), []))


def _standing(job: Job) -> Answer:
    """What a task is answered with now."""
    if job.state is JobState.PENDING:
        return json_answer(202, orjson.dumps({"type": "not_ready", "task_id": str(job.id)}), [])
    return json_answer(200, orjson.dumps(answer(job)), [])


def _accepted(job: Job) -> Answer:
    body = {"code": 200, "message": "success", "task_id": str(job.id)}
    return json_answer(200, orjson.dumps(body), [])


def _submitted(job: Job) -> idempotency.StoredAnswer:
    return idempotency.stored(_accepted(job))


async def _answer(send: Send, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
