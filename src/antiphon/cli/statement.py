"""A statement of account as text, CSV or JSON: every transfer, and what was left after it."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from antiphon.cli.asking import Ask, time_text
from antiphon.domain.ledger import Bucket
from antiphon.domain.money import CREDIT

_HELD = "held"
_COLUMNS = (*map(str, Bucket), _HELD)
_PATIENCE = 10
"""How often it is asked again where an account is at work, so that lines and balance are of different moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A transfer, and the balance after it.

    Args:
        seq: Its place in the ledger.
        transfer: Its id.
        kind: "grant", "hold", "settle", "release" or "expire".
        at: Unix seconds.
        changes: Thousandths of a credit by bucket, and under "held" what is held; what did not change is left out.
        balance: What there is of each after it, always all of them.
        note: For people.
    """

    seq: int
    transfer: str
    kind: str
    at: float
    changes: Mapping[str, int]
    balance: Mapping[str, int]
    note: str


@dataclass(slots=True)
class Account:
    """What the statement is about, known once all lines were given.

    Args:
        name: The account's.
        explained: Whether the balance of the ledger is what the lines add up to.
    """

    name: str = ""
    explained: bool = False


async def lines_of(ask: Ask, account: str, about: Account) -> AsyncIterator[Line]:
    """Every transfer of an account in order; fills in `about`."""
    running, seq, tries = dict.fromkeys(_COLUMNS, 0), 0, 0
    while not about.explained and tries < _PATIENCE:
        page = await ask("accounts.statement", account=account, after=seq)
        about.name = page["name"]
        for found in page["lines"]:
            line = _after(running, found)
            running, seq = dict(line.balance), line.seq
            yield line
        if not page["lines"]:
            tries += 1
            about.explained = running == {column: page["available"].get(column, 0) for column in Bucket} | {
                _HELD: page["held"]
            }


def _after(before: Mapping[str, int], found: Mapping[str, Any]) -> Line:
    changes = {**found["changes"], _HELD: found["held"]} if found["held"] else found["changes"]
    return Line(
        seq=found["seq"],
        transfer=found["transfer"],
        kind=found["kind"],
        at=found["at"],
        changes=changes,
        balance={column: before[column] + changes.get(column, 0) for column in _COLUMNS},
        note=found["note"],
    )


class Text:
    """A table for people. The widths are fixed, so that the first line need not wait for the last."""

    _FORM = "{:<20}  {:<7}  {:>17}  {:>15}  {:>15}  {:>15}  {:>13}  {}"

    def head(self) -> str:
        """The line above all."""
        return self._FORM.format("TIME", "WHAT", "SPENDABLE", *(column.upper() for column in _COLUMNS), "FOR")

    def line(self, line: Line) -> str:
        """One transfer."""
        change = sum(amount for column, amount in line.changes.items() if column != _HELD)
        why = f"{line.transfer} ({line.note})" if line.note else line.transfer
        return self._FORM.format(time_text(line.at), line.kind, f"{_credits(change):+,}", *_shown(line.balance), why)

    def foot(self, last: Line | None) -> str:
        """The line below all: what there is."""
        balance = dict.fromkeys(_COLUMNS, 0) if last is None else last.balance
        spendable = sum(amount for column, amount in balance.items() if column != _HELD)
        return self._FORM.format("", "balance", f"{_credits(spendable):,}", *_shown(balance), "").rstrip()


class Csv:
    """For spreadsheets, in credits: every change, then every balance."""

    def head(self) -> str:
        """The line above all."""
        changes = (f"change_{column}" for column in _COLUMNS)
        return _csv("seq", "time", "kind", *changes, *_COLUMNS, "transfer", "note")

    def line(self, line: Line) -> str:
        """One transfer."""
        changes = (_credits(line.changes.get(column, 0)) for column in _COLUMNS)
        balances = (_credits(line.balance[column]) for column in _COLUMNS)
        return _csv(line.seq, time_text(line.at), line.kind, *changes, *balances, line.transfer, line.note)

    def foot(self, last: Line | None) -> str:
        """Nothing: the last line has the balance."""
        del last
        return ""


class Json:
    """For programs: an array of objects, amounts in thousandths of a credit."""

    def __init__(self) -> None:
        self._begun = False

    def head(self) -> str:
        """The line above all."""
        return "["

    def line(self, line: Line) -> str:
        """One transfer."""
        comma, self._begun = ("," if self._begun else " "), True
        found = {
            "seq": line.seq,
            "at": line.at,
            "kind": line.kind,
            "changes_millicredits": dict(line.changes),
            "balance_millicredits": dict(line.balance),
            "transfer": line.transfer,
            "note": line.note,
        }
        return f"{comma}{json.dumps(found)}"

    def foot(self, last: Line | None) -> str:
        """The line below all."""
        del last
        return "]"


def _credits(amount: int) -> Decimal:
    """In credits, without zeros at its end."""
    exact = Decimal(amount) / CREDIT
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact.normalize()


def _shown(balance: Mapping[str, int]) -> Iterator[str]:
    for column in _COLUMNS:
        yield f"{_credits(balance[column]):,}"


def _csv(*cells: object) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_harmless(str(cell)) for cell in cells])
    return line.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a number may begin with a minus."""
    return f"'{cell}" if cell[:1] in {"=", "+", "@", "\t"} or (cell[:1] == "-" and not _is_number(cell)) else cell


def _is_number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()
