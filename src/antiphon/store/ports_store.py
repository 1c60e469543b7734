"""The whole of a store: what every database behind it can do."""

from typing import Protocol

from antiphon.store.ports import AccountStore, KeyStore, Ledger
from antiphon.store.ports_favorites import FavoriteStore
from antiphon.store.ports_jobs import JobStore
from antiphon.store.ports_library import LibraryStore
from antiphon.store.ports_messages import MessageStore
from antiphon.store.ports_projects import ProjectStore, TemporaryKeyStore, VoiceStore
from antiphon.store.ports_spending import SpendingStore
from antiphon.store.ports_usage import UsageStore
from antiphon.store.ports_users import UserStore


class Store(Protocol):
    """All that is kept, and the end of keeping it."""

    @property
    def keys(self) -> KeyStore:
        """Accounts and their keys."""

    @property
    def accounts(self) -> AccountStore:
        """Accounts and their plans."""

    @property
    def ledger(self) -> Ledger:
        """Credits."""

    @property
    def projects(self) -> ProjectStore:
        """Projects and budgets."""

    @property
    def temporary(self) -> TemporaryKeyStore:
        """Temporary keys."""

    @property
    def spending(self) -> SpendingStore:
        """What accounts spent."""

    @property
    def users(self) -> UserStore:
        """Those who sign in."""

    @property
    def voices(self) -> VoiceStore:
        """Cloned voices."""

    @property
    def favorites(self) -> FavoriteStore:
        """Favourite voices."""

    @property
    def library(self) -> LibraryStore:
        """What signed-in users made."""

    @property
    def log(self) -> UsageStore:
        """Questions to the request log."""

    @property
    def jobs(self) -> JobStore:
        """Jobs."""

    @property
    def messages(self) -> MessageStore:
        """What is to be delivered after them."""

    async def close(self) -> None:
        """Finish what was begun and let go of everything."""
