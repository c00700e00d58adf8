"""Hostile clients of `serve`, `watch` and `proxy`: each gets its answer, and others are served."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import hostile_clients
import httpx
import pytest
from hostile_clients import CLIENTS, FOREIGN, UNREAD, Ended, HostileClient, Server
from hostile_serving import MEASURED, Over, Running, finish

from retailspec.clients.guard import Guard
from retailspec.clients.guarded import Guarded
from retailspec.clients.recording import exchange_of, read_line
from retailspec.clients.stub import Stub
from retailspec.contract import load_contract
from retailspec.reference import build
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST = 60
TOKEN = "Hst7-tok/en+of=the.clients"
MOST_MEGABYTES = 180  # one kept body of the corpus would be more
NAME = "omni-inventory"


def _served(folder: Path) -> Over:
    with Running(["serve", NAME], folder, TOKEN) as running:
        return running.attacked()


def _judged(folder: Path) -> Over:
    words = ["serve", NAME, "--judge", "--record", "r.jsonl"]
    with Running(words, folder, TOKEN) as running:
        return running.attacked()


def _proxied(folder: Path) -> Over:
    with Served(build(NAME, credentials={"token": TOKEN}), tls=False) as upstream:
        words = ["proxy", "--upstream", upstream.url, "--contract", NAME, "--record", "r.jsonl"]
        with Running(words, folder, TOKEN) as running:
            return running.attacked()


def _watched(folder: Path) -> Over:
    script = str(Path(hostile_clients.__file__))
    command = [*MEASURED, "watch", NAME, "--record", "r.jsonl", "--"]
    errors = folder / "output.txt"
    with errors.open("wb") as stream:
        process = subprocess.Popen(
            [*command, sys.executable, script, "ended.json"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
        )
    over = finish(process, errors, {})
    assert (folder / "ended.json").exists(), over.text
    ended = json.loads((folder / "ended.json").read_text())
    return Over(
        over.status, over.text, over.megabytes, {name: Ended(**one) for name, one in ended.items()}
    )


PLACES: dict[str, tuple[str, Callable[[Path], Over]]] = {
    "serve": ("plain", _served),
    "serve --judge": ("plain", _judged),
    "proxy": ("proxy", _proxied),
    "watch": ("tls", _watched),
}
JUDGING = ("serve --judge", "watch")
RECORDING = (*JUDGING, "proxy")


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Over, Path]]:
    """Gives how a place ended that all hostile clients called, and the folder that it ran in."""
    kept: dict[str, tuple[Over, Path]] = {}

    def at(place: str) -> tuple[Over, Path]:
        if place not in kept:
            folder = tmp_path_factory.mktemp("clients")
            kept[place] = PLACES[place][1](folder), folder
        return kept[place]

    return at


def test_corpus_is_large_and_names_each_client_once() -> None:
    """The corpus has no name twice, and does not shrink."""
    assert len({one.name for one in CLIENTS}) == len(CLIENTS) >= FEWEST


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("client", CLIENTS, ids=lambda one: one.name)
def test_hostile_client(
    client: HostileClient, place: str, over: Callable[[str], tuple[Over, Path]]
) -> None:
    """It gets the answer that the corpus names, an honest call is answered meanwhile."""
    ended = over(place)[0].ended[client.name]
    assert ended == Ended(client.due(Server(PLACES[place][0], 0, "")), 200)


@pytest.mark.parametrize("place", PLACES)
def test_output_is_plain_and_memory_bounded(
    place: str, over: Callable[[str], tuple[Over, Path]]
) -> None:
    """The command ends by itself: no stack trace, no control character, no credential, no bulk."""
    ended, _ = over(place)
    assert ended.status == (0 if place == "serve" else 1), ended.text
    assert "Traceback" not in ended.text
    strange = {char for char in ended.text if not char.isprintable() and char != "\n"}
    assert not strange
    assert TOKEN not in ended.text
    assert len(ended.text) < 100_000
    assert ended.megabytes < MOST_MEGABYTES


@pytest.mark.parametrize("place", JUDGING)
def test_verdict_tells_of_each(place: str, over: Callable[[str], tuple[Over, Path]]) -> None:
    """Each web page's call and each that is no HTTP is counted; each broken rule is found."""
    text = over(place)[0].text
    heard = [one for one in CLIENTS if not one.raw or PLACES[place][0] != "tls"]
    for what in (FOREIGN, UNREAD):
        counts = re.findall(rf"note: (\d+) x .*{re.escape(what)}", text)
        assert sum(map(int, counts)) == sum(one.told == what for one in heard), text
    broken = {one.told for one in CLIENTS if one.told.startswith("client.")}
    assert broken <= set(re.findall(rf"BROKEN {NAME}/(\S+)", text))
    assert re.search(r"held +client\.expect-header", text)


