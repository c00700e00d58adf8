"""The pytest plugin: inert beside somebody else's tests, and each of its options."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpcore  # noqa: F401 - what runs in this process load must not be loaded twice
import pytest

import retailspec.pytest_run  # noqa: F401 - as above
from retailspec.contract import load_contract
from retailspec.contract.locate import conformance_folder
from retailspec.reference import build
from retailspec.reference.serving import Served
from retailspec.target.embedded import settings_of
from retailspec.target.template import filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest_plugins = ["pytester"]

CONFORMANCE = str(conformance_folder())
TOKEN = "Kx71token-of-the-test"
QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:schemathesis")
INVENTORY = len([rule for rule in load_contract("omni-inventory").rules.values() if rule.judged])

STUB = """
[omni-orders]
credentials.token = "env:STUB_TOKEN"
supply.order.numbers = ["A1", "A2", "A3"]

[omni-inventory]
credentials.token = "env:STUB_TOKEN"
fixtures = {store_code = "Store1", variant_code = "BURGER01"}
"""


class Counting:
    """Answers everything the same, and counts the requests."""

    def __init__(self, status: bytes = b"404 Not Found") -> None:
        self.answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.count = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.count += 1
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    connection.recv(65536)
                    connection.sendall(self.answer)

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


@pytest.fixture
def stub(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    """A server that knows nothing, and a target file for it."""
    monkeypatch.setenv("STUB_TOKEN", TOKEN)
    pytester.path.joinpath("t.toml").write_text(STUB)
    made = Counting()
    yield made
    made.close()


@pytest.fixture
def inventory(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a healthy inventory server in this process, and a target file for it."""
    monkeypatch.setenv("OMNI_INVENTORY_TOKEN", TOKEN)
    reference = build("omni-inventory", https_only=True, credentials={"token": TOKEN})
    with Served(reference) as served:
        text = filled(load_contract("omni-inventory"), settings_of(reference, served))
        pytester.path.joinpath("t.toml").write_text(text)
        yield served.url


def check(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*QUIET, *arguments)


def at(url: str, *more: str, contract: str = "omni-inventory") -> tuple[str, ...]:
    return ("--base-url", url, "--contract", contract, "--target", "t.toml", *more)


OTHERS = """
    import pytest

    @pytest.fixture
    def subject():
        return "mine"

    def test_mine(subject):
        assert subject == "mine"

    def test_address(base_url):
        assert base_url in (None, "", "http://mine.example")

    class TestRule:
        def test_rule(self):
            pass
"""


@pytest.mark.parametrize("arguments", [(), ("--base-url", "http://mine.example")])
def test_inert_beside_other_tests(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """Somebody else's tests run as without the plugin, with --base-url too."""
    pytester.makepyfile(OTHERS)
    result = check(pytester, *arguments)
    result.assert_outcomes(passed=3)
    assert "retailspec" not in "".join(
        line for line in result.outlines if not line.startswith(("plugins:", "rootdir:"))
    )
    assert result.ret == 0


def test_inert_collection_is_the_same(pytester: pytest.Pytester) -> None:
    """What is collected, and in which order, is the same with the plugin and without."""
    pytester.makepyfile(OTHERS)
    with_it = check(pytester, "--collect-only", "-q").outlines
    without = pytester.runpytest_subprocess(*QUIET, "--collect-only", "-q", "-p", "no:retailspec")
    assert [line for line in with_it if "::" in line] == [
        line for line in without.outlines if "::" in line
    ]


def test_inert_loads_nothing(pytester: pytest.Pytester) -> None:
    """While it is inert, the plugin loads neither a server nor a client."""
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            loaded = {name for name in sys.modules if name.startswith("retailspec")}
            assert loaded <= {"retailspec", "retailspec.plugin"}
            assert not {"httpx", "starlette", "pydantic", "jsonschema"} & sys.modules.keys()
        """
    )
    pytester.runpytest_subprocess(*QUIET).assert_outcomes(passed=1)


def test_own_failures_and_summary_stay(pytester: pytest.Pytester) -> None:
    """A failure of somebody else's test is told as pytest tells it."""
    pytester.makepyfile("def test_it():\n    assert 1 == 2\n")
    result = check(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "FAILED *test_it*"])
    assert result.ret == 1


