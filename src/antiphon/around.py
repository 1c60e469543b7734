"""What the parts of Sonna's dialect share, for whoever puts them together."""

from dataclasses import dataclass

from antiphon.catalog.sonna import SonnaSpeech
from antiphon.kit.http import Rules
from antiphon.services.artifacts import Artifacts
from antiphon.services.library import Library
from antiphon.services.previews import Previews
from antiphon.services.speak import Speak
from antiphon.services.waits import Waits
from antiphon.surfaces.sonna import Callers


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is there besides.

    Args:
        callers: Who may ask.
        artifacts: Where files are kept.
        library: Where they are kept for those who are signed in.
        waits: Who waits for the ends of jobs.
        ways_out: Where pictures may be fetched from.
        catalogue: The models of speech.
        speech: Who speaks. It has to know the models of `catalogue`.
        previews: Where voices can be heard.
    """

    callers: Callers
    artifacts: Artifacts
    library: Library
    waits: Waits
    ways_out: Rules
    catalogue: SonnaSpeech
    speech: Speak
    previews: Previews
