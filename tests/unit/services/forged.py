"""Tokens that somebody might try. The right one that they are made from is of a day and a time."""

import base64
import json
import uuid
from collections.abc import Mapping
from typing import Any

import jwt


def part(content: Any) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def forgeries(right: str, key: bytes, *, now: int) -> dict[str, str]:
    """Tokens by what is wrong with them.

    Args:
        right: One that opens.
        key: The key it was signed with.
        now: Unix seconds.
    """
    header = jwt.get_unverified_header(right)
    claims = jwt.decode(right, options={"verify_signature": False})
    head, said, signature = right.split(".")
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)

    def made(*, by: bytes = key, top: Mapping[str, Any] = header, **changes: Any) -> str:
        told = {name: value for name, value in {**claims, **changes}.items() if value is not ...}
        text = f"{part(dict(top))}.{part(told)}"
        return f"{text}.{part(algorithm.sign(text.encode(), by))}"

    other = str(uuid.UUID(int=1))
    return {
        "no algorithm": f"{part({**header, 'alg': 'none'})}.{said}.",
        "no algorithm, in capitals": f"{part({**header, 'alg': 'NONE'})}.{said}.",
        "no algorithm, and a signature": f"{part({**header, 'alg': 'none'})}.{said}.{signature}",
        "no signature": f"{head}.{said}.",
        "another algorithm, signed by the key": made(top={**header, "alg": "HS512"}),
        "an algorithm of key pairs": made(top={**header, "alg": "RS256"}),
        "no key named": made(top={name: value for name, value in header.items() if name != "kid"}),
        "a key that is a path": made(top={**header, "kid": "../../dev/null"}, by=b""),
        "a key that is a number": made(top={**header, "kid": int(header["kid"])}),
        "a key of long ago": made(top={**header, "kid": "1"}),
        "a key of its own": made(top={**header, "jwk": {"kty": "oct", "k": "AAAA"}}, by=b"\0\0\0"),
        "more in its header, signed by the key": made(top={**header, "x5u": "https://example.com"}),
        "a header that must be understood": made(top={**header, "crit": ["exp"]}),
        "signed by nothing": made(by=b""),
        "signed by another": made(by=bytes(32)),
        "another user, under the old signature": f"{head}.{part({**claims, 'sub': other})}.{signature}",
        "another account, under the old signature": f"{head}.{part({**claims, 'acc': other})}.{signature}",
        "longer, under the old signature": f"{head}.{part({**claims, 'exp': now + 10**6})}.{signature}",
        "a part of the signature": f"{head}.{said}.{signature[:-6]}",
        "a user that is no id": made(sub="admin"),
        "a user that is a number": made(sub=7),
        "no user": made(sub=...),
        "no account": made(acc=...),
        "no end": made(exp=...),
        "no beginning": made(iat=...),
        "no id": made(jti=...),
        "one more claim": made(role="admin"),
        "an end that is a text": made(exp=str(now + 60)),
        "an end that is true": made(exp=True),
        "an end that is no whole number": made(exp=now + 60.5),
        "a life of a year": made(exp=now + 366 * 86_400),
        "a beginning to come": made(iat=now + 3600, exp=now + 3660),
        "claims that are a list": f"{head}.{part([])}.{signature}",
        "claims that are no JSON": f"{head}.{part(b'sub')}.{signature}",
        "a header that is a list": f"{part([])}.{said}.{signature}",
        "nothing but dots": "..",
        "no base64": "\u00e9.\u00e9.\u00e9",
        "one that never ends": f"{head}.{said}.{'A' * 100_000}",
    }