def test_contract_alone_checks_the_embedded_server(pytester: pytest.Pytester) -> None:
    """--contract without an address runs that contract against its reference server."""
    pytester.makepyfile("def test_mine():\n    assert False\n")
    result = check(pytester, "--contract", "omni-inventory")
    result.assert_outcomes(passed=INVENTORY)
    result.stdout.fnmatch_lines(
        [
            "omni-inventory: Omni store inventory (embedded server)",
            f"  rules: {INVENTORY} held",
            "  calls: *",
            "omni-inventory: conforms",
        ]
    )
    assert result.ret == 0


def test_base_url_checks_that_server(pytester: pytest.Pytester, inventory: str) -> None:
    """--base-url with --contract and --target holds every rule of a healthy server."""
    result = check(pytester, *at(inventory, "--strict"))
    result.assert_outcomes(passed=INVENTORY)
    result.stdout.fnmatch_lines([f"omni-inventory: Omni store inventory ({inventory})"])
    assert result.ret == 0
    assert TOKEN not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--contract", "omni-order"), "omni-order: no such contract. Did you mean omni-orders?*"),
        (
            ("--base-url", "http://127.0.0.1:9", "--target", "t.toml"),
            "--base-url: say with --contract NAME which contract is checked there *",
        ),
        (
            (
                *("--base-url", "http://127.0.0.1:9", "--target", "t.toml"),
                *("--contract", "omni-orders", "--contract", "omni-inventory"),
            ),
            "--base-url: say with --contract NAME which contract is checked there *",
        ),
        (("--contract", "omni-orders", "--depth", "deeper"), "--depth deeper: choose one of *"),
        (("--target", "none.toml"), "none.toml: cannot be read: No such file or directory"),
        (at("nonsense"), "--base-url nonsense: is no http:// or https:// address"),
        (at("http://127.0.0.1:9", contract="comestri-inventory"), "t.toml: has no table *"),
        (
            at("https://orders.upnormal.co.id", contract="omni-orders"),
            "https://orders.upnormal.co.id: refused without --allow-production: *",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    stub: Counting, arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in the options is one clear line, exit status 2, and nothing is sent."""
    status, told = ended(capsys, *arguments)
    assert status == 2
    pytest.LineMatcher(told).fnmatch_lines([f"retailspec: {line}"])
    assert len(told) == 1
    assert stub.count == 0


def ended(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    """Run pytest and return its exit status and the lines that it printed."""
    status = int(pytest.main([*QUIET, *arguments]))
    captured = capsys.readouterr()
    return status, [line for line in (captured.out + captured.err).splitlines() if line.strip()]


def test_nothing_answers_is_status_3(stub: Counting, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing answers, that is told at once, in one line, with status 3."""
    url = stub.url.rpartition(":")[0] + ":9"
    status, told = ended(capsys, *at(url))
    assert status == 3
    assert told == [f"retailspec: nothing answers at {url}: [Errno 111] Connection refused"]


def test_broken_must_is_status_1(pytester: pytest.Pytester, stub: Counting) -> None:
    """A server that knows nothing breaks musts; each is told once, with a curl line."""
    result = check(pytester, *at(stub.url, "-k", "update.ok"))
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "BROKEN omni-inventory/update.ok (must)",
            "  the document: *",
            "  where:        *",
            "  expected:     status 200",
            "  got:          status 404",
            "  call:         curl -i -X POST *",
            "omni-inventory: does not conform: *",
        ]
    )
    told = result.stdout.str()
    assert told.count("BROKEN omni-inventory/update.ok") == 1
    assert "Traceback" not in told
    assert TOKEN not in told
    assert "$STUB_TOKEN" in told


def test_selection_that_matches_nothing_is_status_2(
    pytester: pytest.Pytester, stub: Counting
) -> None:
    """-k that matches no rule is an error, and sends no call."""
    result = check(pytester, *at(stub.url, "-k", "no_such_rule"))
    assert result.ret == 2
    result.stdout.fnmatch_lines(["retailspec: the selection matches no rule; *"])


def test_first_failure_stops_the_run(pytester: pytest.Pytester, stub: Counting) -> None:
    """-x ends the run at the first broken rule."""
    result = check(pytester, *at(stub.url, "-x"))
    assert result.ret == 1
    assert result.parseoutcomes()["failed"] == 1


