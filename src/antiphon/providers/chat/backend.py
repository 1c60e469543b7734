"""The `Enhancer` that asks a language model."""

from collections.abc import Sequence

import structlog

from antiphon.domain.errors import Unavailable, UnavailableCause
from antiphon.kit.http import Client, Refused, Unreachable
from antiphon.providers.chat.wire import AnswerInvalid, question, texts

_SECONDS = 20.0
_MOST = 256 * 1024
_RETRY_AFTER = 5

log = structlog.get_logger("antiphon.chat")


class ChatEnhancer:
    """Asks for all turns of a conversation at once.

    Args:
        http: Makes the requests.
        url: Where chat completions are had.
        model: The model's name.
        key: Goes with the request as a bearer; "" for none.
        seconds: How long an answer may take.
    """

    name = "chat"

    def __init__(self, http: Client, *, url: str, model: str, key: str = "", seconds: float = _SECONDS) -> None:
        self._http = http
        self._url = url
        self._model = model
        self._headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        self._seconds = seconds

    async def enhance(self, turns: Sequence[str]) -> Sequence[str]:
        """The turns with tags, as the model has them; whether the words are the same is not looked at here.

        Raises:
            Unavailable: It did not answer, or not with texts.
        """
        body = question(turns, model=self._model)
        try:
            return texts(await self._http.ask(self._url, body, self._headers, most=_MOST, seconds=self._seconds))
        except (Refused, Unreachable, AnswerInvalid) as failure:
            # Neither what was said nor where it was asked: both may hold what is nobody's business.
            log.warning("the language model gave no texts", failure=type(failure).__name__)
            raise Unavailable(UnavailableCause.OVERLOADED, retry_after=_RETRY_AFTER) from failure
