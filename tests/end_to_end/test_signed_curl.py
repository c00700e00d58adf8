"""The curl lines of findings about signed calls, pasted into a shell, are taken by the server."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.checks import Options
from retailspec.contract import load_contract
from retailspec.contract.model import Case
from retailspec.findings import Finding, Verdict
from retailspec.reference import build
from retailspec.reference.serving import Served
from retailspec.report.record import result_record
from retailspec.runner import RuleResult, Run
from retailspec.secrets import Secrets, variable
from retailspec.target.embedded import settings_of
from retailspec.target.target import make_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.reference.base import Reference

for _tool in ("curl", "openssl", "bash"):
    if shutil.which(_tool) is None:
        pytest.skip(f"{_tool} is missing: apt-get install {_tool}", allow_module_level=True)

CALLS = [
    ("sirclo-inventory", "update", {}, "200"),
    ("sirclo-inventory", "update", {"change": {"/sku": "it's 5 % \u00e9 $x !"}}, "200"),
    ("sirclo-inventory", "history", {"query": {"updated_at": "2021-02-05T15:04:05+07:00"}}, "200"),
    ("sirclo-inventory", "update", {"sign": "original", "change": {"/sku": "x"}}, "401"),
    ("mipos-receiver", "deliver", {}, "204"),
]


@contextlib.contextmanager
def served(name: str, **options: str) -> Iterator[tuple[Reference, Run]]:
    """Serve a reference server, and yield it with a run against it as a target like any other."""
    reference = build(name)
    names = {one: variable(name, one) for one in reference.credentials}
    with Served(reference, tls=False) as running:
        config = settings_of(reference, running).model_copy(update={"options": options})
        secrets = Secrets(reference.credentials, names)
        run = Run(make_target(load_contract(name), config, "here:", secrets=secrets), Options())
        yield reference, run
        run.close()


def printed(run: Run, case: Case) -> str:
    """Return the line that a finding about a call would print."""
    exchange = run.call(case)
    rule = run.contract.rules["no-server-error"]
    result = RuleResult(rule, Verdict.BROKEN, (Finding(rule, "a", "b", exchange),))
    return str(result_record(result, run)["findings"][0]["curl"])


@pytest.mark.parametrize(("name", "call", "edits", "status"), CALLS)
def test_signed_line_can_be_pasted(
    name: str, call: str, edits: dict[str, Any], status: str
) -> None:
    """The line makes the signature from the environment, and holds no secret itself."""
    with served(name) as (reference, run):
        line = printed(run, Case(call, "", edits, {}))
        values = {variable(name, one): value for one, value in reference.credentials.items()}
        assert not any(value in line for value in values.values())
        done = subprocess.run(
            ["bash", "-c", line],
            env={**os.environ, "NO_PROXY": "*", **values},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stdout.split()[1] == status, line + done.stdout


@pytest.mark.parametrize("slash", ["never", "as-printed"])
def test_line_signs_paths_as_the_target_does(slash: str) -> None:
    """What is signed begins with a slash, or not, as the target file says."""
    with served("sirclo-inventory", leading_slash=slash) as (_, run):
        assert "printf %s 'v1/partner/inventory/updatestocks{" in printed(
            run, Case("update", "", {}, {})
        )


def test_a_wrong_signature_has_no_recipe() -> None:
    """A signature that was spoilt stands as a variable that the line does not set."""
    with served("sirclo-inventory") as (_, run):
        line = printed(run, Case("update", "", {"sign": "other-key"}, {}))
        assert line.startswith("curl ")
        assert '"secret: $SECRET"' in line