def test_last_failed_runs_those_alone(pytester: pytest.Pytester, stub: Counting) -> None:
    """--lf runs the rules that were broken the last time."""
    select = at(stub.url, "-k", "update.ok or auth.scheme or store_code.missing")
    first = pytester.runpytest_inprocess("-p", "no:randomly", *select).parseoutcomes()
    again = pytester.runpytest_inprocess("-p", "no:randomly", *select, "--lf").parseoutcomes()
    assert first["failed"] >= 2
    assert again["failed"] == first["failed"]
    assert "passed" not in again


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_order_is_fine(pytester: pytest.Pytester, seed: int) -> None:
    """In random order, the same rules are held."""
    result = pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", f"--randomly-seed={seed}", "--contract", "omni-inventory"
    )
    result.assert_outcomes(passed=INVENTORY)


def test_two_processes_share_the_work(pytester: pytest.Pytester) -> None:
    """With -n 2 a contract stays in one process, and the summary tells of all of them."""
    result = pytester.runpytest_subprocess(
        *QUIET, "-n", "2", "--contract", "omni-inventory", "--contract", "comestri-inventory"
    )
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines(
        [
            "omni-inventory: Omni store inventory (embedded server)",
            f"  rules: {INVENTORY} held",
            "  calls: *",
            "comestri-inventory: * (embedded server)",
            "  rules: *",
            "omni-inventory, comestri-inventory: all conform",
        ]
    )


def test_collect_only_lists_the_rules(pytester: pytest.Pytester, stub: Counting) -> None:
    """--collect-only names every rule and sends nothing."""
    result = check(pytester, *at(stub.url, "--collect-only", "-q"))
    listed = [line for line in result.outlines if "::test_rule[" in line]
    assert len(listed) == INVENTORY
    assert any(line.endswith("::test_rule[omni-inventory/update.ok]") for line in listed)
    assert stub.count == 0
    assert result.ret == 0


def test_plan_sends_nothing(pytester: pytest.Pytester, stub: Counting) -> None:
    """--plan tells calls, orders and what cannot be undone, and not one request is made."""
    result = check(pytester, *at(stub.url, "--plan", contract="omni-orders"))
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"omni-orders: the plan for {stub.url}; nothing was sent",
            "  * calls of confirm (POST /api/store/orders/confirm)",
            "  * calls in all",
            "  * 3 of supply.order spent * all there are, and too few",
            "  cannot be undone: a cancelled order stays cancelled*",
        ]
    )
    assert stub.count == 0


def test_plan_of_a_selection_is_its_own(pytester: pytest.Pytester, stub: Counting) -> None:
    """The plan is of the rules that are selected."""
    result = check(pytester, *at(stub.url, "--plan", "-k", "update.many"))
    result.stdout.fnmatch_lines(["  * 1 calls in all"])
    assert stub.count == 0


def test_strict_makes_an_advisory_fail(pytester: pytest.Pytester, stub: Counting) -> None:
    """A broken should is an advisory, and with --strict a failure."""
    select = at(stub.url, "-k", "flags.invalid or allow-header or auth.scheme")
    lax = check(pytester, *select)
    assert lax.ret in {0, 1}
    assert "auth.scheme (should)" in lax.stdout.str()
    assert lax.parseoutcomes().get("failed", 0) == 0
    for option in ("--strict", "--retailspec-strict"):
        strict = check(pytester, *select, option)
        assert strict.ret == 1
        assert strict.parseoutcomes()["failed"] >= 1


def test_junit_carries_the_rule(pytester: pytest.Pytester, stub: Counting, tmp_path: Path) -> None:
    """The JUnit report has each rule's id, level, place and verdict, and no secret."""
    file = tmp_path / "out.xml"
    check(pytester, *at(stub.url, "-k", "update.ok or auth.scheme", f"--junitxml={file}"))
    cases = {
        case.attrib["name"]: {
            one.attrib["name"]: one.attrib["value"] for one in case.iter("property")
        }
        for case in ET.parse(file).getroot().iter("testcase")  # noqa: S314 - our own file
    }
    case = cases["test_rule[omni-inventory/update.ok]"]
    assert case["rule"] == "omni-inventory/update.ok"
    assert case["level"] == "must"
    assert case["where"].startswith("B. Response")
    assert case["verdict"] == "broken"
    assert cases["test_rule[omni-inventory/auth.scheme]"]["verdict"] == "advisory"
    assert TOKEN not in file.read_text()


