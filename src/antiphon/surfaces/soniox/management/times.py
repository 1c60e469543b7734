"""Times and stretches of time as the management API reads and writes them. Pure."""

from datetime import UTC, date, datetime

from antiphon.services.usage import DAY, Window
from antiphon.surfaces.soniox.management.envelope import Fault, Invalid

_EPOCH = date(1970, 1, 1).toordinal()
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_OLDEST = 91


def moment(at: float) -> str:
    """A time in ISO 8601, UTC, to the millisecond, such as 2026-11-20T18:00:00.000Z."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def window(start: datetime, end: datetime) -> Window:
    """The stretch between two times; those that name no zone are UTC.

    Raises:
        Invalid: It does not end after its start, or is not of our age.
    """
    found = Window(start=_seconds(start), end=_seconds(end))
    if found.start < 0 or found.end > _LATEST:
        raise wrong("start_time and end_time must be within the years 1970 to 9998.")
    if not found.start < found.end:
        raise wrong("end_time must be strictly after start_time.")
    return found


def days_of(window_: Window) -> range:
    """The days (UTC) that a window touches, counted from 1970-01-01."""
    return range(int(window_.start // DAY), int(-(-window_.end // DAY)))


def day(number: int) -> date:
    """The day of that number; see `days_of`."""
    return date.fromordinal(_EPOCH + number)


def at_most(days: float, *, most: int) -> None:
    """Refuse a window that is too long.

    Raises:
        Invalid: It is.
    """
    if days > most:
        raise wrong(f"The period between start_time and end_time must not exceed {most} days.")


def recent(window_: Window, *, now: float) -> None:
    """Refuse a window that begins before anything that is told of.

    Raises:
        Invalid: It does.
    """
    if window_.start < now - _OLDEST * DAY:
        raise wrong(f"start_time must not be earlier than {_OLDEST} days ago.")


def wrong(message: str) -> Invalid:
    """A refusal of a query whose fields do not go together."""
    return Invalid(Fault(error_type="value_error", location="query.payload", message=message))


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