def test_proxy_tells_why_it_refused(over: Callable[[str], tuple[Over, Path]]) -> None:
    """Each reason is told once as it happens, and counted in the verdict."""
    text = over("proxy")[0].text
    for reason in {one.proxied for one in CLIENTS if one.proxied}:
        said = rf"retailspec: refused a request with \d+: {re.escape(reason)}"
        assert len(re.findall(said, text)) == 1
        counted = re.findall(rf"(\d+) x refused by the proxy: {re.escape(reason)}", text)
        assert sum(map(int, counted)) >= sum(one.proxied == reason for one in CLIENTS), reason


@pytest.mark.parametrize("place", RECORDING)
def test_recording_is_readable(place: str, over: Callable[[str], tuple[Over, Path]]) -> None:
    """Each recorded line can be read again, and holds no credential."""
    text = (over(place)[1] / "r.jsonl").read_bytes()
    for line in text.splitlines():
        exchange_of(read_line(line))
    assert TOKEN.encode() not in text
    assert len(text.splitlines()) > len(CLIENTS)


def _answered(server: Server) -> int:
    """Return the status of the first call that gets an answer."""
    deadline = time.monotonic() + hostile_clients.LONGEST
    while True:
        try:
            return server.call()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("command", ["serve", "proxy"])
def test_no_more_files_can_be_opened(command: str, tmp_path: Path) -> None:
    """Connections beyond what the system allows wait or are ended; it goes on when others end."""
    limit = partial(resource.setrlimit, resource.RLIMIT_NOFILE, (60, 60))
    with Served(build(NAME, credentials={"token": TOKEN}), tls=False) as upstream:
        words = ["serve", NAME, "--judge"]
        if command == "proxy":
            words = ["proxy", "--upstream", upstream.url, "--contract", NAME]
        with Running(words, tmp_path, TOKEN, preexec_fn=limit) as running:
            idle = [running.server.open() for _ in range(80)]
            time.sleep(0.2)
            for connection in idle:
                connection.close()
            assert _answered(running.server) == 200
            over = running.stopped()
    assert (over.status, "Traceback" in over.text) == (0, False), over.text


@pytest.mark.parametrize("judging", [False, True])
@pytest.mark.parametrize(
    "label",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Content-Type": "text/plain"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:80"},
        {"Host": ""},
    ],
)
def test_control_paths_take_no_page_s_call(label: dict[str, str], judging: bool) -> None:
    """A page cannot make an order, be it by a simple post or by a name that was bound again."""
    reference = build("omni-orders", https_only=False)
    app = (
        Stub(reference, load_contract("omni-orders"), secure=False)
        if judging
        else Guarded(reference.app, Guard("127.0.0.1"))
    )
    with Served(reference, app=app, tls=False) as served:
        url = f"{served.url}/_control/orders"
        assert httpx.post(url, headers=label).status_code == 403
        asked = {"Access-Control-Request-Method": "POST", **label}
        answer = httpx.options(url, headers=asked)
        assert answer.status_code in {403, 405}
        assert "access-control-allow-origin" not in answer.headers
        assert httpx.post(url).status_code == 201


def test_names_can_be_allowed(tmp_path: Path) -> None:
    """`serve --allow-host` takes calls by a name of the user's own, say that of a container."""
    with Running(["serve", NAME, "--allow-host", "Stub.example"], tmp_path, TOKEN) as running:
        url = f"http://127.0.0.1:{running.server.port}/nowhere"
        names = ("stub.example", "other.example", "127.0.0.1")
        statuses = [httpx.get(url, headers={"Host": name}).status_code for name in names]
        assert statuses == [404, 403, 404]
        assert running.stopped().status == 0
