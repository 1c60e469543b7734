"""What every request passes first and last: its id, the wording of its errors, its line in log and metrics."""

import asyncio
import contextlib
import re
import uuid
from collections.abc import Callable, Mapping

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected

from antiphon.domain.errors import AntiphonError, InvalidRequest, MethodNotAllowed, NotFound, PermissionDenied
from antiphon.kit.clock import Clock
from antiphon.kit.ids import Entropy
from antiphon.kit.observe import Metrics
from antiphon.web.body import ClientGone, header
from antiphon.web.codes import GOING_AWAY, NORMAL
from antiphon.web.errors import CLIENT_CLOSED, Faces
from antiphon.web.report import report

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

log = structlog.get_logger("antiphon.http")


class Gate:
    """The outermost layer.

    Routes leave in the scope what it cannot know: "antiphon.failure", for log and metrics, where they answered with an
    error themselves; "antiphon.headers", which every answer of theirs is to have, also to what they did not foresee.

    Args:
        app: What stands behind it.
        faces: Which dialect words the errors of a path.
        metrics: Where requests are counted.
        clock: What times them.
        direct: Applications that are reached without the routing, by method and path. They are routes of `app` too,
            so that nothing else depends on it; it saves a tenth of the time of a short request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        faces: Faces,
        metrics: Metrics,
        clock: Clock,
        direct: Mapping[tuple[str, str], ASGIApp],
    ) -> None:
        self._app = app
        self._faces = faces
        self._metrics = metrics
        self._clock = clock
        self._entropy = Entropy()
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through, and see that it is answered."""
        match scope["type"]:
            case "http":
                await self._request(scope, receive, send)
            case "websocket":
                await self._talk(scope, receive, send)
            case _:
                await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        passage = _Passage(scope, send, clock=self._clock, entropy=self._entropy)
        app = self._direct.get((scope["method"], scope["path"]), self._app)
        if app is not self._app:
            scope["endpoint"] = app
        try:
            await app(scope, receive, passage.send)
        except ClientGone:
            passage.status, passage.code = CLIENT_CLOSED, "client_gone"
        except (AntiphonError, HTTPException) as failure:
            await passage.refuse(_ours(failure), self._faces)
        except Exception as failure:  # noqa: BLE001 - whatever a route raises is answered, in its dialect's words
            report(failure, passage.request_id)
            await passage.refuse(AntiphonError(), self._faces)
        finally:
            self._note(scope, passage)

    async def _talk(self, scope: Scope, receive: Receive, send: Send) -> None:
        opened = self._metrics.websocket_opened
        talk = _Talk(scope, send, clock=self._clock, entropy=self._entropy, on_open=opened)
        try:
            await self._app(scope, receive, talk.send)
        except asyncio.CancelledError:
            talk.close_code = talk.close_code or GOING_AWAY
            raise
        except (ClientGone, ClientDisconnected):
            talk.status, talk.code = talk.status or CLIENT_CLOSED, "client_gone"
        except (AntiphonError, HTTPException) as failure:
            await talk.refuse(_ours(failure), self._faces)
        except Exception as failure:  # noqa: BLE001 - as above
            report(failure, talk.request_id)
            await talk.refuse(AntiphonError(), self._faces)
        finally:
            if talk.open:
                self._note_talk(scope, talk)
            else:
                self._note({**scope, "method": "GET"}, talk)

    def _note(self, scope: Scope, passage: "_Passage") -> None:
        # What failed after the answer had begun is told by whoever was sending it.
        code = passage.code or getattr(scope.get("antiphon.failure"), "code", "")
        elapsed = self._clock.monotonic() - passage.begun
        route = _route(scope)
        self._metrics.request(route=route, status=passage.status, code=code, seconds=elapsed, first=passage.first_byte)
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=passage.status,
            code=code,
            ms=round(1000 * elapsed, 1),
            request_id=passage.request_id,
        )

    def _note_talk(self, scope: Scope, talk: "_Talk") -> None:
        closed = scope.get("extensions", {}).get("antiphon.closed", lambda: None)()
        close_code = closed or talk.close_code or NORMAL
        route = _route(scope)
        self._metrics.websocket_closed(route=route, code=close_code)
        log.info(
            "websocket",
            route=route,
            status=close_code,
            code=talk.code,
            ms=round(1000 * (self._clock.monotonic() - talk.begun), 1),
            request_id=talk.request_id,
        )


