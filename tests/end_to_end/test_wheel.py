"""The wheel, installed somewhere else, does what the clone does."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from retailspec.contract import load_contract, names
from retailspec.reference import build
from retailspec.reference.serving import Served
from retailspec.secrets import variable
from retailspec.target.embedded import settings_of
from retailspec.target.template import filled

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, its dependencies borrowed from this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(site)]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True)
    return folder


def _run(installed: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(installed / "bin" / "python"), "-m", "retailspec", *words],
        cwd=installed,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_wheel_carries_the_contracts(wheel: Path) -> None:
    """Rules, schemas, OpenAPI documents and conformance tests are in it; other tests are not."""
    inside = zipfile.ZipFile(wheel).namelist()
    for name in names():
        assert f"retailspec/data/rules/{name}.yaml" in inside
        assert f"retailspec/data/openapi/{name}.yaml" in inside
    assert "retailspec/conformance/test_cases.py" in inside
    assert "retailspec/py.typed" in inside
    strange = [
        path for path in inside if not path.startswith("retailspec/") and ".dist-info/" not in path
    ]
    assert not strange
    assert not [path for path in inside if "/test_" in path and "/conformance/" not in path]


def test_installed_wheel_uses_its_own_files(installed: Path) -> None:
    """What runs there is the wheel, not the clone."""
    code = "from retailspec.contract.locate import conformance_folder; print(conformance_folder())"
    done = subprocess.run(
        [str(installed / "bin" / "python"), "-c", code],
        cwd=installed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_installed_wheel_checks_the_embedded_servers(installed: Path) -> None:
    """`retailspec check` conforms, for every contract, outside the clone."""
    done = _run(installed, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in names():
        assert f"{name}: " in done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path, dict[str, str]]]:
    """A server, its target file, and the variables that hold its credentials."""
    reference = build("omni-inventory", https_only=True)
    with Served(reference) as served:
        target = tmp_path / "target.toml"
        target.write_text(filled(load_contract("omni-inventory"), settings_of(reference, served)))
        secrets = {variable("omni-inventory", k): v for k, v in reference.credentials.items()}
        yield served.url, target, secrets


def test_installed_wheel_checks_a_server(
    installed: Path, server: tuple[str, Path, dict[str, str]]
) -> None:
    """`retailspec check --base-url` judges another server's rules, the https rule included."""
    url, target, secrets = server
    words = ["--base-url", url, "--contract", "omni-inventory", "--target", str(target), "-v"]
    done = _run(installed, "check", *words, **secrets)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not judged" not in done.stdout
    assert "omni-inventory/https] PASSED" in done.stdout
