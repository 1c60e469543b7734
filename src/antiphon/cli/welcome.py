"""What a started server says: where it is, its first key (once), and a command that works when pasted."""

import antiphon
from antiphon.store.folder import DataFolder

_TRY = """\
  curl {url}/tts -o hello.mp3 \\
    -H "Authorization: Bearer {key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "tts-rt-v1", "language": "en", "voice": "Adrian", "audio_format": "mp3", "text": "Hello, world."}}'
"""


def welcome(url: str, folder: DataFolder, *, terminal: bool) -> str:
    """The text for a server that answers at `url`.

    The first key, if nobody has seen it yet, is shown where a person looks on; where the output may end up in a
    log, only its place is named.
    """
    head = f"Antiphon {antiphon.__version__} answers at {url} (documentation: {url}/docs)\n"
    key = folder.first_key()
    if key is None:
        return f"{head}\nTry it, with a key of yours (`antiphon keys create` makes one):\n\n" + _TRY.format(
            url=url, key="$ANTIPHON_KEY"
        )
    if terminal:
        shown = f"\nYour API key, shown this once:\n\n  {key}\n\nTry it:\n\n"
        return head + shown + _TRY.format(url=url, key=key)
    place = f"$(cat {folder.first_key_path})"
    return f"{head}\nYour API key is in {folder.first_key_path}. Try it:\n\n" + _TRY.format(url=url, key=place)
