"""Everything that can go wrong, split by what the caller can do next.

A stable `code`, whether a retry can help, and facts as attributes: nobody ever reads a message to decide.
`web/errors.py` maps codes to statuses; each dialect has its own words.
"""

import enum
from typing import ClassVar

from antiphon.domain.limits import Quota


class AntiphonError(Exception):
    """The root. Never raised itself."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False


class InvalidRequest(AntiphonError):
    """The request is wrong and will stay wrong.

    Args:
        reason: A stable word for the cause, such as "missing", "too_long", "unknown_voice".
        field: The field at fault, where there is one.
        **facts: What a dialect needs to word its message.
    """

    code = "invalid_request"

    def __init__(self, reason: str, field: str = "", **facts: object) -> None:
        super().__init__(f"{reason} {field}".strip())
        self.reason = reason
        self.field = field
        self.facts = facts


class NotFound(InvalidRequest):
    """There is nothing of that name (or it is somebody else's, which looks the same)."""

    code = "not_found"


class MethodNotAllowed(InvalidRequest):
    """The path is right, the method is not; `allowed` are right."""

    code = "method_not_allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__("method")
        self.allowed = allowed


class TooLarge(InvalidRequest):
    """More bytes than are taken. `facts["limit"]` says how many are."""

    code = "too_large"


class UnsupportedMedia(InvalidRequest):
    """The body is not of a type that is read here."""

    code = "unsupported_media"


class ModelUnavailable(InvalidRequest):
    """No maker serves the model."""

    code = "model_unavailable"


class Unauthenticated(AntiphonError):
    """Who is calling is not known.

    Args:
        reason: "missing", "scheme", "incorrect", "expired", "wrong_use" or "in_query".
    """

    code = "unauthenticated"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PermissionDenied(AntiphonError):
    """Known, but not allowed. `permission` is what would be needed; "" where a time was over."""

    code = "permission_denied"

    def __init__(self, permission: str = "", reason: str = "permission") -> None:
        super().__init__(reason)
        self.permission = permission
        self.reason = reason


class PaymentRequired(AntiphonError):
    """A balance or budget is used up.

    Args:
        reason: "balance", "organization_budget" or "project_budget".
    """

    code = "payment_required"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LimitExceeded(AntiphonError):
    """Too many at once or too many a minute.

    Args:
        reason: "rate" or "concurrency".
        tier: "organization", "project", "key", "ip" or "connection".
        retry_after: Whole seconds after which a retry can succeed, at least 1.
        quota: Of a rate: what the caller is told about it.
    """

    code = "limit_exceeded"
    retryable = True

    def __init__(self, reason: str, *, tier: str, retry_after: int = 1, quota: Quota | None = None) -> None:
        super().__init__(f"{reason} {tier}")
        self.reason = reason
        self.tier = tier
        self.retry_after = max(1, retry_after)
        self.quota = quota


class Conflict(AntiphonError):
    """The state of things does not allow it now; `reason` is a stable word for why."""

    code = "conflict"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DurationReached(AntiphonError):
    """The sound was cut at the longest that is made in one request."""

    code = "duration_reached"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:g} s")
        self.seconds = seconds


class DeadlineExceeded(AntiphonError):
    """It took too long.

    Args:
        reason: "" for the work as a whole; of a stream, "no_text" came, "no_sound" was made, or "slow_sound".
    """

    code = "deadline_exceeded"
    retryable = True

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(AntiphonError):
    """It cannot be done now.

    Args:
        cause: A number for support, as `UnavailableCause` lists them.
        retry_after: Whole seconds after which a retry can succeed, at least 1.
    """

    code = "unavailable"
    retryable = True

    def __init__(self, cause: int, retry_after: int = 1) -> None:
        super().__init__(f"code {cause}")
        self.cause = cause
        self.retry_after = max(1, retry_after)


class UnavailableCause(enum.IntEnum):
    """The numbers of `Unavailable.cause`. Published: they keep their meaning."""

    OVERLOADED = 11
    MAKER_DIED = 12
    MAKER_NOT_READY = 13
    SHUTTING_DOWN = 14
    STORE_FAILED = 15
    RATES_FAILED = 16
    IN_DOUBT = 17
    """It may have been done all the same: the database went away before it said so, and did not come back in time."""
    FAIR_USE_FULL = 18
