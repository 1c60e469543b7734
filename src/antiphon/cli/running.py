"""The server, from its settings to its end."""

import asyncio
import sys

import structlog
import typer

from antiphon import app
from antiphon.catalog.registry import Registry, discover
from antiphon.cli.failing import CommandFailed
from antiphon.cli.verbs import verbs
from antiphon.cli.welcome import invitation, welcome
from antiphon.domain.ports import Makers
from antiphon.house import open_house
from antiphon.kit import control
from antiphon.kit.clock import SystemClock
from antiphon.kit.environment import put_temporary_files
from antiphon.kit.observe import Metrics, set_up_logging
from antiphon.settings import Settings
from antiphon.store.folder import DataFolder
from antiphon.surfaces.soniox.errors import refusal
from antiphon.web import serve as server
from antiphon.web.limits import Limits


def run(settings: Settings) -> None:
    """Serve until a signal says stop.

    Raises:
        AntiphonError, CommandFailed: It cannot start; the text says what to do.
    """
    listen = _listen(settings)
    set_up_logging(form=settings.log_format, level=settings.log_level)
    with DataFolder.claim(settings.data) as folder, asyncio.Runner(loop_factory=server.loop_factory()) as runner:
        put_temporary_files(folder.scratch())  # Whoever is killed cleans nothing up: the next start does.
        runner.run(_serve(settings, folder, listen))


async def _serve(settings: Settings, folder: DataFolder, listen: server.Listen) -> None:
    async with open_house(folder, settings, SystemClock()) as house:
        if settings.database_url is None:
            # The database is this server's alone, so that whatever is open was left by one that died.
            await house.store.ledger.end_all(now=house.clock.now())
            await house.store.messages.recover(now=house.clock.now())
            await house.store.jobs.recover()
        account = await house.first_start(settings, remember=folder.keep_first_key)
        code = await house.users.first_link(account.id)
        registry = _plugins()
        public_url = app.PublicUrl(settings.public_url)
        application = app.create(
            settings,
            house=house,
            models=registry.speech_models(),
            makers=Makers(
                speech=registry.speech_makers(),
                songs=registry.song_maker(),
                listener=registry.listener(settings.data / "cache" / "listen"),
                sleeves=registry.sleeve_maker(),
                pictures=registry.picture_maker(),
                films=registry.film_maker(),
            ),
            metrics=Metrics(),
            public_url=public_url,
        )

        def on_ready(url: str) -> None:
            public_url.bound(url)
            terminal = sys.stdout.isatty()
            first = welcome(public_url(), folder, terminal=terminal)
            # At once: whoever reads the output may stop at the line that says where the server is.
            typer.echo(f"{first}\n{invitation(public_url(), folder, code, terminal=terminal)}", nl=False)
            sys.stdout.flush()
            if terminal:
                folder.forget_first_key()  # Not before it has been shown.

        async with control.serve(folder.control_socket, verbs(house, account.id, folder)):
            await server.run(
                application,
                listen=listen,
                limits=Limits(drain=settings.drain_seconds),
                refuse=refusal,
                on_ready=on_ready,
            )


def _plugins() -> Registry:
    registry = discover()
    for broken in registry.broken:
        structlog.get_logger("antiphon").warning("plugin cannot load", plugin=broken.source, reason=broken.reason)
    return registry


def _listen(settings: Settings) -> server.Listen:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise CommandFailed("--tls-cert and --tls-key go together")
    tls = None
    if settings.tls_cert is not None and settings.tls_key is not None:
        tls = server.Tls(certificate=settings.tls_cert, key=settings.tls_key)
    server.check_exposure(host=settings.host, tls=tls, behind_proxy=settings.behind_proxy)
    return server.Listen(host=settings.host, port=settings.port, tls=tls, behind_proxy=settings.behind_proxy)
