"""What the consumers' tests share: where their tools are, exports, and servers to run against."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.contract import load_contract, names
from retailspec.export.formats import exported
from retailspec.reference.serving import Served
from retailspec.secrets import variable
from retailspec.target.embedded import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.reference.base import Reference
    from retailspec.target.config import TargetConfig

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "node_modules"
INSTALL = "npm install --no-save --no-package-lock"
PACKAGES = {
    "redocly": "@redocly/cli@2",
    "newman": "newman@6",
    "openapi-typescript": "openapi-typescript@7",
    "tsc": "typescript@5",
}
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def tool(name: str) -> str:
    """Return the path of a tool of npm's, or skip the test with the line that installs it."""
    local = MODULES / ".bin" / name
    found = str(local) if local.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not here: {INSTALL} {PACKAGES[name]}")
    return found


@cache
def _has_ajv(node: str) -> bool:
    done = subprocess.run(
        [node, "-e", 'require("ajv/dist/2020")'], cwd=ROOT, capture_output=True, check=False
    )
    return done.returncode == 0


def node_with_ajv() -> str:
    """Return the path of Node, or skip the test where it, or the module ajv, is missing."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here: apt-get install nodejs npm")
    if not _has_ajv(node):
        pytest.skip(f"the module ajv is not here: {INSTALL} ajv@8")
    return node


def ran(*command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a tool in the clone, and return what became of it."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **QUIET, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def write_export(folder: Path, form: str, contracts: list[str] | None = None) -> list[Path]:
    """Write an export below a folder, and return its files."""
    made = exported([load_contract(name) for name in contracts or names()], form, "yaml")
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in made]


@contextmanager
def served(reference: Reference) -> Iterator[tuple[Served, TargetConfig, dict[str, str]]]:
    """Serve a reference server over TLS and plain HTTP.

    Yields:
        The server, its settings, and a client's environment: certificates and credentials.
    """
    with Served(reference) as server:
        variables = {
            variable(reference.name, name): value for name, value in reference.credentials.items()
        }
        environ = {"NODE_EXTRA_CA_CERTS": str(server.ca_file), **variables}
        yield server, settings_of(reference, server), environ


def node_target(reference: Reference, settings: TargetConfig) -> str:
    """Return the target of run-vectors.mjs, as JSON."""
    supplies: dict[str, Any] = {}
    for name, way in settings.supply.items():
        assert way.http is not None
        supplies[name] = {
            "url": way.http.url,
            "method": way.http.method,
            "pointer": way.http.pointer,
        }
    return json.dumps(
        {
            "base_url": settings.base_url,
            "http_url": settings.http_url,
            "credentials": {name: variable(reference.name, name) for name in reference.credentials},
            "fixtures": settings.fixtures,
            "supplies": supplies,
        }
    )
