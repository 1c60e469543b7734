"""What a field must be, in words for whoever sent another thing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "string_type": "text",
        "float_type": "a number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "bool_type": "true or false",
        "list_type": "a list",
        "model_type": "an object",
    }
)
FEW_PARAMETERS = "of at most 100 parameters"
"""Of a query."""

CURSOR = "the nextCursor of an answer"
_OTHERWISE = "of another type"


def expected(problem: Mapping[str, Any]) -> str:
    """What should have stood there.

    Args:
        problem: What pydantic says is wrong: one entry of `ValidationError.errors`.
    """
    match problem:
        case {"ctx": {"ge": lowest}}:
            return f"at least {lowest}"
        case {"ctx": {"le": highest}}:
            return f"at most {highest}"
        case {"ctx": {"lt": limit}}:
            return f"less than {limit}"
        case {"type": "string_too_long", "ctx": {"max_length": most}}:
            return f"text of at most {most} characters"
        case {"type": "too_long", "ctx": {"max_length": most}}:
            return f"a list of at most {most}"
        case {"type": kind}:
            return _TYPES.get(kind, _OTHERWISE)
        case _:
            return _OTHERWISE


def number_between(lowest: int, highest: int) -> str:
    """A whole number in a query."""
    return f"a whole number from {lowest} to {highest}"
