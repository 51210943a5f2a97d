"""`installer.py serve`: one process with the pages, the API and the terminals' port, until it is told to stop."""

import asyncio
import resource
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar

from appliance.app import Appliance
from appliance.install import assets, deployment
from appliance.kernel.errors import MusterError
from appliance.kernel.log import configure, logger
from appliance.settings import Settings, load
from appliance.tls import Tls, open_tls
from appliance.unsealing import open_keys
from inference import supervisor
from inference.engines import Engines, connect, unavailable

READY_TRIES = 200
READY_PAUSE_S = 0.05
CONNECTIONS = 4096
"""Connections served at once, and waiting to be taken up. Every room and every open page keeps one or a few; a number
below that would leave candidates waiting behind others who say nothing."""
OPEN_FILES = 65_536
"""A browser opens up to six connections; the usual 1,024 files would end at 170 candidates."""
PAGE_THREADS = 16
"""Threads on which pages and verbs run. Pieces of recordings need none (`Database.write_async`), so however many rooms
upload, these are free for everybody else. Each holds three readers with two MiB of pages."""


def main(data: Path, port: int = 0, terminal_port: int = 0, no_inference: bool = False) -> int:
    """Serve a new or existing data folder; prints one JSON line when ready. Returns the exit code."""
    configure()
    settings = load(
        data.resolve(),
        port=port or free_port(),
        terminal_port=terminal_port or free_port(),
        inference=not no_inference,
        vendor_dir=assets.vendor_dir(),
    )
    try:
        keys = open_keys(settings.data)
        appliance = Appliance(settings, keys, engines_of(settings))
        return asyncio.run(run(appliance, announce))
    except MusterError as error:
        sys.stderr.write(error.message % error.params + "\n")
        return 1


def announce(ready: "Ready") -> None:
    """The one JSON line on stdout that tells whoever started the app where it is."""
    sys.stdout.write(msgspec.json.encode(ready).decode() + "\n")
    sys.stdout.flush()


async def run(appliance: Appliance, when_ready: Callable[["Ready"], None], *, then_stop: bool = False) -> int:
    """Serve both ports until SIGTERM or SIGINT; everything that was taken up is handed back.

    `when_ready` runs on a thread of its own once both ports answer; with `then_stop` the site goes down when it
    returns. What it raises is raised here, after the site is down.
    """
    settings = appliance.site.settings
    tls = open_tls(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page"))
    allow_open_files()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    servers = [
        server(appliance.web, settings.host, settings.port, tls),
        server(appliance.terminals, settings.terminal_host, settings.terminal_port),
    ]
    appliance.start()
    tasks = [asyncio.create_task(each.serve()) for each in servers]
    try:
        for host, port in (
            (settings.host, settings.port),
            (settings.terminal_host, settings.terminal_port),
        ):
            await listening(host, port)
        told = asyncio.create_task(asyncio.to_thread(when_ready, ready(appliance)))
        ends = [asyncio.create_task(stopping.wait()), *tasks, *([told] if then_stop else [])]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            told.result()
    finally:
        for each in servers:
            each.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait(tasks, timeout=10)
        appliance.stop()
    return 0


def allow_open_files() -> None:
    """Raise this process's own limit of open files as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def server(app: Litestar, host: str, port: int, tls: Tls | None = None) -> Server:
    """One HTTP server inside this process, so that one process writes the files; over TLS 1.3 when `tls` is given.

    HTTP/1.1 alone: uploads of many rooms then wait on their own connections and not in one another's streams.
    """
    return Server(
        app,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        ssl_cert=tls.certificate if tls else None,
        ssl_key=tls.key if tls else None,
    )


async def listening(host: str, port: int) -> None:
    """Wait until the port answers; raises `OSError` when it does not in ten seconds."""
    for attempt in range(READY_TRIES):
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            if attempt == READY_TRIES - 1:
                raise
            await asyncio.sleep(READY_PAUSE_S)
        else:
            writer.close()
            return


class Ready(msgspec.Struct, frozen=True):
    """What whoever started the app needs: both addresses and a token for the API, new at every start."""

    url: str
    terminal_url: str
    admin_token: str


def ready(appliance: Appliance) -> Ready:
    """The addresses, and a fresh console token; the one of the start before is revoked."""
    settings = appliance.site.settings
    return Ready(settings.url, settings.terminal_url, appliance.identity.console_token())


def engines_of(settings: Settings) -> Engines:
    """The engines that `installer.py inference up` started for this checkout, or the stand-in that says why not.

    Without engines everything else works; what needs them waits in the jobs.
    """
    if not settings.inference:
        return unavailable()
    state = supervisor.status(deployment.run_dir())
    if state is None:
        logger().warning(
            "no engines run; start them with installer.py inference up, then start the app again"
        )
        return unavailable("no engines run")
    return connect(state.profile, state.endpoints)


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
