"""The report's page in a real browser: filters, links, no script at all, and accessibility."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from retailspec.report.page import page

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit"))
from report_runs import hostile, report_of, spoilt  # noqa: E402 - from the folder just named

SCRIPT = Path(__file__).with_name("report_page.cjs")
PACKAGES = ("playwright-core", "axe-core")

Record = dict[str, Any]


def browser() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What the browser saw of the pages about a broken server and about a hostile one."""
    chromium = browser()
    if chromium is None:
        pytest.skip("chromium is not here: apt-get install -y chromium")
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here: apt-get install -y nodejs npm")
    missing = [name for name in PACKAGES if not (ROOT / "node_modules" / name).is_dir()]
    if missing:
        wanted = "playwright-core@1 axe-core@4"
        pytest.skip(f"{' and '.join(missing)} not here: npm install --no-save {wanted}")
    folder = tmp_path_factory.mktemp("pages")
    names = ("complete-skips-payment-of-new-orders", "canceled-with-one-l")
    broken = report_of("omni-orders", spoilt("omni-orders", *names), fixtures={})
    made = {"broken": broken, "hostile": report_of("omni-inventory", hostile())}
    for name, report in made.items():
        (folder / f"{name}.html").write_text(page(report), encoding="utf-8")
    done = subprocess.run(
        [node, str(SCRIPT), chromium, *(str(folder / f"{name}.html") for name in made)],
        env={**os.environ, "NODE_PATH": str(ROOT / "node_modules"), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    result: Record = json.loads(done.stdout)
    (contract,) = broken["contracts"]
    return {**result, "rules": contract["rules"]}


def test_filters(seen: Record) -> None:
    """The rules are filtered by verdict, level and words, and how many are left is said."""
    filtered, rules = seen["filtered"], seen["rules"]
    worst = [rule for rule in rules if rule["verdict"] == "broken"]
    assert filtered["all"] == len(rules)
    assert filtered["broken"] == len(worst)
    assert filtered["verdicts"] == ["broken"]
    assert filtered["said"] == f"{len(worst)} of {len(rules)} rules"
    assert filtered["text"] == 1
    assert filtered["none"] == 0


def test_links(seen: Record) -> None:
    """A link leads to its rule: to one that was filtered out, and by keyboard to a broken one."""
    assert seen["linked"]["row"] is True
    assert seen["linked"]["article"].startswith("rule-omni-orders-")
    assert seen["linked"]["seen"] is True


def test_expands(seen: Record) -> None:
    """An exchange is folded away, and opened by the keyboard."""
    assert seen["expanded"]["before"] is False
    assert seen["expanded"]["after"] is True
    assert seen["expanded"]["text"].startswith("POST https://")
    assert seen["copies"] > 1


def test_without_javascript(seen: Record) -> None:
    """Without JavaScript everything is there, and nothing that would not work."""
    silent = seen["silent"]
    assert silent["filter"] is False
    assert silent["copies"] == 0
    assert silent["rules"] == len(seen["rules"])
    assert (silent["before"], silent["after"]) == (False, True)


def test_no_script_from_data_and_no_network(seen: Record) -> None:
    """What a server answers never runs, nothing is fetched, and the page has no error."""
    assert seen["evil"] == "undefined"
    assert {url.split(":")[0] for url in seen["seen"]["requests"]} == {"file"}
    assert len(seen["seen"]["requests"]) == 3
    assert seen["seen"]["errors"] == []


def test_fits_and_prints(seen: Record) -> None:
    """No width of three makes the page scroll sideways, and it prints, without its controls."""
    assert seen["narrow"] == {"390": 390, "820": 820, "1440": 1440}
    assert seen["print"] == {"filter": False, "diagram": True}
    assert seen["pdf"] > 10_000


@pytest.mark.parametrize(
    ("name", "scheme"), [("broken", "light"), ("broken", "dark"), ("hostile", "light")]
)
def test_accessible(seen: Record, name: str, scheme: str) -> None:
    """axe-core finds nothing serious, with everything opened, light and dark."""
    found = seen["axe"][f"{name} {scheme}"]
    assert {"color-contrast", "heading-order", "td-headers-attr", "label"} <= {*found["passed"]}
    assert found["serious"] == []
    assert found["lesser"] == []
