"""`retailspec watch` and `serve --judge`, as a user calls them: real commands, real sockets."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retailspec.clients.recording import exchange_of, read_line

if TYPE_CHECKING:
    from collections.abc import Iterator

RETAILSPEC = [sys.executable, "-m", "retailspec"]

CLIENT = """
import json, os, sys, urllib.error, urllib.request

def call(name, body, **headers):
    label = {"Content-Type": "application/json", "Authorization": "token " + token, **headers}
    request = urllib.request.Request(
        f"{base}/api/store/orders/{name}", json.dumps(body).encode(), label)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code

def fresh():
    url = os.environ["RETAILSPEC_FRESH_ORDER_URL"]
    with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
        return json.load(answer)["number"]

base, token = os.environ["RETAILSPEC_BASE_URL"], os.environ["OMNI_ORDERS_TOKEN"]
order = os.environ["RETAILSPEC_FRESH_ORDER"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "client.py").write_text(CLIENT + 'print(call("confirm", {"number": order}))\n')
    return tmp_path


def script(folder: Path, text: str) -> list[str]:
    file = folder / "own.py"
    file.write_text(CLIENT + text)
    return [sys.executable, str(file)]


def watch(
    *options: str, command: list[str], name: str = "omni-orders"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RETAILSPEC, "watch", name, *options, "--", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_sound_client_conforms_and_its_output_passes_through(folder: Path) -> None:
    """Status 0, every rule with its calls, and what the client printed, untouched."""
    command = script(
        folder,
        'print("out", call("confirm", {"number": order}))\n'
        'print("err", call("paid", {"order": order}), file=sys.stderr)\n'
        'print(call("cancel", {"order": fresh()}))\n',
    )
    ended = watch(command=command)
    assert ended.returncode == 0, ended
    assert "out 200\n200\n" in ended.stdout
    assert ended.stderr == "err 200\n"
    assert "  calls: 3 (1 cancel, 1 confirm, 1 paid)\n" in ended.stdout
    assert "  never called: complete\n" in ended.stdout
    assert re.search(r"held       client.https +3 calls\n", ended.stdout)
    assert "handed to the command: RETAILSPEC_BASE_URL, " in ended.stdout
    assert ended.stdout.endswith("the client: conforms, as far as it was judged\n")


def test_broken_client_is_told_which_rule_and_which_request(folder: Path) -> None:
    """Status 1, the rule, the request as received, no secret; a should only under --strict."""
    command = script(folder, 'call("confirm", {"order": order}); print(token); sys.exit(7)\n')
    ended = watch(command=command)
    assert ended.returncode == 1
    assert "BROKEN omni-orders/client.schema (must)" in ended.stdout
    assert "/api/store/orders/confirm -H 'Accept-Encoding: identity'" in ended.stdout
    assert '-H "Authorization: token $OMNI_ORDERS_TOKEN"' in ended.stdout
    assert "  note: the command ended with exit status 7\n" in ended.stdout
    (token,) = [line for line in ended.stdout.splitlines() if len(line) == 32 and line.isalnum()]
    assert ended.stdout.count(token) == 1


def test_calls_over_plain_http_are_seen(folder: Path) -> None:
    """The downgrade of a client that turned TLS off is an advisory, and fails when strict."""
    text = 'base = os.environ["RETAILSPEC_HTTP_URL"]; print(call("confirm", {"number": order}))\n'
    command = script(folder, text)
    ended = watch(command=command)
    assert (ended.returncode, "\n403\n" in ended.stdout) == (0, True)
    assert "ADVISORY omni-orders/client.https (should)" in ended.stdout
    assert watch("--strict", command=command).returncode == 1


def test_without_tls_the_scheme_is_not_judged() -> None:
    """--no-tls gives a plain base URL, names no certificate, and asks for no HTTPS."""
    ended = watch("--no-tls", command=[sys.executable, "client.py"])
    assert ended.returncode == 0
    assert "omni-orders at http://127.0.0.1:" in ended.stdout
    assert "client.https" not in ended.stdout
    assert "RETAILSPEC_CA_FILE" not in ended.stdout


def test_client_that_never_calls_is_not_judged() -> None:
    """Status 3, and one line that says so."""
    ended = watch(command=[sys.executable, "-c", "pass"])
    assert ended.returncode == 3
    assert "  note: the client never called https://127.0.0.1:" in ended.stdout
    assert ended.stdout.endswith("omni-orders, the client: nothing could be judged\n")


@pytest.mark.parametrize(
    ("options", "command", "told"),
    [
        ([], ["./no-such-client"], "./no-such-client: no such command"),
        ([], [], "watch: which command? Write it after --, as: watch NAME -- ./my-client"),
        (["--scenario", "buzy"], ["true"], "has no such scenario. Did you mean busy? (one of: "),
        (["--record", "no/such/folder"], ["true"], "--record no/such/folder: cannot be written"),
    ],
)
def test_wrong_input_is_one_line(options: list[str], command: list[str], told: str) -> None:
    """Status 2, what is wrong, and nothing else."""
    ended = watch(*options, command=command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("retailspec: ")
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_unknown_contract_suggests_the_nearest() -> None:
    """As every command does."""
    ended = watch(command=["true"], name="omni-order")
    assert ended.returncode == 2
    assert "Did you mean omni-orders?" in ended.stderr


PRINT = "import json, sys; print(json.dumps(sys.argv[1:]))"


def test_placeholders_are_filled_in_and_other_braces_stay() -> None:
    """Addresses, credentials and fixtures have one value, a supply a fresh one each time."""
    words = ["{base_url}/x", "{http_url}", "{ca_file}", "a{token}b", "{order}{order}", "{order}"]
    kept = ['{"order": "{foreign_order}"}', "{nothing}", "{}", "{{order", "{ order }", "{Order}"]
    ended = watch(command=[sys.executable, "-c", PRINT, *words, *kept])
    got = json.loads(next(line for line in ended.stdout.splitlines() if line.startswith("[")))
    assert got[0].startswith("https://127.0.0.1:")
    assert got[1].startswith("http://127.0.0.1:")
    assert got[2].endswith("ca.pem")
    assert len(got[3]) == 34
    assert len({got[4][:8], got[4][8:], got[5]}) == 3
    assert "{foreign_order}" not in got[6]
    assert got[7:] == kept[1:]


def test_environment_has_what_the_server_knows() -> None:
    """Addresses, certificates for the usual tools, credentials, fixtures, and no proxy."""
    text = "import json, os; print(json.dumps(dict(os.environ)))"
    ended = watch(command=[sys.executable, "-c", text], name="sirclo-inventory")
    got = json.loads(next(line for line in ended.stdout.splitlines() if line.startswith("{")))
    assert got["RETAILSPEC_BASE_URL"].startswith("https://127.0.0.1:")
    assert got["RETAILSPEC_HTTP_URL"].startswith("http://127.0.0.1:")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        assert got[name] == got["RETAILSPEC_CA_FILE"]
    assert {"SIRCLO_INVENTORY_SECRET", "SIRCLO_INVENTORY_PARTNER_ID"} <= got.keys()
    assert got["RETAILSPEC_FIXTURE_SKU"] == "sku1"
    assert "127.0.0.1" in got["NO_PROXY"]


def test_hanging_command_is_stopped_with_all_it_started(folder: Path) -> None:
    """--timeout ends it, what it started, and still gives the verdict."""
    text = 'call("confirm", {"number": order})\nimport subprocess, time\n'
    text += 'child = subprocess.Popen(["sleep", "60"]); print("pid", child.pid, flush=True)\n'
    command = script(folder, text + "time.sleep(60)\n")
    ended = watch("--timeout", "1.5", command=command)
    assert ended.returncode == 0
    assert "note: the command was stopped: it took longer than 1.5 s" in ended.stdout
    assert "calls: 1 (1 confirm)" in ended.stdout
    pid = next(int(line[4:]) for line in ended.stdout.splitlines() if line.startswith("pid "))
    assert gone(pid)


def gone(pid: int) -> bool:
    """Tell whether a process has ended, reaped or not, or does within a while."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2]
            if state.split()[0] == "Z":
                return True
        time.sleep(0.05)
    return False


STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", call("confirm", {"number": order}), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_even_a_stubborn_command_and_gives_the_verdict(
    folder: Path, number: int
) -> None:
    """Ctrl-C is passed on; what does not heed it is killed; the verdict comes all the same."""
    command = script(folder, STUBBORN)
    with subprocess.Popen(
        [*RETAILSPEC, "watch", "omni-orders", "--", *command], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any("ready" in line for line in lines)
        process.send_signal(number)
        rest = "".join(lines)
        assert process.wait(timeout=120) == 0
    assert "the command was stopped: by SIG" in rest
    assert rest.endswith("the client: conforms, as far as it was judged\n")


def test_recorded_file_is_valid_and_complete(folder: Path) -> None:
    """Each call is a line, the credential a placeholder, and the verdict says how many."""
    ended = watch("--record", "calls.ndjson", command=[sys.executable, "client.py"])
    assert ended.returncode == 0
    (line,) = (folder / "calls.ndjson").read_bytes().splitlines()
    exchange = exchange_of(read_line(line))
    assert exchange.request.header("Authorization") == "token ${token}"
    assert exchange.status == 200
    assert "  note: 1 exchange in calls.ndjson\n" in ended.stdout


def test_scenario_shows_what_the_client_did(folder: Path) -> None:
    """A client that calls again at once is told what it was asked."""
    command = script(folder, 'print([call("confirm", {"number": order}) for _ in range(2)])\n')
    ended = watch("--scenario", "busy", command=command)
    assert "[429, 429]" in ended.stdout
    assert "note: scenario busy: confirm: got 429 twice; called again after 0." in ended.stdout
    assert "though Retry-After said 1" in ended.stdout


@pytest.fixture
def served() -> Iterator[subprocess.Popen[str]]:
    arguments = [*RETAILSPEC, "serve", "omni-orders", "--tls", "--judge"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_serve_judges_until_it_is_interrupted(served: subprocess.Popen[str]) -> None:
    """The same verdict and status at the end of `serve --judge`."""
    assert served.stdout is not None
    told = []
    for line in iter(served.stdout.readline, ""):
        told.append(line)
        if "Ctrl-C" in line:
            break
    url = told[0].split()[-1]
    file = next(line.split()[-1] for line in told if line.startswith("its certificates:"))
    token = next(line.strip().partition("=")[2] for line in told if "OMNI_ORDERS_TOKEN=" in line)
    environment = {"RETAILSPEC_BASE_URL": url, "SSL_CERT_FILE": file, "OMNI_ORDERS_TOKEN": token}
    environment["RETAILSPEC_FRESH_ORDER"] = ""
    subprocess.run(
        [sys.executable, "client.py"], env={**os.environ, **environment}, check=True, timeout=30
    )
    served.send_signal(signal.SIGINT)
    rest = served.stdout.read()
    assert served.wait(timeout=120) == 1
    assert "BROKEN omni-orders/client.schema (must)" in rest


@pytest.mark.parametrize("option", [["--strict"], ["--scenario", "busy"], ["--record", "x"]])
def test_serve_takes_options_of_judging_only_with_judge(option: list[str]) -> None:
    """What would have no effect is refused."""
    ended = subprocess.run(
        [*RETAILSPEC, "serve", "omni-orders", *option],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == f"retailspec: {option[0]}: goes with --judge, which is missing\n"
