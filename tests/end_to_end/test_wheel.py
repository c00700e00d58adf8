"""The wheel, installed somewhere else, does what the clone does."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
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


def build_archive(kind: str, folder: Path) -> None:
    """Build the working tree's wheel or sdist into a folder, without any network."""
    words = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from the working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build_archive("wheel", folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, its dependencies borrowed from this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    words = ["-q", "--no-deps", "--no-index", "--disable-pip-version-check", "--target", str(site)]
    command = [sys.executable, "-m", "pip", "install", *words, str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
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


DIST_INFO = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
IN_WHEEL = (
    r"retailspec/(\w+/)*\w+\.py",
    r"retailspec/py\.typed",
    r"retailspec/data/openapi/[a-z-]+\.yaml",
    r"retailspec/data/schemas/[a-z-]+/[a-z.-]+\.json",
    r"retailspec/data/rules/([a-z-]+\.yaml|rules\.schema\.json|signatures/[a-z-]+\.json)",
    r"retailspec/\w+/\w+\.schema\.json",
    r"retailspec/export/(judge\.mjs|vectors\.md|javascript/([a-z-]+/)?[a-z-]+\.js)",
    r"retailspec/layers/schemathesis\.yaml",
    r"retailspec/report/templates/report\.(css|html\.j2|js)",
)
"""All kinds of files that the wheel may hold."""

IN_SDIST = (
    r"(ARCHITECTURE|CHANGELOG|README)\.md|LICENSE|PKG-INFO|pyproject\.toml|constraints\.txt",
    r"\.gitignore",
    r"(openapi|rules|schemas)/([a-z-]+/)?[a-z.-]+\.(yaml|json)",
    r"docs/([a-z-]+/)*[\w.-]+\.(md|py)",
    r"(benchmarks|examples)/[\w.-]+\.(py|mjs|toml|yml|yaml)",
    r"src/retailspec/.*",
    r"tests/([\w-]+/)*[\w.-]+\.(py|txt|json|yaml|mjs|cjs|js|ts)",
)
"""All kinds of files that the source distribution may hold."""


def _data(folder: Path) -> set[str]:
    """Return the files of a folder of the clone that are no Python, by their paths in it."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """Every file is of a kind that belongs there, and has no path of the machine that built it."""
    archive = zipfile.ZipFile(wheel)
    for name in archive.namelist():
        folder, _, rest = name.partition("/")
        known = rest in DIST_INFO if folder.endswith(".dist-info") else _matches(IN_WHEEL, name)
        assert known, name
        _check_text(name, archive.read(name))


def test_wheel_holds_all_data_of_the_clone(wheel: Path) -> None:
    """Templates, schemas, scripts, contracts: every one that the clone has."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {f"retailspec/{one}" for one in _data(ROOT / "src" / "retailspec")} <= inside
    for folder in ("openapi", "schemas", "rules"):
        assert {f"retailspec/data/{folder}/{one}" for one in _data(ROOT / folder)} <= inside
    modules = {str(one.relative_to(ROOT / "src")) for one in (ROOT / "src").rglob("*.py")}
    assert modules <= inside


def test_sdist_holds_nothing_else(tmp_path: Path) -> None:
    """The source distribution has the project's own files: no caches, no packages, no reports."""
    build_archive("sdist", tmp_path / "out")
    (file,) = (tmp_path / "out").iterdir()
    with tarfile.open(file) as archive:
        for member in archive:
            name = member.name.partition("/")[2]
            assert member.isfile(), name
            assert _matches(IN_SDIST, name), name
            assert "__pycache__" not in name
            stream = archive.extractfile(member)
            assert stream is not None
            _check_text(name, stream.read())


def _matches(patterns: tuple[str, ...], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def _check_text(name: str, data: bytes) -> None:
    assert str(ROOT).encode() + b"/" not in data, name
    assert str(Path.home()).encode() + b"/" not in data, name


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
