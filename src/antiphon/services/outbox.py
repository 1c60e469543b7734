"""What an operator can see of deliveries, and do about them."""

from collections.abc import Sequence
from uuid import UUID

from antiphon.domain.errors import NotFound
from antiphon.domain.webhooks import MessageState
from antiphon.kit.clock import Clock
from antiphon.services.secrets import Secrets
from antiphon.store.ports_messages import Attempt, MessageStore, Posted

_AT_ONCE = 500


class Outbox:
    """Messages, and another try for them.

    Args:
        messages: Where they are.
        secrets: Derive what accounts sign with.
        clock: Tells the time.
    """

    def __init__(self, messages: MessageStore, secrets: Secrets, *, clock: Clock) -> None:
        self._messages = messages
        self._secrets = secrets
        self._clock = clock

    async def list(
        self,
        *,
        account_id: UUID | None = None,
        state: MessageState | None = None,
        after: UUID | None = None,
        most: int = 100,
    ) -> Sequence[Posted]:
        """Messages, the newest first, of an account or all, in a state or any, from the one before `after` on."""
        return await self._messages.posted(account_id=account_id, state=state, after=after, most=most)

    async def show(self, message_id: UUID) -> tuple[Posted, Sequence[Attempt]]:
        """A message, and every attempt to deliver it.

        Raises:
            NotFound: "unknown_webhook".
        """
        found = await self._messages.find(message_id)
        if found is None:
            raise NotFound("unknown_webhook", "webhook")
        return found, await self._messages.attempts_of(message_id)

    async def replay(self, message_id: UUID) -> Posted:
        """Send a message again, whatever became of it: now, and then on the schedule. Its id and body stay.

        Raises:
            NotFound: "unknown_webhook".
        """
        if not await self._messages.replay(message_id, now=self._clock.now()):
            raise NotFound("unknown_webhook", "webhook")
        return (await self.show(message_id))[0]

    async def replay_exhausted(self, account_id: UUID | None = None) -> int:
        """Send all again that were given up, of an account or all. How many."""
        now, total = self._clock.now(), 0
        while True:
            again = await self._messages.replay_exhausted(account_id=account_id, now=now, most=_AT_ONCE)
            total += again
            if again < _AT_ONCE:
                return total

    def secret(self, account_id: UUID) -> str:
        """What an account's messages are signed with where none was given."""
        return self._secrets.signing(account_id)
