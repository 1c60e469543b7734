"""Placeholders in golden pairs: what nobody can know beforehand, and what was learnt of it before.

In answers they stand in brackets: `<id>`, `<time>`, `<url wav>`. With a name what stood there is kept, as in
`<id task>` and `<url wav first>`, and `<task>` and `<first>` are it from then on, within texts too.
"""

import difflib
import json
import re
from collections.abc import Mapping
from typing import Any

_KINDS = {
    "id": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "url": r"https://media\.example/cdn/[A-Za-z0-9/_-]+\.",
    "seed": r"\d{1,10}",
    "size": r"\d{1,12}",
    "share": r"[01]\.\d{1,3}",
    "token": r"[\w-]{20,200}\.[\w-]{100,400}\.[\w-]{43}",
    "refresh": r"refresh_[0-9A-Za-z]{49}",
    "key": r"sona_sk_[0-9A-Za-z]{49}",
    "prefix": r"sona_sk_[0-9A-Za-z]{5}",
    "cursor": r"[0-9a-f]{32}",
}
_PLACE = re.compile(rf"<({'|'.join(_KINDS)})(?: ([a-z0-9_]+))?(?: ([a-z0-9_]+))?>")


def told(value: Any, known: Mapping[str, str]) -> Any:
    """A value in which the names of what is known are replaced by it."""
    match value:
        case dict():
            return {key: told(one, known) for key, one in value.items()}
        case list():
            return [told(one, known) for one in value]
        case str():
            return re.sub(r"<([a-z0-9_]+)>", lambda found: known.get(found[1], found[0]), value)
    return value


def seen(value: Any, wanted: Any, known: dict[str, str]) -> Any:
    """A value as it would be written in a file: what fits a placeholder as that placeholder."""
    match value, wanted:
        case dict(), dict():
            return {key: seen(one, wanted.get(key), known) for key, one in value.items()}
        case list(), list():
            return [seen(one, _at(wanted, place), known) for place, one in enumerate(value)]
        case ((str() | int() | float()), str()) if _PLACE.search(wanted):
            return _placed(value, told(wanted, known), known)
    return value


def difference(wanted: Any, found: Any) -> str:
    """What differs between two values, line by line."""
    lines = [json.dumps(each, indent=1, sort_keys=True).splitlines() for each in (wanted, found)]
    return "\n".join(difflib.unified_diff(*lines, "wanted", "found", lineterm=""))


def _placed(value: str | float, wanted: str, known: dict[str, str]) -> Any:
    pattern, names, end = "", [], 0
    for place in _PLACE.finditer(wanted):
        kind, *rest = place.groups()
        suffix, name = rest if kind == "url" else (None, rest[0])
        pattern += f"{re.escape(wanted[end : place.start()])}({_KINDS[kind]}{re.escape(suffix or '')})"
        names.append(name)
        end = place.end()
    found = re.fullmatch(pattern + re.escape(wanted[end:]), str(value))
    if found is None:
        return value
    known.update({name: text for name, text in zip(names, found.groups(), strict=True) if name})
    return wanted


def _at(values: list[Any], place: int) -> Any:
    return values[place] if place < len(values) else None
