"""The routes of `/api/generate`, and the list of all models."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar
from uuid import UUID

import orjson
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from antiphon.domain.errors import AntiphonError, Conflict, LimitExceeded, NotFound, Unavailable
from antiphon.domain.jobs import Fault, Job, JobState
from antiphon.domain.keys import ApiKey
from antiphon.domain.limits import Quota
from antiphon.services.pay import Replay
from antiphon.surfaces.sonna.errors import face, quota_headers
from antiphon.surfaces.sonna.generate import answers, listing
from antiphon.surfaces.sonna.generate.desk import DIALECT, KLASS, ROUTE, Desk, Plan
from antiphon.web import idempotency, stream
from antiphon.web.body import ClientGone
from antiphon.web.errors import Answer, Headers, json_answer
from antiphon.web.gate import request_id

_REPLAYED = (b"idempotency-replayed", b"true")


def build(desk: Desk) -> Sequence[BaseRoute]:
    """The routes.

    Args:
        desk: What they work with.
    """
    return [
        Route("/api/generate", _Generate(desk=desk), methods=["POST"]),
        Route("/api/generate/{job_id}", _Generation(desk=desk), methods=["GET", "DELETE"]),
        Route("/api/v1/models", _Models(desk=desk), methods=["GET"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generate:
    route_name: ClassVar = ROUTE

    desk: Desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = await self.desk.whose(scope)
        quota: Quota | None = None
        try:
            self.desk.check_enabled()
            quota = await self.desk.till.count(key, dialect=DIALECT, klass=KLASS)
            scope["antiphon.headers"] = quota_headers(quota)  # For what nobody foresaw.
            plan = await self.desk.plan(key, scope, receive)
        except AntiphonError as failure:
            self.desk.refused(key, scope, failure)
            quota = failure.quota if isinstance(failure, LimitExceeded) else quota
            await _answer(send, _refused(failure, scope), quota_headers(quota))
            return
        try:
            answer = await self._carried_out(key, plan, scope, receive)
        except AntiphonError as failure:
            answer = _refused(failure, scope)
        await _answer(send, answer, quota_headers(quota))

    async def _carried_out(self, key: ApiKey, plan: Plan, scope: Scope, receive: Receive) -> Answer:
        """Submit what is planned, and wait for it as long as a client does.

        Raises:
            AntiphonError: It may not be submitted; nothing is charged.
            ClientGone: The client left. What nobody can ask for again is not made.
        """
        try:
            job_id = (await self.desk.submitted(key, plan)).id
        except Replay as replay:
            return await self._again(key, plan, replay, scope, receive)
        if not plan.asked.waits:
            return answers.accepted(job_id)
        try:
            return await self._waited(key, job_id, scope, receive)
        except ClientGone:
            if plan.wanted.idempotency is None:
                with contextlib.suppress(AntiphonError):  # It ended just now, or will be charged as others are.
                    await self.desk.submit.cancel(key, job_id, dialect=DIALECT)
            raise

    async def _again(self, key: ApiKey, plan: Plan, replay: Replay, scope: Scope, receive: Receive) -> Answer:
        """The answer to a request that was made before: of the same job, as it stands now."""
        if not plan.asked.waits:
            return idempotency.replayed(replay.answer)
        job_id = UUID(orjson.loads(replay.answer.body)["jobId"])
        answer = await self._waited(key, job_id, scope, receive)
        return replace(answer, headers=[*answer.headers, _REPLAYED])

    async def _waited(self, key: ApiKey, job_id: UUID, scope: Scope, receive: Receive) -> Answer:
        try:
            async with stream.while_connected(receive):
                ended = await self.desk.waits.ended(job_id, within=self.desk.seconds)
                job = ended or await self.desk.job(key, job_id)
            available = await self.desk.available(key)
        except Unavailable:  # The database is away. The job is there all the same, and can be asked after.
            return answers.accepted(job_id)
        if not job.state.ended:
            return answers.accepted(job_id, running=job.state is JobState.RUNNING)
        if job.state is not JobState.SUCCEEDED:
            fault = job.fault or Fault(code="deadline")
            return answers.failed(fault, job_id, request_id=request_id(scope))
        return answers.made(job, available, self.desk.made_by(_model(job)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Generation:
    route_name: ClassVar = "sonna.generation"

    desk: Desk

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        key = await self.desk.whose(scope)
        self.desk.check_enabled()
        job = await self._found(key, scope["path_params"]["job_id"])
        if scope["method"] == "DELETE":
            job = await self._cancelled(key, job)
        body = answers.standing(job, await self.desk.available(key))
        more = self.desk.made_by(_model(job)) if job.state is JobState.SUCCEEDED else []
        await _answer(send, json_answer(200, orjson.dumps(body), more))

    async def _found(self, key: ApiKey, id_: str) -> Job:
        try:
            job = await self.desk.job(key, UUID(id_))
        except ValueError:
            raise NotFound("job", "jobId") from None
        if job.kind not in answers.KINDS:
            raise NotFound("job", "jobId")
        return job

    async def _cancelled(self, key: ApiKey, job: Job) -> Job:
        try:
            return await self.desk.submit.cancel(key, job.id, dialect=DIALECT)
        except Conflict as refused:
            raise Conflict("job_ended" if refused.reason == "ended" else refused.reason) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Models:
    route_name: ClassVar = "sonna.models"

    desk: Desk

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        await self.desk.whose(scope)
        body = listing.models(self.desk, at=self.desk.till.pay.clock.now())
        await _answer(send, json_answer(200, orjson.dumps(body), []))


def _model(job: Job) -> str:
    return str(orjson.loads(job.shown)["model"])


def _refused(failure: AntiphonError, scope: Scope) -> Answer:
    scope["antiphon.failure"] = failure  # For log and metrics.
    return face(failure, request_id(scope))


async def _answer(send: Send, answer: Answer, more: Headers | None = None) -> None:
    headers = [*answer.headers, *(more or ())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
