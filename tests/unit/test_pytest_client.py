"""`pytest --client`: an item per rule for clients, and a command that is run once for all."""

from __future__ import annotations

import sys
from xml.etree import ElementTree as ET

import pytest

import retailspec.pytest_clients  # noqa: F401 - what runs in this process must not load it twice
from retailspec.contract import load_contract

pytest_plugins = ["pytester"]

QUIET = tuple(
    word
    for plugin in ("randomly", "cacheprovider", "schemathesis", "hypothesispytest")
    for word in ("-p", f"no:{plugin}")
)
RULES = len(load_contract("omni-orders").clients)

CLIENT = """
import json, os, sys, urllib.error, urllib.request
field, url = sys.argv[1], os.environ["RETAILSPEC_BASE_URL"]
if "plain" in sys.argv:
    url = os.environ["RETAILSPEC_HTTP_URL"]
label = {"Content-Type": "application/json",
         "Authorization": "token " + os.environ["OMNI_ORDERS_TOKEN"]}
body = json.dumps({field: os.environ["RETAILSPEC_FRESH_ORDER"]}).encode()
open("runs.txt", "a").write("run ")
try:
    urllib.request.urlopen(urllib.request.Request(url + "/api/store/orders/confirm", body, label))
except urllib.error.HTTPError:
    pass
"""


@pytest.fixture
def client(pytester: pytest.Pytester) -> str:
    """A command that makes one call; its argument is the field that it names the order with."""
    file = pytester.path / "client.py"
    file.write_text(CLIENT)
    return f"{sys.executable} {file}"


def run(pytester: pytest.Pytester, command: str, *options: str) -> pytest.RunResult:
    arguments = ["--client", command, "--contract", "omni-orders", *options]
    return pytester.runpytest(*QUIET, *arguments)


def test_each_rule_is_an_item_and_the_command_runs_once(
    pytester: pytest.Pytester, client: str
) -> None:
    """A sound client passes them all, and the verdict stands in the summary."""
    result = run(pytester, f"{client} number", "-v")
    assert result.ret == 0
    result.assert_outcomes(passed=RULES)
    assert (pytester.path / "runs.txt").read_text() == "run "
    result.stdout.fnmatch_lines(
        [
            "*test_rule?omni-orders/client.auth? PASSED*",
            "*= retailspec =*",
            "  calls: 1 (1 confirm)",
            "omni-orders, the client: conforms, as far as it was judged",
        ]
    )


def test_broken_rule_fails_with_its_finding(pytester: pytest.Pytester, client: str) -> None:
    """Only the rule that is broken fails; JUnit has the request; no stack trace anywhere."""
    result = run(pytester, f"{client} nummer", "--junitxml", "j.xml")
    assert result.ret == 1
    result.assert_outcomes(failed=1, passed=RULES - 2, skipped=1)
    result.stdout.fnmatch_lines(["BROKEN omni-orders/client.schema (must)", "  call: *nummer*"])
    assert "Traceback" not in result.stdout.str()
    cases = ET.parse("j.xml").iter("testcase")  # noqa: S314 - our own file
    case = next(one for one in cases if one.find("failure") is not None)
    assert "client.schema" in str(case.get("name"))
    failure = case.find("failure")
    assert failure is not None
    assert "nummer" in str(failure.text)


def test_advisory_passes_unless_strict(pytester: pytest.Pytester, client: str) -> None:
    """A should is told as an advisory, and fails under --strict."""
    result = run(pytester, f"{client} number plain")
    assert result.ret == 0
    assert "1 advisory" in result.stdout.str()
    strict = run(pytester, f"{client} number plain", "--retailspec-strict", "-k", "https")
    strict.assert_outcomes(failed=1, deselected=RULES - 1)


def test_client_that_never_calls_skips_every_rule(pytester: pytest.Pytester) -> None:
    """Nothing is judged, which is no success: status 3."""
    result = run(pytester, f"{sys.executable} -c pass", "-rs")
    assert result.ret == 3
    result.assert_outcomes(skipped=RULES)
    result.stdout.fnmatch_lines(["omni-orders, the client: nothing could be judged"])


