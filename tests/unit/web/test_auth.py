"""Whose request it is, and whether the key is for that."""

from typing import Any
from uuid import UUID

import pytest

from antiphon.domain.errors import PermissionDenied, Unauthenticated
from antiphon.domain.keys import ApiKey, Permission, TemporaryKey
from antiphon.web.auth import authenticate

SPEECH, FILES = Permission.TEXT_TO_SPEECH_REALTIME, Permission.FILES
SCOPE = {"headers": [(b"authorization", b"Bearer some key")], "query_string": b""}


class Known:
    """Keys that know every text as one key."""

    def __init__(self, *, permissions: set[Permission] | None, temporary: Permission | None = None) -> None:
        id_ = UUID(int=1)
        terms = temporary and TemporaryKey(
            id=UUID(int=2), parent_id=id_, permission=temporary, created_at=0.0, expires_at=60.0
        )
        self.key = ApiKey(
            id=id_,
            account_id=id_,
            project_id=id_,
            name="n",
            shown_prefix="s",
            created_at=0.0,
            permissions=None if permissions is None else frozenset(permissions),
            temporary=terms,
        )

    def cached(self, _text: str) -> ApiKey:
        return self.key


async def allowed(known: Any, permission: Permission | None = SPEECH) -> bool:
    return await authenticate(SCOPE, known, permission) is known.key


@pytest.mark.parametrize("permissions", [None, {SPEECH}, {SPEECH, FILES}])
async def test_a_key_that_may_is_let_in(permissions: set[Permission] | None) -> None:
    assert await allowed(Known(permissions=permissions))
    assert await allowed(Known(permissions=permissions, temporary=SPEECH))


@pytest.mark.parametrize("permissions", [set(), {FILES}])
async def test_what_a_key_may_not_its_temporary_keys_may_not(permissions: set[Permission]) -> None:
    for known in (Known(permissions=permissions), Known(permissions=permissions, temporary=SPEECH)):
        with pytest.raises(PermissionDenied) as caught:
            await allowed(known)
        assert caught.value.permission == SPEECH


@pytest.mark.parametrize("permissions", [None, {FILES}, {SPEECH}])
async def test_a_temporary_key_for_something_else_is_of_the_wrong_use(permissions: set[Permission] | None) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await allowed(Known(permissions=permissions, temporary=FILES))
    assert caught.value.reason == "wrong_use"


async def test_where_nothing_is_needed_any_key_will_do() -> None:
    assert await allowed(Known(permissions=set()), None)
