"""The documentation builds, and what its pages tell a reader to type does what they say."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BLOCK = re.compile(
    r"^```(?:\{code-block\} )?(?P<language>\w+)\n"
    r"(?::caption: (?P<title>\S+)\n\n)?(?P<text>.*?)^```$",
    re.M | re.S,
)
PAGES = sorted(
    path.relative_to(DOCS).as_posix()
    for path in DOCS.rglob("*.md")
    if "```bash" in path.read_text(encoding="utf-8")
)


def blocks(page: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")))


def script_of(page: str) -> str:
    return "\n".join(block["text"] for block in blocks(page) if block["language"] == "bash")


def run(script: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a script in bash, job control on, and end whatever it left running."""
    tools = str(Path(sys.executable).parent)
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    environ |= {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), **more}
    end = "trap 'status=$?; jobs -p | xargs -r kill -9 2>/dev/null; exit \"$status\"' EXIT"
    text = f"set -eum\n{end}\n{script}"
    process = subprocess.Popen(
        ["bash", "-c", text],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        pytest.fail(f"it does not end:\n{output}")
    return subprocess.CompletedProcess([], process.returncode, output)


def lay_down(page: str, folder: Path) -> None:
    for block in blocks(page):
        if block["title"]:
            path = folder / block["title"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block["text"], encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_code_of_a_page_runs(page: str, tmp_path: Path) -> None:
    """Its files laid down, its commands end as the page says."""
    lay_down(page, tmp_path)
    done = run(script_of(page), tmp_path)
    assert done.returncode == 0, done.stdout


def test_every_page_with_commands_is_run() -> None:
    """There are such pages, and no block is in a language that would not be looked at."""
    assert len(PAGES) >= 8
    known = {"bash", "text", "toml", "yaml", "json", "python"}
    found = {block["language"] for path in DOCS.rglob("*.md") for block in blocks(str(path))}
    assert found <= known


def test_workflow_works(tmp_path: Path) -> None:
    """The steps of the workflow run one after the other, as the runner would run them."""
    page = "how-to/gate-ci.md"
    lay_down(page, tmp_path)
    workflow = yaml.safe_load((tmp_path / ".github/workflows/contract.yml").read_text())
    [job] = workflow["jobs"].values()
    steps = [step["run"] for step in job["steps"] if "run" in step]
    assert steps[0] == "pip install retailspec"
    environ = tmp_path / "environ"
    summary = tmp_path / "summary.md"
    loaded = 'set -a; . "$GITHUB_ENV"; set +a'
    script = f'touch "$GITHUB_ENV"\n{steps[1]}\n{loaded}\n{steps[2]}'
    done = run(
        script,
        tmp_path,
        GITHUB_ACTIONS="true",
        GITHUB_ENV=str(environ),
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert done.returncode == 0, done.stdout
    assert "omni-orders" in summary.read_text(encoding="utf-8")
    assert (tmp_path / "report" / "report.html").is_file()
    assert (tmp_path / "retailspec.sarif").is_file()


def test_vendor_of_the_page_is_a_contract(tmp_path: Path) -> None:
    """What the page on vendors lays down is listed with its rules."""
    page = "how-to/add-a-vendor.md"
    lay_down(page, tmp_path)
    done = run(script_of(page), tmp_path)
    assert "refuse.qty.missing" in done.stdout
    assert "client.auth" in done.stdout
    assert "[acme-stock.fixtures]" in (tmp_path / "target.toml").read_text(encoding="utf-8")


def test_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Every page is reached, every link leads somewhere, and the generated pages are there."""
    done = subprocess.run(
        [sys.executable, str(DOCS / "generate.py"), str(tmp_path / "site")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "contracts" / "omni-orders.html").read_text(encoding="utf-8")
    assert "Cancelled/paid" in page
    assert "client.lifecycle" in page
    commands = (tmp_path / "site" / "commands.html").read_text(encoding="utf-8")
    assert "--allow-production" in commands
