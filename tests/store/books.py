"""Small makers of what the ledger takes, with what a test does not care about filled in."""

import itertools
from uuid import UUID

from antiphon.domain.keys import Account
from antiphon.domain.ledger import Bucket
from antiphon.domain.projects import Budget, Project
from antiphon.domain.usage import Usage
from antiphon.kit.ids import uuid7
from antiphon.store.ports import Admission, Ending, Grant

FREE, SUBSCRIPTION, PAYG = Bucket.FREE, Bucket.SUBSCRIPTION, Bucket.PAYG
ORDER = (FREE, SUBSCRIPTION, PAYG)
ACCOUNT = UUID(int=1)
OTHER = UUID(int=2)

_numbers = itertools.count(1)


def new_id():
    """Ids that sort in the order in which they were made."""
    number = next(_numbers)
    return uuid7(1_700_000_000_000 + number, number.to_bytes(10, "big"))


def account(account_id=ACCOUNT):
    return Account(id=account_id, name=f"account {account_id}", created_at=1.0)


def grant(amount, bucket=PAYG, **changes):
    lot_id = changes.pop("lot_id", None) or new_id()
    fields = {"transfer_id": f"topup:{lot_id}", "account_id": ACCOUNT, "at": 1.0}
    return Grant(**{**fields, "lot_id": lot_id, "bucket": bucket, "amount": amount, **changes})


def admission(hold=0, **changes):
    fields = {"account_id": ACCOUNT, "dialect": "sonna", "order": ORDER, "at": 100.0, "until": 160.0}
    return Admission(**{**fields, "id": new_id(), "hold": hold, **changes})


def ending(of, charge=0, **changes):
    return Ending(**{"id": of.id, "charge": charge, "at": 110.0, "order": ORDER, **changes})


def usage(**changes):
    fields = {
        "at": 110.0,
        "account_id": ACCOUNT,
        "key_id": UUID(int=77),
        "request_id": "a label of the client's",
        "dialect": "sonna",
        "route": "sonna.synthesize",
        "modality": "speech",
        "model": "eleven_v3",
        "engine": "tone",
        "units": 250,
        "unit": "character",
        "listed": 250,
        "charged": 0,
        "status": 200,
        "latency_ms": 12,
        "client_reference_id": "",
    }
    return Usage(**{**fields, "id": new_id(), **changes})


def project(number, **changes):
    fields = {"id": UUID(int=number), "account_id": ACCOUNT, "name": f"project {number}", "created_at": 2.0}
    return Project(**{**fields, **changes})


def budget(amount, project_id=None, **changes):
    return Budget(**{"account_id": ACCOUNT, "project_id": project_id, "amount": amount, **changes})
