"""How commands fail: a line that helps, and an exit code."""

import sys
from collections.abc import Callable

from antiphon.domain.errors import AntiphonError, InvalidRequest, Unavailable, UnavailableCause
from antiphon.settings import SettingsError

_CAUSES: dict[int, str] = {
    UnavailableCause.MAKER_DIED: "the renderer died in the middle; please try again",
    UnavailableCause.MAKER_NOT_READY: "the renderer does not start",
    UnavailableCause.OVERLOADED: "no renderer became free",
}

_FAULTS = {
    "length": "it has 24 to 200 characters",
    "characters": "it may have letters, digits, - and _ only",
    "checksum": "it begins like a key of this server's, but its last characters do not fit the others",
}


class CommandFailed(Exception):
    """A command cannot do what was asked; the text says why and what helps."""


def explained(command: Callable[[], object]) -> int:
    """Run a command; the exit code is 0, 1 (it failed) or 130 (Ctrl-C). Usage errors exit with 2 by themselves."""
    try:
        command()
    except (CommandFailed, SettingsError) as failure:
        return _say(str(failure))
    except Unavailable as failure:
        return _say(_CAUSES.get(failure.cause, f"cannot be done now (code {failure.cause})"))
    except InvalidRequest as failure:
        return _say(f"{failure.field}: {_FAULTS.get(failure.reason, failure.reason)}")
    except AntiphonError as failure:
        return _say(str(failure))
    except BrokenPipeError:
        sys.stderr.close()  # Whoever read our output has had enough.
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _say(message: str) -> int:
    print(f"antiphon: {message}", file=sys.stderr)  # noqa: T201 - the place where commands speak
    return 1
