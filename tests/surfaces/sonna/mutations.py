"""Requests to Sonna's routes that were tampered with, each from a seed: what breaks once can be sent again.

`request_of(seed, known)` starts at a right request for one of the routes, in turn, and does one or two things to it.
"""

import gzip
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
MARK = "zqxj7"
"""What no refusal may give back, and stands in most of what is wrong."""

Headers = tuple[tuple[bytes, bytes], ...]
Route = tuple[str, str]
"""Method and path, as the application has it."""

_ID = re.compile(r"{\w+}")
_IMAGE = {"type": "IMAGE", "model": "nano-banana-2", "prompt": "A mountain"}
_MUSIC = {"type": "MUSIC", "model": "suno-v4_5all", "prompt": "Upbeat lo-fi hip hop"}
_VIDEO = {"type": "VIDEO", "model": "video", "prompt": "Waves"}
_LIKE = "data:image/png;base64,bGlrZSBhIHN1bnNldA=="
_SAID = {"text": "Hello.", "voice": "en-US-Neural2-D"}
_SIGNED = {"email": "anna@example.com", "password": "correct horse"}
_PERSONAL = {"refreshToken": "refresh_" + "0" * 49}

BODIES: Mapping[Route, Sequence[dict[str, Any]]] = {
    ("POST", "/api/v1/tts/synthesize"): [
        {**_SAID, "ttsModel": "google-neural2", "pitch": 0.4, "speed": 1.1, "title": "t"},
        {**_SAID, "voice": "Alice", "ttsModel": "eleven-v3", "stability": 0.2, "similarity_boost": 0.5},
        {**_SAID, "voice": "Kore", "style_instructions": "Speak " * 9, "style_instructions_enabled": True},
        {**_SAID, "voice": "George", "style_exaggeration": 0.5, "speaker_boost": False, "language_override": True},
        {**_SAID, "response_format": "pcm_16000", "response_type": "binary"},
    ],
    ("POST", "/api/v1/tts/synthesize-dialogue"): [
        {"turns": [{"text": "[laughs] Hello.", "voice": "Alice"}, {"text": "Yes?", "voice": "George"}], "title": "t"},
        {"inputs": [{"text": "Hello.", "voice": "Alice"}], "response_format": "mp3", "response_type": "json"},
    ],
    ("POST", "/api/v1/tts/enhance"): [{"text": "Oh no! Stop.", "voiceId": "Alice"}],
    ("POST", "/api/v1/tts/enhance-dialogue"): [
        {"turns": [{"id": "1", "text": "Oh no!", "voiceId": "Alice"}, {"id": 2, "text": "Stop."}]}
    ],
    ("POST", "/api/v1/tts/favorites/toggle"): [{"voiceId": "Alice"}],
    ("POST", "/api/v1/user/subscription/check-renewal"): [{}],
    ("POST", "/api/v1/user/api-keys"): [{"name": "mine"}],
    ("PATCH", "/api/v1/library/{item_id}"): [{"title": "Morning"}],
    ("POST", "/api/auth/register"): [{**_SIGNED, "invite": "invite_" + "0" * 49}],
    ("POST", "/api/auth/login"): [_SIGNED],
    ("POST", "/api/auth/refresh"): [_PERSONAL],
    ("POST", "/api/auth/logout"): [_PERSONAL],
    ("POST", "/api/auth/first"): [{**_SIGNED, "code": "invite_" + "0" * 49}],
    ("POST", "/api/auth/google"): [{}],
    ("POST", "/api/auth/mobile-login"): [{}],
    ("POST", "/api/generate"): [
        {**_IMAGE, "aspectRatio": "16:9", "outputFormat": "png", "inputImages": [_LIKE], "seed": 1, "n": 2},
        {**_IMAGE, "model": "gpt-image-2", "quality": "low", "resolution": "1K", "title": "t", "async": True},
        {**_MUSIC, "customMode": True, "lyrics": "La la", "style": "pop", "durationSeconds": 60},
        {**_MUSIC, "instrumental": True, "negativeTags": "piano", "vocalGender": "f", "title": "t"},
        {**_VIDEO, "durationSeconds": 5, "resolution": "480p", "inputImage": _LIKE, "seed": 1},
    ],
}
"""Right bodies of every route that reads one."""

QUERIES: Mapping[str, dict[str, str]] = {
    "/api/v1/tts/voices": {
        "provider": "google",
        "language": "en",
        "gender": "male",
        "category": "news",
        "accent": "British",
        "model": "eleven-v3",
        "search": "al",
        "limit": "9",
        "offset": "3",
    },
    "/api/v1/usage": {"from": "2027-01-01", "to": "2027-01-15", "groupBy": "day,key", "format": "json"},
    "/api/v1/usage/requests": {
        "from": "2027-01-01",
        "to": "2027-01-15",
        "limit": "2",
        "cursor": "0" * 32,
        "format": "csv",
    },
    "/api/v1/library": {"type": "SPEECH", "search": "el", "limit": "2", "cursor": "0" * 32},
    "/api/auth/first": {"code": "invite_" + "0" * 49},
}
"""Right queries of every route that reads one."""

