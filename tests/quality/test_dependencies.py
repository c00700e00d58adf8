"""Dependencies: bounded in pyproject.toml, pinned in constraints.txt for the project's own CI."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.markers import Marker

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = ROOT / "constraints.txt"


def declared() -> dict[str, list[Requirement]]:
    """Return what pyproject.toml requires: to run, in each extra, to build."""
    project = PROJECT["project"]
    groups = {"run": project["dependencies"], **project["optional-dependencies"]}
    groups["build"] = PROJECT["build-system"]["requires"]
    return {name: [Requirement(one) for one in texts] for name, texts in groups.items()}


def locked() -> dict[str, Version]:
    """Return the version of each package that is pinned for this Python."""
    pins: dict[str, Version] = {}
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            requirement = Requirement(line)
            (pin,) = requirement.specifier
            assert pin.operator == "==", line
            if requirement.marker is None or requirement.marker.evaluate():
                name = canonicalize_name(requirement.name)
                assert name not in pins, line
                pins[name] = Version(pin.version)
    return pins


def wanted(requirement: Requirement) -> Iterator[Requirement]:
    """Yield a requirement, and those of what is installed for it, each once."""
    seen: set[tuple[str, frozenset[str]]] = set()
    stack = [requirement]
    while stack:
        one = stack.pop()
        key = canonicalize_name(one.name), frozenset(one.extras)
        if key in seen:
            continue
        seen.add(key)
        yield one
        try:
            texts = distribution(one.name).requires or []
        except PackageNotFoundError:
            continue
        for text in texts:
            below = Requirement(text)
            if _applies(below.marker, one.extras):
                stack.append(below)


def _applies(marker: Marker | None, extras: set[str]) -> bool:
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in {"", *extras})


def test_every_requirement_is_bounded() -> None:
    """Each names the oldest version that it works with; what runs for users also the newest."""
    for group, requirements in declared().items():
        for one in requirements:
            operators = {specifier.operator for specifier in one.specifier}
            assert ">=" in operators, str(one)
            assert "<" in operators or group in {"test", "docs", "build"}, str(one)


def test_lock_has_all_that_is_required_within_its_bounds() -> None:
    """What pyproject.toml requires, and what that requires, is pinned to an allowed version."""
    pins = locked()
    groups = declared()
    for one in (*groups["run"], *groups["test"], *groups["schemathesis"], *groups["build"]):
        if not _applies(one.marker, set()):
            continue
        for below in wanted(one):
            name = canonicalize_name(below.name)
            assert name in pins, f"{below}, for {one}"
        assert one.specifier.contains(pins[canonicalize_name(one.name)], prereleases=True), str(one)


def test_installed_versions_keep_to_the_bounds() -> None:
    """What is installed is what pyproject.toml allows; under the constraints, what they pin."""
    groups = declared()
    constrained = os.environ.get("PIP_CONSTRAINT", "").endswith(LOCK.name)
    pins = locked()
    for one in (*groups["run"], *groups["test"]):
        if not _applies(one.marker, set()):
            continue
        version = Version(distribution(one.name).version)
        assert one.specifier.contains(version, prereleases=True), f"{one}: {version}"
        for below in wanted(one) if constrained else ():
            name = canonicalize_name(below.name)
            assert Version(distribution(name).version) == pins[name], name


def test_lock_names_versions_alone() -> None:
    """No index, no address, no folder, no option."""
    for line in LOCK.read_text(encoding="utf-8").splitlines():
        assert "://" not in line
        pinned = r"[a-z0-9][a-z0-9.\-]*==[0-9][0-9a-z.+]*( ; .+)?"
        assert line.startswith("#") or re.fullmatch(pinned, line), line
