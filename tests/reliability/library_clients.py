"""Clients of Sonna's under kills: each goes on where it was when it lost an answer, and notes all that it was told."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from e2e.running import Running
from reliability.library_wishes import GENERATE, Change, Wish, wish

LIBRARY = "/api/v1/library"
_BREATH = 0.02
_MANY = 3
"""Jobs of one client that have not ended, beyond which it asks for no more."""
_IMPATIENT = 0.1
"""Seconds after which a client leaves that does not want to wait."""
_ADDRESSES = frozenset({"url", "imageUrl", "audioUrl", "videoUrl"})


@dataclass(slots=True, kw_only=True)
class Client:
    """One of several, the same on every server.

    Args:
        name: Unique; its labels begin with it.
        kinds: What it asks for, as in `library_wishes.wish`.
        token: What says who is signed in.
        fault: Told what must not be.
        chance: What it does next.
        wishes: All that it asked for.
        changes: What it did to its items.
        answers: How many it had, but for those to questions.
        repeated: How often it asked again for what it had no answer to.
        left: How often it did not wait.
    """

    name: str
    kinds: str
    token: Callable[[], str]
    fault: Callable[[str], None]
    chance: random.Random
    wishes: list[Wish] = field(default_factory=list)
    changes: dict[str, Change] = field(default_factory=dict)
    answers: int = 0
    repeated: int = 0
    left: int = 0

    def work(self, running: Running, stop: threading.Event) -> None:
        """Do one thing after another, until the server is gone."""
        with running.client() as http:
            while not stop.is_set():
                with contextlib.suppress(httpx.TransportError):
                    self._turn(http)
                time.sleep(_BREATH)

    def settle(self, http: httpx.Client) -> bool:
        """Have an answer to all that was asked for and can be asked for again; whether there is none missing."""
        for one in self._open("asked"):
            self._submit(http, one)
        for one in self._open("waits"):
            self._ask(http, one)
        return not self._open("asked") and not self._open("waits")

    def _turn(self, http: httpx.Client) -> None:
        lost, waiting, chance = self._open("asked"), self._open("waits"), self.chance.random()
        items = sorted(id_ for each in self.wishes for id_ in each.ids if not self._change(id_).asked)
        if lost and chance < 0.7:
            self.repeated += 1
            self._submit(http, lost[0])
        elif waiting and (len(waiting) > _MANY or chance < 0.4):
            self._ask(http, self.chance.choice(waiting))
            return
        elif waiting and chance < 0.5:
            self._cancel(http, self.chance.choice(waiting))
        elif items and chance < 0.65:
            self._rename(http, self.chance.choice(items))
        elif items and chance < 0.72:
            self._delete(http, self.chance.choice(items))
        else:
            self.wishes.append(wish(f"{self.name}-{len(self.wishes)}", self.chance, kinds=self.kinds))
            self._submit(http, self.wishes[-1], leaves=self.chance.random() < 0.1)
        self.answers += 1

    def _open(self, state: str) -> list[Wish]:
        """What it can do something about: what was lost without a key is."""
        return [each for each in self.wishes if each.state == state and (each.again or state == "waits")]

    def _submit(self, http: httpx.Client, one: Wish, *, leaves: bool = False) -> None:
        headers = {**self._headers(one), "X-Request-Id": one.label}
        headers |= {"Idempotency-Key": one.label} if one.again else {}
        timeout = httpx.Timeout(60.0, read=_IMPATIENT if leaves else 60.0)
        self.left += leaves
        answer = http.post(one.path, json=one.body, headers=headers, timeout=timeout)
        body = answer.json()
        match answer.status_code, body.get("code"):
            case 200, _:
                self._made(one, body)
            case 202, _:
                self._waits(one, body["jobId"])
            case 409, "IDEMPOTENCY_IN_FLIGHT":
                pass  # Whoever had it died, and was not missed yet.
            case (409, "CANCELLED") | (503, "PROVIDER_BUSY") if "jobId" in body:
                one.state = "failed"
            case _:
                one.state = "refused"
                self.fault(f"R1: {one} was answered {answer.status_code} {body}")

    def _ask(self, http: httpx.Client, one: Wish) -> None:
        answer = http.get(f"{GENERATE}/{one.job}", headers=self._headers(one))
        if answer.status_code != 200:
            self.fault(f"J1: {one} is answered {answer.status_code} {answer.text}")
            one.state = "refused"
            return
        body = answer.json()
        if body["status"] == "succeeded":
            self._made(one, body)
        elif body["status"] == "failed":
            one.state = "failed"

    def _cancel(self, http: httpx.Client, one: Wish) -> None:
        answer = http.delete(f"{GENERATE}/{one.job}", headers=self._headers(one))
        if answer.status_code == 200:
            one.state, one.cancelled = "failed", True
        elif (answer.status_code, answer.json()["code"]) != (409, "JOB_ENDED"):
            self.fault(f"R1: the cancelling of {one} was answered {answer.status_code} {answer.text}")

    def _made(self, one: Wish, body: dict[str, Any]) -> None:
        urls = {httpx.URL(url).path for url in _values(body, _ADDRESSES) if url is not None}
        ids = set(_values(body, {"libraryId"}))
        if one.urls and (one.urls, one.ids) != (urls, ids):
            self.fault(f"I1: {one} was also answered {body}")
        if round(1000 * body["creditsCharged"]) != one.cost or (one.cancelled and body["creditsCharged"]):
            self.fault(f"M1: {one} is said to cost {body['creditsCharged']}")
        if len(ids) != one.items or (one.signed and not body["projectCreated"]):
            self.fault(f"M2: {one} is said to be {body}")
        self._waits(one, body.get("jobId", ""))
        one.state, one.urls, one.ids = "made", urls, ids

    def _waits(self, one: Wish, job: str) -> None:
        if one.job not in {"", job}:
            self.fault(f"I1: {one} is also the job {job}")
        one.state, one.job = "waits", job

    def _rename(self, http: httpx.Client, id_: str) -> None:
        change, title = self._change(id_), f"{self.name} {self.answers}"
        change.titles.add(title)
        answer = http.patch(f"{LIBRARY}/{id_}", json={"title": title}, headers=self._signed())
        if answer.status_code == 200:
            change.titles = {title}
        else:
            self.fault(f"M5: {id_} cannot be renamed: {answer.status_code} {answer.text}")

    def _delete(self, http: httpx.Client, id_: str) -> None:
        change = self._change(id_)
        change.asked = True
        answer = http.delete(f"{LIBRARY}/{id_}", headers=self._signed())
        change.gone = answer.status_code == 200
        if not change.gone:
            self.fault(f"M5: {id_} cannot be deleted: {answer.status_code} {answer.text}")

    def _change(self, id_: str) -> Change:
        return self.changes.setdefault(id_, Change())

    def _headers(self, one: Wish) -> dict[str, str]:
        return self._signed() if one.signed else {}

    def _signed(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}


def _values(body: Any, names: "frozenset[str] | set[str]") -> Iterator[Any]:
    """What stands under names, however deep."""
    match body:
        case dict():
            yield from (value for name, value in body.items() if name in names)
            for value in body.values():
                yield from _values(value, names)
        case list():
            for value in body:
                yield from _values(value, names)