def request_id(scope: Scope) -> str:
    """The id of a request that came through the gate."""
    return str(scope["antiphon.request_id"])


class _Passage:
    """One request on its way through."""

    def __init__(self, scope: Scope, send: Send, *, clock: Clock, entropy: Entropy) -> None:
        offered = header(scope, b"x-request-id") or ""
        self.request_id = offered if _REQUEST_ID.fullmatch(offered) else str(uuid.UUID(bytes=entropy(16), version=4))
        scope["antiphon.request_id"] = self.request_id
        self._clock = clock
        self.begun = clock.monotonic()
        self.status = 0
        self.code = ""
        self.first_byte: float | None = None
        self._scope = scope
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message.get("headers", ()),
                (b"x-request-id", self.request_id.encode()),
                (b"x-content-type-options", b"nosniff"),
            ]
        elif self.first_byte is None and message.get("body"):
            self.first_byte = self._clock.monotonic() - self.begun
        await self._send(message)

    async def refuse(self, error: AntiphonError, faces: Faces) -> None:
        """Answer with an error, unless an answer has begun: then only its log line can tell."""
        self.code = error.code
        if self.status:
            return
        answer = faces(self._scope["path"])(error, self.request_id)
        headers = [*answer.headers, *self._scope.get("antiphon.headers", ())]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": answer.body})


class _Talk(_Passage):
    """One websocket on its way through. Until it is open, it is a request, and may be answered like one."""

    def __init__(
        self, scope: Scope, send: Send, *, clock: Clock, entropy: Entropy, on_open: Callable[[], None]
    ) -> None:
        super().__init__(scope, self._answer, clock=clock, entropy=entropy)
        self.open = False
        self.close_code: int | None = None
        self._say = send
        self._on_open = on_open

    async def _answer(self, message: Message) -> None:
        await self._say({**message, "type": f"websocket.{message['type']}"})

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if kind.removeprefix("websocket.").startswith("http."):
            await super().send({**message, "type": kind.removeprefix("websocket.")})
            return
        if kind == "websocket.accept":
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self.request_id.encode())]
        elif kind == "websocket.close" and not self.open:
            # This is what the routing does where it finds nothing.
            raise PermissionDenied if "endpoint" in self._scope else NotFound("path")
        elif kind == "websocket.close":
            self.close_code = message.get("code", NORMAL)
        await self._say(message)
        if kind == "websocket.accept":
            self.open = True
            self._on_open()

    async def refuse(self, error: AntiphonError, faces: Faces) -> None:
        """Answer the handshake with an error; once the websocket is open, only its log line can tell."""
        self.code = error.code
        with contextlib.suppress(ClientDisconnected):
            if not self.open:
                await super().refuse(error, faces)
            elif self.close_code is None:
                await self.send({"type": "websocket.close", "code": GOING_AWAY, "reason": "Going away"})


def _ours(failure: AntiphonError | HTTPException) -> AntiphonError:
    """The routing library's own refusals as ours."""
    if isinstance(failure, AntiphonError):
        return failure
    match failure.status_code:
        case 404:
            return NotFound("path")
        case 405:
            allowed = (failure.headers or {}).get("Allow", "").split(", ")
            return MethodNotAllowed(tuple(sorted(name for name in allowed if name)))  # Of a set, in any order.
        case _:
            return InvalidRequest("json")


def _route(scope: Scope) -> str:
    """The name of the route: a bounded set, where paths are not."""
    endpoint = scope.get("endpoint")
    return str(getattr(endpoint, "route_name", None) or getattr(endpoint, "__name__", "none"))
