"""Golden answers of `/v1/voices`, with clips that are really measured."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import numpy as np
import pytest
import pytest_asyncio
from soniox.types import GetVoicesCountResponse, GetVoicesResponse, Voice

from antiphon.domain.keys import Permission
from antiphon.services.voices import LARGEST_CLIP, MOST_VOICES
from antiphon.surfaces.soniox.management.times import moment
from antiphon.surfaces.soniox.management.voices_openapi import paths
from surfaces.soniox.managed import FIRST, PROJECT, SECOND, Office, open_office
from unit.engines.ear import clips

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLIP = clips.wav(clips.hum(pitch=140.0))
MODELS = ["tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2"]
NO_VOICE = (
    "No voice with this ID exists in your project. The voice may have been deleted, the ID may be incorrect, or "
    "the voice may belong to a different project. Verify the ID by listing voices with GET /voices."
)
INVALID = (
    "Your request did not pass validation. One or more fields in the request body are missing or have invalid "
    "values. See `validation_errors` for the specific field and retry with corrected values."
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    limits = folder / "limits.toml"
    limits.write_text("[soniox.management.rates]\norganization.limit = 10000\nproject.limit = 10000\n")
    async with open_office(folder, limits_file=limits) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def emptied(office: Office) -> None:
    for project in (FIRST, PROJECT, SECOND):
        for voice in await office.voices.list(project, most=1000):
            await office.voices.delete(project, voice.id)


async def create(office: Office, key: str | None = None, *, name: str = "Ana", clip: bytes = CLIP) -> httpx.Response:
    return await office.send(
        "/v1/voices",
        await office.key() if key is None else key,
        method="POST",
        data={"name": name},
        files={"file": ("ana.wav", clip)},
    )


async def made(office: Office, key: str | None = None, **of: Any) -> dict[str, Any]:
    answer = await create(office, key, **of)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_voice_is_made_of_a_clip(office: Office) -> None:
    answer = await create(office)
    body = answer.json()
    assert answer.status_code == 201
    assert Voice.model_validate(body).name == "Ana"
    assert UUID(body.pop("id")).version == 7
    description = body.pop("description")
    assert body == {
        "name": "Ana",
        "filename": "ana.wav",
        "created_at": moment(office.clock.now()),
        "models": [{"model": model, "status": "ready", "error_type": None, "error_message": None} for model in MODELS],
    }
    figures = re.fullmatch(
        r"A likeness made of espeak: pitch (\d+) Hz, span (\d+\.\d) semitones, (\d+\.\d) syllables a second, tilt "
        r"(-\d+\.\d) dB an octave, as measured in the clip\. Not a copy of the speaker\.",
        description,
    )
    assert figures, description
    assert [float(figure) for figure in figures.groups()] == pytest.approx([140, 3.8, 4.0, -6.0], rel=0.05)


FAILED = {
    "voice_audio_too_long": (clips.wav(np.zeros(21 * 16_000)), "The audio is too long (max 20 seconds)."),
    "voice_audio_no_speech": (
        clips.wav(np.zeros(16_000)),
        "The audio has too little speech in it (at least a second of voiced sound is needed).",
    ),
    "voice_audio_invalid": (
        b"<html>",
        "The audio cannot be read (WAV, MP3, FLAC, Ogg, M4A, AAC and WebM can).",
    ),
}


@pytest.mark.parametrize("fault", FAILED)
async def test_a_voice_whose_clip_is_no_use_is_made_and_says_why(office: Office, fault: str) -> None:
    clip, message = FAILED[fault]
    key = await office.key()
    body = await made(office, key, clip=clip)
    assert body["models"] == [
        {"model": model, "status": "failed", "error_type": fault, "error_message": message} for model in MODELS
    ]
    assert body["description"] == "Nothing could be measured in the clip, so there is no voice."
    assert await office.ask(f"/v1/voices/{body['id']}", key) == (200, body)
    status, again = await office.ask(f"/v1/voices/{body['id']}/recompute", key, method="POST", json={})
    assert (status, again) == (200, body)


async def test_a_voice_is_found_listed_counted_and_deleted(office: Office) -> None:
    key = await office.key()
    body = await made(office, key)
    url = f"/v1/voices/{body['id']}"
    assert await office.ask(url, key) == (200, body)
    assert await office.ask(url.upper().replace("/V1/VOICES", "/v1/voices"), key) == (200, body)
    assert await office.ask("/v1/voices", key) == (200, {"voices": [body], "next_page_cursor": None})
    status, count = await office.ask("/v1/voices/count", key)
    assert (status, GetVoicesCountResponse.model_validate(count).total) == (200, 1)
    gone = await office.send(url, key, method="DELETE")
    assert (gone.status_code, gone.content) == (204, b"")
    for method, path in (("GET", url), ("DELETE", url), ("POST", f"{url}/recompute")):
        status, error = await office.ask(path, key, method=method)
        assert (status, error["error_type"], error["message"]) == (404, "voice_not_found", NO_VOICE)
    assert await office.ask("/v1/voices", key) == (200, {"voices": [], "next_page_cursor": None})


async def test_pages_put_together_are_the_list(office: Office) -> None:
    key = await office.key()
    names = []
    for number in range(5):
        names.append((await made(office, key, name=f"voice {number}", clip=b"x"))["name"])
        office.clock.advance(1)
    for size in (1, 2, 4, 5, 1000):
        listed: list[str] = []
        cursor = ""
        while True:
            status, body = await office.ask(f"/v1/voices?limit={size}{cursor}", key)
            page = GetVoicesResponse.model_validate(body)
            assert (status, len(page.voices) <= size) == (200, True)
            listed += [voice.name for voice in page.voices]
            if page.next_page_cursor is None:
                break
            cursor = f"&cursor={page.next_page_cursor}"
        assert listed == names


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1", ""])
async def test_a_limit_has_its_bounds(office: Office, limit: str) -> None:
    status, body = await office.ask(f"/v1/voices?limit={limit}")
    assert (status, body["error_type"], body["message"]) == (400, "invalid_request", INVALID)
    assert body["validation_errors"][0]["location"] == "query.payload.limit"


@pytest.mark.parametrize("cursor", ["nonsense", "", "AAAA", "c2hhcmVk", "é", "x" * 300])
async def test_a_cursor_that_is_none_is_refused(office: Office, cursor: str) -> None:
    status, body = await office.ask(f"/v1/voices?cursor={cursor}")
    assert (status, body["error_type"]) == (400, "invalid_cursor")


async def test_a_cursor_of_another_list_is_refused(office: Office) -> None:
    _, body = await office.ask("/v1/shared-voices?model=tts-rt-v1&limit=5")
    status, error = await office.ask(f"/v1/voices?cursor={body['next_page_cursor']}")
    assert (status, error["error_type"]) == (400, "invalid_cursor")


async def test_a_name_is_taken_once_in_a_project(office: Office) -> None:
    await made(office)
    answer = await create(office)
    assert answer.status_code == 409
    assert answer.json() | {"request_id": ""} == {
        "status_code": 409,
        "error_type": "voice_already_exists",
        "message": "A voice with this name already exists in your project.",
        "validation_errors": [],
        "request_id": "",
        "more_info": "https://soniox.com/docs/api-reference/errors#voice-already-exists",
    }
    await made(office, await office.key(project=PROJECT))
    await made(office, await office.key(account=SECOND))


async def test_a_project_can_have_so_many_voices(office: Office) -> None:
    key = await office.key(project=PROJECT)
    for number in range(MOST_VOICES):
        await made(office, key, name=str(number), clip=b"x")
    answer = await create(office, key)
    assert (answer.status_code, answer.json()["error_type"]) == (409, "voice_limit_exceeded")


@pytest.mark.parametrize(("account", "project"), [(FIRST, PROJECT), (SECOND, None)])
async def test_a_voice_of_another_project_is_not_there(office: Office, account: UUID, project: UUID | None) -> None:
    owner = await office.key()
    url = f"/v1/voices/{(await made(office, owner))['id']}"
    stranger = await office.key(account=account, project=project)
    for method, path in (("GET", url), ("DELETE", url), ("POST", f"{url}/recompute")):
        status, error = await office.ask(path, stranger, method=method)
        assert (status, error["error_type"], error["message"]) == (404, "voice_not_found", NO_VOICE)
    assert await office.ask("/v1/voices", stranger) == (200, {"voices": [], "next_page_cursor": None})
    assert (await office.ask(url, owner))[0] == 200


@pytest.mark.parametrize(
    "name", ["nothing", "1", "%00", "..%2f..", "{" + str(UUID(int=7)) + "}", UUID(int=7).hex, "%C3%A9"]
)
async def test_what_is_no_id_is_no_voice(office: Office, name: str) -> None:
    status, body = await office.ask(f"/v1/voices/{name}")
    assert (status, body["error_type"]) in {(404, "voice_not_found"), (404, "not_found")}


@pytest.mark.parametrize(
    "permissions", [frozenset(), frozenset(set(Permission) - {Permission.CLONED_VOICES})], ids=["none", "all others"]
)
async def test_voices_want_their_own_permission(office: Office, permissions: frozenset[Permission]) -> None:
    key = await office.key(permissions=permissions)
    for method, url in (
        ("GET", ""),
        ("POST", ""),
        ("GET", "/count"),
        ("GET", f"/{uuid4()}"),
        ("DELETE", f"/{uuid4()}"),
    ):
        status, body = await office.ask(f"/v1/voices{url}", key, method=method)
        assert (status, body["error_type"]) == (403, "permission_denied")
    allowed = await office.key(permissions=frozenset({Permission.CLONED_VOICES}))
    assert (await office.ask("/v1/voices", allowed))[0] == 200


async def test_without_a_key_nothing_is_read(office: Office) -> None:
    answer = await office.send("/v1/voices", method="POST", data={"name": "Ana"}, files={"file": ("a", CLIP)})
    assert (answer.status_code, answer.json()["error_type"]) == (401, "unauthenticated")


FORMS = {
    "no name": ({}, {"file": ("a.wav", CLIP)}, "missing", "name"),
    "an empty name": ({"name": ""}, {"file": ("a.wav", CLIP)}, "string_too_short", "name"),
    "a blank name": ({"name": "  "}, {"file": ("a.wav", CLIP)}, "string_pattern_mismatch", "name"),
    "a name of 129": ({"name": "é" * 129}, {"file": ("a.wav", CLIP)}, "string_too_long", "name"),
    "a NUL in the name": ({"name": "a\0b"}, {"file": ("a.wav", CLIP)}, "string_pattern_mismatch", "name"),
    "a line break in the name": ({"name": "a\nb"}, {"file": ("a.wav", CLIP)}, "string_pattern_mismatch", "name"),
    "no file": ({"name": "Ana"}, {"other": ("a.wav", CLIP)}, "missing", "file"),
    "a file without bytes": ({"name": "Ana"}, {"file": ("a.wav", b"")}, "too_short", "file"),
    "a text for a file": ({"name": "Ana", "file": "x"}, {"other": ("a.wav", b"x")}, "value_error", "file"),
    "a file for a name": ({"file": "x"}, {"name": ("a.wav", b"x")}, "missing", "name"),
}


@pytest.mark.parametrize("what", FORMS)
async def test_what_is_wrong_with_a_form_is_said(office: Office, what: str) -> None:
    fields, files, fault, field = FORMS[what]
    key = await office.key()
    answer = await office.send("/v1/voices", key, method="POST", data=fields, files=files)
    body = answer.json()
    assert (answer.status_code, body["error_type"], body["message"]) == (400, "invalid_request", INVALID)
    (found,) = body["validation_errors"]
    assert (found["error_type"], found["location"]) == (fault, f"body.payload.{field}")
    assert (await office.ask("/v1/voices/count", key))[1] == {"total": 0}


@pytest.mark.parametrize("name", ["Ana", "é" * 128, "Zoë’s voice 🎙️ 👩‍👩‍👧", " padded ", "a/b?c#d"])
async def test_a_name_comes_back_as_it_was_sent(office: Office, name: str) -> None:
    assert (await made(office, name=name, clip=b"x"))["name"] == name


def form(*parts: bytes, boundary: str = "edge") -> bytes:
    edge = boundary.encode()
    return b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + edge + b"--\r\n"


NAME = b'Content-Disposition: form-data; name="name"\r\n\r\nAna'
FILE = b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nx'
MULTIPART = "multipart/form-data; boundary=edge"
BODIES = {
    "json": ("application/json", b'{"name": "Ana"}', 415, "unsupported_media_type"),
    "no type": ("", b"x", 415, "unsupported_media_type"),
    "a form without files": ("application/x-www-form-urlencoded", b"name=Ana&file=x", 415, "unsupported_media_type"),
    "no boundary": ("multipart/form-data", form(NAME, FILE), 400, "invalid_request"),
    "an empty boundary": ('multipart/form-data; boundary=""', form(NAME, FILE), 400, "invalid_request"),
    "a long boundary": (f"multipart/form-data; boundary={'x' * 500}", form(NAME), 400, "invalid_request"),
    "a wild boundary": ('multipart/form-data; boundary="a\\"b;c"', form(NAME), 400, "invalid_request"),
    "another boundary": ("multipart/form-data; boundary=other", form(NAME, FILE), 400, "invalid_request"),
    "nothing": (MULTIPART, b"", 400, "invalid_request"),
    "noise": (MULTIPART, bytes(range(256)) * 40, 400, "invalid_request"),
    "cut in a file": (MULTIPART, form(NAME, FILE)[:-14], 400, "invalid_request"),
    "two files": (MULTIPART, form(NAME, FILE, FILE), 400, "invalid_request"),
    "a hundred fields": (MULTIPART, form(*[NAME] * 100, FILE), 400, "invalid_request"),
    "a field of a megabyte": (MULTIPART, form(NAME + b"a" * 1_000_000, FILE), 400, "invalid_request"),
    "a part without a name": (MULTIPART, form(b"Content-Disposition: form-data\r\n\r\nx"), 400, "invalid_request"),
    "a thousand headers": (MULTIPART, form(b"A: b\r\n" * 1000 + FILE), 400, "invalid_request"),
    "a bad filename": (
        MULTIPART,
        form(NAME, b'Content-Disposition: form-data; name="file"; filename="\xff\x00\xed\xa0\x80"\r\n\r\nx'),
        201,
        None,
    ),
    "a charset that is none": (f"{MULTIPART}; charset=undefined", form(NAME, FILE), 201, None),
    "a charset that makes surrogates": (
        f"{MULTIPART}; charset=unicode_escape",
        form(NAME + rb"\ud800", FILE),
        201,
        None,
    ),
    "a name that is no UTF-8": (MULTIPART, form(NAME + b"\xff\xfe", FILE), 201, None),
    "upper case": ("Multipart/Form-Data; Boundary=edge", form(NAME, FILE), 201, None),
}


@pytest.mark.parametrize("what", BODIES)
async def test_a_body_of_any_kind_has_its_answer(office: Office, what: str) -> None:
    kind, content, status, fault = BODIES[what]
    key = await office.key()
    answer = await office.send("/v1/voices", key, method="POST", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json().get("error_type")) == (status, fault)
    assert (await office.ask("/v1/voices", key))[0] == 200


async def test_a_form_too_many_is_told_what_it_should_have_been(office: Office) -> None:
    key = await office.key()
    wrong = await office.send("/v1/voices", key, method="POST", json={"name": "Ana"})
    assert wrong.json()["message"] == "Content-Type must be multipart/form-data."
    two = await office.send(
        "/v1/voices", key, method="POST", content=form(NAME, FILE, FILE), headers={"Content-Type": MULTIPART}
    )
    assert two.json()["message"] == "The body is not a form with one file."


async def test_a_clip_may_have_ten_megabytes_and_no_more(office: Office) -> None:
    key = await office.key()
    largest = clips.wav(clips.hum()) + bytes(LARGEST_CLIP - len(clips.wav(clips.hum())))
    assert (await made(office, key, clip=largest))["models"][0]["status"] == "ready"
    answer = await create(office, key, name="Ben", clip=largest + b"x")
    assert (answer.status_code, answer.json()["error_type"]) == (413, "request_too_large")
    assert answer.json()["message"] == f"Request body is too large (max {LARGEST_CLIP} bytes)."


async def test_a_body_without_end_is_refused_while_it_is_read(office: Office) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield form(NAME)[:-10] + b"--edge\r\n" + FILE
        while sent < 100_000_000:
            sent += 1_000_000
            yield bytes(1_000_000)

    key = await office.key()
    answer = await office.send("/v1/voices", key, method="POST", content=endless(), headers={"Content-Type": MULTIPART})
    assert (answer.status_code, answer.json()["error_type"]) == (413, "request_too_large")
    assert sent < 12_000_000


async def test_a_voice_is_measured_again_for_one_model_or_for_all(office: Office) -> None:
    key = await office.key()
    body = await made(office, key)
    url = f"/v1/voices/{body['id']}/recompute"
    for model in MODELS:
        assert await office.ask(url, key, method="POST", json={"model": model}) == (200, body)
    assert await office.ask(url, key, method="POST", json={"model": None}) == (200, body)
    assert await office.ask(url, key, method="POST", json={}) == (200, body)
    assert await office.ask(url, key, method="POST") == (200, body)


@pytest.mark.parametrize(
    ("content", "status", "fault"),
    [
        (b'{"model": "tone"}', 400, "model_not_available"),
        (b'{"model": "gpt-9"}', 400, "model_not_available"),
        (b'{"model": ""}', 400, "invalid_request"),
        (b'{"model": 1}', 400, "invalid_request"),
        (b"[]", 400, "invalid_request"),
        (b"{", 400, "invalid_request"),
        (b'{"model": "\\ud800"}', 400, "invalid_request"),
    ],
)
async def test_measuring_again_wants_a_model_or_none(office: Office, content: bytes, status: int, fault: str) -> None:
    key = await office.key()
    url = f"/v1/voices/{(await made(office, key, clip=b'x'))['id']}/recompute"
    answer = await office.send(url, key, method="POST", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error_type"]) == (status, fault)


async def test_voices_are_made_side_by_side(office: Office) -> None:
    key = await office.key()
    pitches = [90, 130, 180, 240]
    answers = await asyncio.gather(
        *(create(office, key, name=str(pitch), clip=clips.wav(clips.hum(pitch=pitch))) for pitch in pitches)
    )
    heard = [int(re.search(r"pitch (\d+)", answer.json()["description"])[1]) for answer in answers]
    assert heard == pytest.approx(pitches, rel=0.02)


async def test_requests_are_counted_like_all_that_is_managed(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("[soniox.management.rates]\norganization.limit = 1\n")
    async with open_office(tmp_path, limits_file=limits) as office:
        key = await office.key()
        assert (await office.ask("/v1/voices/count", key))[0] == 200
        answer = await create(office, key)
        assert (answer.status_code, answer.json()["error_type"]) == (429, "limit_exceeded")


async def test_every_endpoint_is_documented_and_every_schema_is_there() -> None:
    documented = paths()
    methods = {url: set(entry) - {"parameters"} for url, entry in documented["paths"].items()}
    assert methods == {
        "/v1/voices": {"get", "post"},
        "/v1/voices/count": {"get"},
        "/v1/voices/{voice_id}": {"get", "delete"},
        "/v1/voices/{voice_id}/recompute": {"post"},
    }
    wanted = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(documented)))
    assert wanted - {"SonioxApiError"} == set(documented["components"]["schemas"])