ORDERS_HOOK = """
    import httpx

    def retailspec_fresh_order(target, supply):
        assert (target, supply) == ("omni-orders", "order")
        return httpx.post("{url}/_control/orders", verify=False).json()["number"]
"""


def test_hook_makes_fresh_orders(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conftest.py that implements the hook is a supply like any other."""
    monkeypatch.setenv("OMNI_ORDERS_TOKEN", TOKEN)
    reference = build("omni-orders", credentials={"token": TOKEN})
    with Served(reference, tls=False) as served:
        pytester.makeconftest(ORDERS_HOOK.replace("{url}", served.url))
        result = check(
            pytester,
            *("--base-url", served.url, "--contract", "omni-orders", "--no-races"),
            *("-k", "confirm.from or order.number", "--depth", "transitions"),
        )
    assert result.ret == 0, result.stdout.str() + result.stderr.str()
    assert result.parseoutcomes()["passed"] == 8
    result.stdout.fnmatch_lines(["* orders spent"])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "the hook for a fresh order gave nothing"),
        ("raise KeyError('sandbox')", "the hook for a fresh order failed: KeyError: 'sandbox'"),
        ("return 'A'", None),
    ],
)
def test_hook_that_gives_nothing(
    pytester: pytest.Pytester, stub: Counting, body: str, told: str | None
) -> None:
    """A hook that fails, or gives nothing, is told in one line before a call is made."""
    pytester.makeconftest(f"def retailspec_fresh_order(target, supply):\n    {body}\n")
    text = STUB.replace('supply.order.numbers = ["A1", "A2", "A3"]', "")
    pytester.path.joinpath("t.toml").write_text(text)
    result = check(pytester, *at(stub.url, "-k", "confirm.from", contract="omni-orders"))
    output = result.stdout.str() + result.stderr.str()
    assert "INTERNALERROR" not in output
    if told is None:
        assert "the supply gave A twice; each entry is used once" in output
    else:
        assert result.ret == 2
        assert f"\nretailspec: {told}" in output


def test_supply_that_fails_is_told_once_by_two_workers(
    pytester: pytest.Pytester, stub: Counting
) -> None:
    """With -n 2 a broken supply ends the run with its line and status; no worker falls over it."""
    text = STUB.replace("numbers = [", "command = [").replace('"A1", "A2", "A3"', '"false"')
    pytester.path.joinpath("t.toml").write_text(text)
    result = pytester.runpytest_subprocess(
        *QUIET, "-n", "2", *at(stub.url, "-k", "confirm.from", contract="omni-orders")
    )
    assert result.ret == 2
    output = result.stdout.str()
    assert output.count("supply.order.command: the command ended with status 1") == 1
    assert "crashed" not in output
    assert "interrupted" not in output
    assert result.parseoutcomes()["skipped"] == 7


def test_hook_may_leave_arguments_out(
    pytester: pytest.Pytester, stub: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook takes the arguments that it wants; the one registered last is asked first."""
    pytester.makeconftest("def retailspec_fresh_order(target):\n    return 'C-' + target\n")
    pytester.makepyfile(other="def retailspec_fresh_order():\n    return None\n")
    text = STUB.replace('supply.order.numbers = ["A1", "A2", "A3"]', "")
    pytester.path.joinpath("t.toml").write_text(text)
    pytester.syspathinsert()
    select = at(stub.url, "-k", "number.wrong-key", contract="omni-orders")
    result = check(pytester, "-p", "other", *select)
    assert '"order":"C-omni-orders"' in result.stdout.str()


def test_ini_option_runs_all_embedded_servers(pytester: pytest.Pytester) -> None:
    """With `retailspec = true` in the configuration, the modules run without any option."""
    pytester.makeini("[pytest]\nretailspec = true\n")
    result = check(pytester, "-c", "tox.ini", CONFORMANCE, "-k", "omni-inventory and update.")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] == 6


def test_without_a_run_the_modules_are_empty(pytester: pytest.Pytester) -> None:
    """The conformance modules alone, with no option, run nothing and start nothing."""
    pytester.makeini("[pytest]\n")
    outcomes = check(pytester, "-c", "tox.ini", CONFORMANCE).parseoutcomes()
    assert not outcomes.keys() & {"passed", "failed", "errors"}
