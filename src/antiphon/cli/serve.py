"""`antiphon serve`."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from antiphon.settings import load


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8080")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder.", show_default="$ANTIPHON_DATA, else ./data")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM), to serve HTTPS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[
        str | None,
        typer.Option(help="Addresses of the proxies in front, with commas; their headers are believed."),
    ] = None,
    log_format: Annotated[str | None, typer.Option(help="text or json.", show_default="text")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.", show_default="info")] = None,
) -> None:
    """Start the server. Everything else is set by ANTIPHON_* variables; see docs/reference/settings.md."""
    gc.disable()  # All that is imported stays: to look again and again for what does not takes a tenth of the time.
    from antiphon.cli.running import run  # noqa: PLC0415 - takes half a second, which `antiphon say` need not wait

    gc.freeze()
    gc.enable()
    run(
        load(
            host=host,
            port=port,
            data=data,
            tls_cert=tls_cert,
            tls_key=tls_key,
            behind_proxy=behind_proxy,
            log_format=log_format,
            log_level=log_level,
        )
    )
