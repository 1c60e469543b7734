"""What a started server says: where it is, its first key (once), and a command that works when pasted."""

import antiphon
from antiphon.store.folder import DataFolder

_TRY = """\
  curl {url}/tts -o hello.mp3 \\
    -H "Authorization: Bearer {key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"model": "tts-rt-v1", "language": "en", "voice": "Adrian", "audio_format": "mp3", "text": "Hello, world."}}'
"""


_LINK = "\nTo sign in, set e-mail and password of the first account, once: {where}\n"


def invitation(url: str, folder: DataFolder, code: str | None, *, terminal: bool) -> str:
    """What is said of the link to the first account, which is written down where nobody looks on.

    Args:
        url: Where the server answers.
        folder: Where it is written down.
        code: The link's; None: somebody signs in to the first account already.
        terminal: Whether a person looks on.
    """
    folder.forget_first_link()
    if code is None:
        return ""
    link = f"{url}/api/auth/first?code={code}"
    if terminal:
        return _LINK.format(where=f"\n\n  {link}\n\nA restart makes another one, until one was used.")
    folder.keep_first_link(link)
    return _LINK.format(where=f"the link is in {folder.first_link_path}")


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
