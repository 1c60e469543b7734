"""One row a request: the request log, and the analytics later."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from antiphon.domain.ledger import Bucket
from antiphon.domain.money import MilliCredits


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a request was, and what became of it.

    Args:
        id: The request's, made by the server (UUIDv7). Not `X-Request-Id`, which is a label.
        at: Unix seconds when it ended.
        account_id: Whose it is.
        key_id: The key it came with; None: somebody was signed in.
        request_id: `X-Request-Id`.
        dialect: "soniox", "sonna", ...
        route: Its name, such as "soniox.tts".
        modality: "speech", "image", "music", "video".
        model: As the client named it.
        engine: The maker that served it; "" where none did.
        units: What was counted (characters, milliseconds, ...), as the price's unit says.
        unit: The price's unit.
        listed: The list price of those units.
        charged: What was charged; 0 where nothing was.
        paid_from: Which buckets paid how much; their sum is `charged`.
        status: The HTTP status.
        code: The error's code; "" for success.
        latency_ms: From its headers to its end.
        client_reference_id: The client's label; "" for none.
        project_id: In which of the account's projects; None for its first.
    """

    id: UUID
    at: float
    account_id: UUID
    key_id: UUID | None
    request_id: str
    dialect: str
    route: str
    modality: str
    model: str
    engine: str
    units: int
    unit: str
    listed: MilliCredits
    charged: MilliCredits
    paid_from: Mapping[Bucket, MilliCredits] = field(default_factory=dict)
    status: int
    code: str = ""
    latency_ms: int
    client_reference_id: str = ""
    project_id: UUID | None = None