def test_rules_can_be_selected(pytester: pytest.Pytester, client: str) -> None:
    """-k picks rules, and a selection of none is an error."""
    run(pytester, f"{client} number", "-k", "client.auth").assert_outcomes(
        passed=1, deselected=RULES - 1
    )
    result = run(pytester, f"{client} number", "-k", "nothing")
    assert result.ret == 2
    assert "the selection matches no rule for clients" in result.stdout.str()


def test_scenario_is_played(pytester: pytest.Pytester, client: str) -> None:
    """What the client did is in the summary."""
    result = run(pytester, f"{client} number", "--scenario", "flaky")
    assert "got 503 once, and was not called again" in result.stdout.str()


def test_command_that_fails_or_hangs_is_told(pytester: pytest.Pytester) -> None:
    """Its status, or that it was stopped."""
    result = run(pytester, f"{sys.executable} -c 'raise SystemExit(5)'")
    assert "the command ended with exit status 5 (pytest -s shows" in result.stdout.str()
    command = f"{sys.executable} -c 'import time; time.sleep(60)'"
    result = run(pytester, command, "--client-timeout", "0.3")
    assert "the command was stopped: it took longer than 0.3 s" in result.stdout.str()


def test_all_rules_stay_in_one_worker(pytester: pytest.Pytester, client: str) -> None:
    """Under xdist the command still runs once, and the verdict is told."""
    pytest.importorskip("xdist", reason="pip install 'retailspec[test]'")
    result = run(pytester, f"{client} number", "-n", "2", "-p", "xdist")
    assert result.ret == 0
    result.assert_outcomes(passed=RULES)
    assert (pytester.path / "runs.txt").read_text() == "run "
    result.stdout.fnmatch_lines(["  calls: 1 (1 confirm)"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--client", "./none", "--contract", "omni-orders"], "./none: no such command"),
        (["--client", "true"], "--client: name its contract with --contract (one of: "),
        (["--client", "", "--contract", "omni-orders"], "--client: which command?"),
        (["--client", "'", "--contract", "omni-orders"], "--client ': cannot be read: No closing"),
        (["--client", "true", "--contract", "omni-order"], "Did you mean omni-orders?"),
        (
            ["--client", "true", "--contract", "omni-orders", "--scenario", "slwo"],
            "Did you mean slow?",
        ),
        (
            ["--client", "true", "--contract", "omni-orders", "--plan"],
            "--client: does not go with --plan",
        ),
        (
            ["--client", "true", "--contract", "omni-orders", "--client-timeout", "soon"],
            "--client-timeout soon: is no number of seconds",
        ),
        (["--scenario", "slow"], "--scenario: goes with --client COMMAND, which is missing"),
    ],
)
def test_wrong_options_end_pytest(pytester: pytest.Pytester, options: list[str], told: str) -> None:
    """With status 2, and with what is wrong in one line."""
    with pytest.raises(pytest.exit.Exception) as ended:
        pytester.parseconfigure(*QUIET, *options)
    assert ended.value.returncode == 2
    assert told in ended.value.msg
    assert "\n" not in ended.value.msg


def test_wrong_option_is_one_line(pytester: pytest.Pytester) -> None:
    """Nothing else is printed, and no stack trace."""
    result = pytester.runpytest_subprocess(*QUIET, "--client", "true")
    lines = [line for line in result.stdout.lines + result.stderr.lines if line.strip()]
    assert (result.ret, len(lines)) == (2, 1)
    assert lines[0].startswith("retailspec: --client: name its contract")


def test_without_a_client_there_are_no_such_items(pytester: pytest.Pytester) -> None:
    """The check of a server has no item of a client's rule."""
    result = pytester.runpytest(*QUIET, "--contract", "omni-orders", "--collect-only", "-q")
    assert result.ret == 0
    assert "client.auth" not in result.stdout.str()
