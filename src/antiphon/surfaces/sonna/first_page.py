"""The page of the first link: no script, nothing from elsewhere, and its address told to nobody."""

from html import escape

from antiphon.web.errors import Answer

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Antiphon: first account</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 15vh auto; padding: 0 1rem; }}
label {{ display: block; margin: 1rem 0; }}
input {{ display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem; }}
button {{ font: inherit; padding: .4rem 1rem; }}
</style>
<h1>{head}</h1>
{rest}
"""
_FORM = """<p role="alert">{told}</p>
<form method="post" action="/api/auth/first">
<input type="hidden" name="code" value="{code}">
<label>E-mail <input name="email" type="email" autocomplete="username" maxlength="254" required autofocus></label>
<label>Password, 8 characters or more
<input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="1000" required></label>
<button>Set them</button>
</form>"""


def form(code: str, *, told: str = "") -> Answer:
    """The page that asks for e-mail and password.

    Args:
        code: The link's.
        told: What was wrong with those given before; "" where none were.
    """
    rest = _FORM.format(code=escape(code), told=escape(told))
    return _page(400 if told else 200, _PAGE.format(head="The first account", rest=rest))


def done() -> Answer:
    """The page that says that they are set."""
    rest = "<p>You can sign in with them now, at <code>/api/auth/login</code>. The link is used up.</p>"
    return _page(200, _PAGE.format(head="Done", rest=rest))


def gone() -> Answer:
    """The page of a link that leads nowhere."""
    rest = "<p>It was used, or is an older one: each start of the server makes another, until one was used.</p>"
    return _page(404, _PAGE.format(head="This link leads nowhere", rest=rest))


def _page(status: int, text: str) -> Answer:
    body = text.encode()
    return Answer(
        status=status,
        body=body,
        headers=[
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", _POLICY.encode()),
            (b"referrer-policy", b"no-referrer"),
        ],
    )
