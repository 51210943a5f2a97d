"""`installer.py demo`: engines, app, mail server and terminal on loopback, filled with the invented bank."""

import asyncio
import json
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from appliance.app import Appliance
from appliance.demo import cast, seed
from appliance.demo.browser import CandidateBrowser
from appliance.demo.colleagues import Lobby
from appliance.demo.mailbox import Mailbox
from appliance.demo.way import Hands, StepFailed, Walk, Way
from appliance.demo.zk_terminal import ZkTerminal
from appliance.install import assets, deployment
from appliance.install.cache import cache_dir
from appliance.kernel.log import configure
from appliance.kernel.security import SESSION_COOKIE
from appliance.serve import Ready, free_port, run
from appliance.settings import Mail, load
from appliance.unsealing import open_keys
from inference import supervisor
from inference.engines import Engines, connect
from models import fetch

PROFILE = "eval-cpu"


def main(*, data: Path | None, once: bool, port: int = 0, terminal_port: int = 0) -> int:
    """Run the demo; with `once` walk one candidate, print one JSON line and return 1 when a step failed."""
    with ExitStack() as stack:
        folder = (
            data.resolve()
            if data
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-")))
        )
        folder.mkdir(parents=True, exist_ok=True)
        log = stack.enter_context((folder / "app.log.jsonl").open("a", encoding="utf-8"))
        configure(log)
        engines = start_engines(stack)
        mailbox = Mailbox()
        mailbox.start()
        stack.callback(mailbox.stop)
        appliance = open_site(folder, engines, mailbox, port, terminal_port)
        if seed.is_empty(appliance):
            tell("→ inventing a bank and a hospital")
            seed.seed(appliance)
        if once:
            walk = walk_once(appliance, mailbox)
            print(line_of(walk), flush=True)
            return 1 if walk.failed else 0
        return asyncio.run(run(appliance, Tour(appliance, mailbox, folder if data else None)))


def walk_once(appliance: Appliance, mailbox: Mailbox) -> Walk:
    """Start the site, walk one candidate through it, stop it."""
    walks: list[Walk] = []

    def walk(ready: Ready) -> None:
        settings = appliance.site.settings
        terminal = ZkTerminal(settings.terminal_host, settings.terminal_port, seed.TERMINAL_SERIAL)
        portrait = fetch.path(deployment.DEMO_FACE) / "astronaut.png"
        browser = CandidateBrowser(portrait, cache_dir() / "run" / "candidate")
        hands = hands_of(ready)
        try:
            walks.append(Way(hands, mailbox, terminal, browser, ZoneInfo(settings.zone), tell).walk())
        finally:
            hands.let_go()

    asyncio.run(run(appliance, walk, then_stop=True))
    if not walks:
        raise StepFailed("the site was stopped before the walk came to its end")
    return walks[0]


def tell(line: str) -> None:
    """One line for the person who watches."""
    print(line, file=sys.stderr, flush=True)


def start_engines(stack: ExitStack) -> Engines:
    """The engines that run for this checkout already, or new ones that end with the demo."""
    place = deployment.run_dir()
    state = supervisor.status(place)
    if state is not None:
        return connect(state.profile, state.endpoints)
    tell("→ starting Triton and vLLM (about a minute)")
    return stack.enter_context(deployment.start(PROFILE, place, tell)).connect()


def open_site(folder: Path, engines: Engines, mailbox: Mailbox, port: int, terminal_port: int) -> Appliance:
    """The site with the demo's mail server."""
    settings = load(
        folder,
        port=port or free_port(),
        terminal_port=terminal_port or free_port(),
        mail=Mail(port=mailbox.port, sender="hr@lanting.example", sender_name="兰亭银行 Lanting Bank"),
        vendor_dir=assets.vendor_dir(),
        site_name="兰亭银行 · 清源医院",
    )
    return Appliance(settings, open_keys(folder), engines)


class Tour:
    """Says where everything is, and lets people punch at the terminal until somebody stops the demo."""

    def __init__(self, appliance: Appliance, mailbox: Mailbox, kept: Path | None) -> None:
        self._appliance = appliance
        self._mailbox = mailbox
        self._kept = kept

    def __call__(self, ready: Ready) -> None:
        settings = self._appliance.site.settings
        terminal = ZkTerminal(settings.terminal_host, settings.terminal_port, seed.TERMINAL_SERIAL)
        lobby = Lobby(terminal, self._mailbox, ZoneInfo(settings.zone), tell)
        threading.Thread(target=lobby.open, name="demo-lobby", daemon=True).start()
        tell(greeting(ready, self._kept))


def hands_of(ready: Ready) -> Hands:
    """Browser sessions of the people of the walk, signed in with login and password as they would be."""
    return Hands(*(signed_in(ready.url, login) for login in ("hr", "hr2", "payroll")))


def signed_in(url: str, login: str) -> httpx.Client:
    """A session of one account."""
    client = httpx.Client(base_url=url, headers={"Origin": url, "Accept-Language": "en"}, timeout=60)
    answer = client.post("/login", data={"login": login, "password": seed.PASSWORD})
    if SESSION_COOKIE not in client.cookies:
        raise StepFailed(f"signing in as {login} was answered with {answer.status_code}")
    return client


def line_of(walk: Walk) -> str:
    """The walk as one JSON line."""
    return json.dumps({"ok": walk.failed is None, **asdict(walk)}, ensure_ascii=False)


def greeting(ready: Ready, kept: Path | None) -> str:
    """Where to go, as whom, and what to try; in both languages."""
    rows = "\n".join(
        f"  {login.login:<12} {login.name}：{login.try_zh}\n  {'':<12} {login.try_en}"
        for login in cast.LOGINS
    )
    stays = f"data stay in {kept}" if kept else "data go when the demo ends (keep them with --data DIR)"
    return (
        f"\nMuster 点将 is ready 已就绪:  {ready.url}\n"
        f"terminals 考勤机端口:         {ready.terminal_url}\n\n"
        f"Logins 账号 (password for all 统一密码: {seed.PASSWORD})\n{rows}\n\n"
        "试试：用 recruiter 登录，打开「候选人」，邀请一位；信会显示在这里，点开链接就是面试间。\n"
        "再用 hr 作决定、写录用通知，用 hr2 复核：档案、考勤机、工资记录会自己跟上。\n"
        "Try: sign in as recruiter, open Candidates, invite one: the letter is shown here, its link opens the room.\n"
        "Decide as hr, write an offer, approve it as hr2: file, terminal and pay record follow by themselves.\n\n"
        f"API token: {ready.admin_token}\nStop with Ctrl-C; {stays}.\n"
    )
