"""Secrets that have to be read again: encrypted where they are stored, derived where nobody chose one."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from antiphon.domain.errors import AntiphonError
from antiphon.store.ports_messages import Errand

_VERSION = b"\x01"
"""AES-256-GCM: version, nonce, ciphertext with its tag."""
_NONCE_BYTES = 12


class SecretLost(AntiphonError):
    """What was encrypted cannot be read: with another server secret, for another place, or it was changed."""

    code = "secret_lost"


def message_place(message_id: UUID) -> str:
    """Where the secret of a message is kept."""
    return f"message:{message_id}:secret"


class Secrets:
    """Encrypts, decrypts and derives.

    Args:
        root: 32 secret bytes, of the server's secret.
        entropy: Gives that many bytes from a cryptographic source.
    """

    def __init__(self, root: bytes, *, entropy: Callable[[int], bytes]) -> None:
        self._sealer = AESGCM(_derived(root, b"sealing"))
        self._signing = _derived(root, b"webhooks")
        self._tokens = _derived(root, b"tokens")
        self._entropy = entropy

    def seal(self, text: str, place: str) -> bytes:
        """Encrypt a text for a place, as "table:row:column": elsewhere it cannot be opened."""
        nonce = self._entropy(_NONCE_BYTES)
        plain = text.encode("utf-8", "surrogatepass")
        return _VERSION + nonce + self._sealer.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> str:
        """What `seal` was given for this place.

        Raises:
            SecretLost: It cannot be read.
        """
        version, nonce, rest = sealed[:1], sealed[1:][:_NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if version != _VERSION or len(nonce) < _NONCE_BYTES:
            raise SecretLost
        try:
            return self._sealer.decrypt(nonce, rest, place.encode()).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError) as failure:
            raise SecretLost from failure

    def signing(self, account_id: UUID) -> str:
        """What an account's webhooks are signed with where none was given; always the same, as receivers take it."""
        return f"whsec_{b64encode(_derived(self._signing, account_id.bytes)).decode()}"

    def token_key(self, day: int) -> bytes:
        """What the tokens of a day (counted from 1970-01-01) are signed with; always the same."""
        return _derived(self._tokens, str(day).encode())

    def of(self, errand: Errand) -> str:
        """What a message is signed with.

        Raises:
            SecretLost: It cannot be read.
        """
        if not errand.message.secret:
            return self.signing(errand.account_id)
        return self.open(errand.message.secret, message_place(errand.message.id))


def _derived(root: bytes, purpose: bytes) -> bytes:
    return hmac.digest(root, b"antiphon " + purpose, hashlib.sha256)