_NUMBERS = [
    *[b"0", b"-0", b"-1", b"1", b"2", b"0.5", b"1.5", b"1e400", b"-1e400", b"1e-999", b"9" * 400, b"1e308"],
    *[b"-9223372036854775809", b"18446744073709551615", b"18446744073709551616", b"NaN", b"Infinity", b"-Infinity"],
    *[b"0.1e", b"01", b"+1", b"0x10", b"4294967296"],
]
_TEXTS = [
    *["", " ", "\x00", f"\x00\x1b[31m{MARK}", f"{MARK}{{0}}{{field}}%s%n${{x}}", f"'; DROP TABLE job;--{MARK}"],
    *[
        f"<script>{MARK}</script>",
        f"../../etc/{MARK}",
        f"\N{RIGHT-TO-LEFT OVERRIDE}{MARK}",
        "\N{MUSICAL SYMBOL G CLEF}",
    ],
    *[f"{MARK} " * 300, MARK * 9_000, f"\r\nX-Injected: {MARK}", "[" * 300, "[pause]", "\u3000", "\ufeff" + MARK],
    *[f"data:image/png;base64,{MARK}", f"data:image/png,{MARK}", f"http://127.0.0.1:9/{MARK}", "http://[::1"],
    *[f"http://169.254.169.254/{MARK}", f"ftp://10.0.0.1/{MARK}", f"file:///{MARK}", f"{MARK}@example.com", MARK],
    *["c692e0f3-0c68-5cc6-b147-2575b18de4c4", "00000000-0000-0000-0000-000000000000", f"sona_sk_{MARK}"],
]
_OTHERS = [
    *[b"null", b"true", b"false", b"[]", b"{}", b"[[[[[]]]]]", b'{"$ne": null}', b"[null]", b'[""]', b"undefined"],
    *[b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff\xfe"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\\x41"', b'"\n"', b"'a'"],
    *[f'["{MARK}", "{MARK}"]'.encode(), f'{{"{MARK}": "{MARK}"}}'.encode(), b"//", b"[1, 2", b"[" * 200 + b"]" * 200],
]
_NEW_FIELDS = [
    "__proto__",
    "constructor",
    "accountId",
    "account_id",
    "plan",
    "price",
    "credits",
    MARK,
    "",
    "\x00",
    "a" * 999,
]
_TYPES = [
    *["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""],
    *["application/json; charset=utf-16", "application/problem+json", "APPLICATION/JSON", f"{MARK}/{MARK}", "*/*"],
]
_CODECS = ["utf-16", "utf-32", "utf-8-sig", "latin-1", "utf-16-be", "cp500"]
_HUGE = [40_000, 300_000, 1_100_000, 8_500_000]
_OWN_HEADERS = [
    *[("accept", "audio/mpeg"), ("accept", "audio/*;q=0, */*"), ("accept", f"{MARK}," * 200), ("accept", "\xff")],
    *[("idempotency-key", ""), ("idempotency-key", f"a b {MARK}"), ("idempotency-key", "k" * 256)],
    *[
        ("idempotency-key", "\xe9"),
        ("idempotency-key", "same"),
        ("x-request-id", f" {MARK} \t"),
        ("x-request-id", "r" * 129),
    ],
    *[("content-length", "x"), ("content-length", "99999999999999999999"), ("content-length", "1"), ("cookie", MARK)],
    *[("x-api-key", ""), ("content-length", "0"), ("x-http-method-override", "DELETE"), ("x-forwarded-for", MARK)],
    *[("content-encoding", "gzip"), ("content-encoding", "br"), ("transfer-encoding", "chunked"), ("host", MARK)],
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a stranger could know.

    Args:
        callers: Headers of those who may call, or have no more than a free account.
        impostors: Headers of those who may not: forged and expired tokens, revoked keys and the like.
        ids: Of other people's things.
    """

    callers: Sequence[Headers]
    impostors: Sequence[Headers]
    ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as an application hears it.

    Args:
        route: Which it is for.
        path: As it was asked for, decoded.
        query: As it was asked for.
        headers: Lower-case names.
        chunks: The body.
        breaks_off: Whether the client leaves before its end.
    """

    route: Route
    path: str
    query: bytes = b""
    headers: Headers = ()
    chunks: tuple[bytes, ...] = (b"",)
    breaks_off: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)


Mutation = Callable[[random.Random, Request, dict[str, Any], Known], Request]


def request_of(seed: int, routes: Sequence[Route], known: Known) -> Request:
    """The request of that seed: to the routes in turn, so that each has its share."""
    chance = random.Random(seed)
    method, path = route = routes[seed % len(routes)]
    body = dict(chance.choice(BODIES.get(route, [{}])))
    sends: Headers = ((b"content-type", b"application/json"),) if method in WITH_BODY else ()
    made = Request(
        route=route,
        path=_ID.sub(chance.choice(known.ids), path),
        query=urlencode(QUERIES.get(path, {})).encode(),
        headers=(*sends, *chance.choice(known.callers)),
        chunks=(json.dumps(body).encode() if sends else b"",),
    )
    kinds = [*(_OF_BODY if sends else _OF_QUERY), *(_OF_PATH if "{" in path else ())]
    for mutation in chance.choices(
        [each for _, each in kinds], [many for many, _ in kinds], k=chance.choice([1, 1, 2])
    ):
        made = mutation(chance, made, body, known)
    return _framed(made)


def _framed(request: Request) -> Request:
    """With what says where its body ends, as whatever comes over a wire has."""
    if {b"content-length", b"transfer-encoding"} & {name for name, _ in request.headers} or not request.body:
        return request
    whole = len(request.chunks) == 1 and not request.breaks_off
    frame = (b"content-length", str(len(request.body)).encode()) if whole else (b"transfer-encoding", b"chunked")
    return replace(request, headers=(frame, *request.headers))


def _value(chance: random.Random, request: Request, body: dict[str, Any], known: Known) -> Request:
    """Fields, also deeper ones, with another value; perhaps twice, with both."""
    parts = _spliced(chance, body, known)
    return replace(request, chunks=(parts,))


def _spliced(chance: random.Random, body: Any, known: Known) -> bytes:
    match body:
        case dict() if body:
            wrong = {chance.choice([*body])} | ({chance.choice([*body])} if chance.random() < 0.3 else set())
            fields = [
                (name, _spliced(chance, value, known) if name in wrong else json.dumps(value).encode())
                for name, value in body.items()
            ]
            if chance.random() < 0.1:
                fields.append((chance.choice([*body]), _nasty(chance, known)))
            if chance.random() < 0.1:
                fields.insert(0, (chance.choice(_NEW_FIELDS), _nasty(chance, known)))
            return b"{" + b",".join(json.dumps(name).encode() + b":" + value for name, value in fields) + b"}"
        case list() if body and chance.random() < 0.7:
            place = chance.randrange(len(body))
            each = [
                _spliced(chance, one, known) if at == place else json.dumps(one).encode() for at, one in enumerate(body)
            ]
            return b"[" + b",".join(each * chance.choice([1, 1, 1, 60])) + b"]"
    return _nasty(chance, known)


def _nasty(chance: random.Random, known: Known) -> bytes:
    match chance.randrange(8):
        case 0 | 1:
            return chance.choice(_NUMBERS)
        case 2 | 3 | 4:
            return json.dumps(chance.choice(_TEXTS), ensure_ascii=chance.random() < 0.5).encode()
        case 5:
            return json.dumps(chance.choice(known.ids)).encode()
        case _:
            return chance.choice(_OTHERS)


def _without(chance: random.Random, request: Request, body: dict[str, Any], _known: Known) -> Request:
    kept = chance.sample([*body], chance.randint(0, max(0, len(body) - 1)))
    return replace(request, chunks=(json.dumps({name: body[name] for name in kept}).encode(),))


def _bytes(chance: random.Random, request: Request, _body: dict[str, Any], _known: Known) -> Request:
    broken = bytearray(request.body)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(broken) + 1)
        match chance.randrange(3):
            case 0:
                broken[place:place] = chance.randbytes(chance.randint(1, 4))
            case 1:
                del broken[place : place + chance.randint(1, 6)]
            case _:
                broken[place : place + 1] = bytes([chance.randrange(256)])
    return replace(request, chunks=(bytes(broken),))


def _cut(chance: random.Random, request: Request, _body: dict[str, Any], _known: Known) -> Request:
    whole = request.body
    return replace(request, chunks=(whole[: chance.randrange(len(whole) + 1)],), breaks_off=chance.random() < 0.2)


def _chunked(chance: random.Random, request: Request, _body: dict[str, Any], _known: Known) -> Request:
    whole = request.body
    places = sorted(chance.randrange(len(whole) + 1) for _ in range(chance.randint(1, 20)))
    cuts = zip([0, *places], [*places, len(whole)], strict=True)
    return replace(request, chunks=tuple(whole[begin:end] for begin, end in cuts))


def _coded(chance: random.Random, request: Request, body: dict[str, Any], _known: Known) -> Request:
    if chance.random() < 0.3:
        headers = (*request.headers, (b"content-encoding", b"gzip"))
        return replace(request, chunks=(gzip.compress(request.body, 1),), headers=headers)
    text = json.dumps({**body, "title": "\u00e9\u00df"}, ensure_ascii=False)
    return replace(request, chunks=(text.encode(chance.choice(_CODECS)),))


def _deep(chance: random.Random, request: Request, body: dict[str, Any], _known: Known) -> Request:
    opening, closing = chance.choice([(b"[", b"]"), (b'{"a":', b"}")])
    depth = chance.choice([100, 250, 900, 1100, 40_000])
    deep = opening * depth + b"1" + closing * depth
    if not body or chance.random() < 0.3:
        return replace(request, chunks=(deep,))
    name = chance.choice([*body, "extra"])
    return replace(request, chunks=(b"{" + json.dumps(name).encode() + b":" + deep + b"," + request.body[1:],))


def _noise(chance: random.Random, request: Request, _body: dict[str, Any], _known: Known) -> Request:
    shapes = [b"", b"null", b"[]", b'"x"', b"1", b"{}", b"{" * 50, chance.randbytes(10), chance.randbytes(2000)]
    return replace(request, chunks=(chance.choice(shapes),))


def _huge(chance: random.Random, request: Request, body: dict[str, Any], _known: Known) -> Request:
    many = chance.choices(_HUGE, [8, 4, 3, 1])[0]
    if not body or chance.random() < 0.5:
        return replace(request, chunks=(request.body[:-1] + b" " * many + b"}",))
    name = chance.choice([*body])
    return replace(request, chunks=(json.dumps({**body, name: "a" * many}).encode(),))


def _typed(chance: random.Random, request: Request, _body: dict[str, Any], _known: Known) -> Request:
    kept = tuple(each for each in request.headers if each[0] != b"content-type")
    given = chance.choice([*_TYPES, None])
    more = () if given is None else ((b"content-type", given.encode("latin-1")),)
    return replace(request, headers=(*more, *kept))


def _headed(chance: random.Random, request: Request, _body: dict[str, Any], _known: Known) -> Request:
    name, value = chance.choice(_OWN_HEADERS)
    return replace(request, headers=((name.encode(), value.encode("latin-1")), *request.headers))


def _called(chance: random.Random, request: Request, _body: dict[str, Any], known: Known) -> Request:
    kept = tuple(each for each in request.headers if each[0] not in {b"authorization", b"x-api-key"})
    return replace(request, headers=(*kept, *chance.choice(known.impostors)))


def _queried(chance: random.Random, request: Request, _body: dict[str, Any], known: Known) -> Request:
    """Another query: wrong values, names twice, keys where they must not be, and what is no query at all."""
    given = [tuple(pair.split("=", 1)) for pair in request.query.decode("latin-1").split("&") if "=" in pair]
    for _ in range(chance.randint(1, 3)):
        name = chance.choice([*(name for name, *_ in given), "limit", "cursor", "format", "from", "groupBy", MARK, "q"])
        value = chance.choice(
            [*_TEXTS, *(each.decode() for each in _NUMBERS), *known.ids, "2027-02-30", "9999-12-31", "csv"]
        )
        given = [pair for pair in given if pair[0] != name or chance.random() < 0.3]
        given.append((name, quote(value[:3000], safe=chance.choice(["", "%&=+;"]), errors="surrogatepass")))
    query = "&".join("=".join(pair) for pair in given).encode("latin-1")
    match chance.randrange(12):
        case 0:
            query += b"&a=1" * chance.choice([99, 101, 2000])
        case 1:
            query += b"&%ff=%00&%=%zz&=&&;" + chance.randbytes(20)
        case 2:
            query += b"&api_key=" + MARK.encode()
    return replace(request, query=query)


def _named(chance: random.Random, request: Request, _body: dict[str, Any], known: Known) -> Request:
    """Another id in the path."""
    shapes = [
        MARK,
        "x",
        "\x00",
        "{",
        "%2e",
        "-1",
        "9" * 400,
        f"{{{known.ids[0]}}}",
        f"urn:uuid:{known.ids[0]}",
        "\ud83d\ude00",
    ]
    given = known.ids[0]
    bent = chance.choice([*known.ids, given.upper(), given.replace("-", ""), given[:-1], f"{given} ", *shapes])
    return replace(request, path=_ID.sub(lambda _: bent, request.route[1]))


_OF_QUERY: Sequence[tuple[int, Mutation]] = [(6, _queried), (2, _called), (1, _headed), (1, _noise)]
_OF_PATH: Sequence[tuple[int, Mutation]] = [(20, _named)]
_OF_BODY: Sequence[tuple[int, Mutation]] = [
    *[(50, _value), (8, _without), (12, _bytes), (6, _cut), (4, _chunked), (4, _coded), (4, _deep), (4, _noise)],
    *[(1, _huge), (4, _typed), (5, _headed), (8, _called), (2, _queried)],
]
