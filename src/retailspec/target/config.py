"""The target file: what is checked, how to get in, and what it knows."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from retailspec.contract.load import names, nearest
from retailspec.errors import UsageError
from retailspec.files import read_bytes, read_toml
from retailspec.secrets import read_secret, variable
from retailspec.target import forms  # noqa: TC001 - pydantic reads the annotations
from retailspec.target.forms import http_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.contract.model import Contract

__all__ = ["SupplyConfig", "TargetConfig", "http_url", "read_target", "target_config"]

_LARGEST_BUNDLE = 10_000_000


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class HttpCall(_Strict):
    """An HTTP call that makes something: a fresh order, a stock movement."""

    url: forms.CallUrl
    method: str = Field(default="POST", pattern="^[A-Z]{1,20}$")
    pointer: str = ""
    headers: forms.Headers = Field(default_factory=dict)
    body: Any = None


Timeout = Annotated[float, Field(gt=0, le=600)]


class SupplyConfig(_Strict):
    """Where fresh entries come from; exactly one of the four ways.

    `timeout` is how many seconds a command or a call may take for one of them.
    """

    numbers: list[str] | None = None
    file: str | None = None
    command: str | list[str] | None = None
    http: HttpCall | None = None
    timeout: Timeout = 30.0

    @model_validator(mode="after")
    def _one_way(self) -> SupplyConfig:
        given = [
            name
            for name in ("numbers", "file", "command", "http")
            if getattr(self, name) is not None
        ]
        if len(given) != 1:
            said = "none" if not given else " and ".join(given)
            raise ValueError(f"wants exactly one of numbers, file, command, http; there is {said}")
        return self


class TriggerConfig(_Strict):
    """How to make the target do something of its own accord."""

    command: str | list[str] | None = None
    http: HttpCall | None = None
    timeout: Timeout = 30.0

    @model_validator(mode="after")
    def _one_way(self) -> TriggerConfig:
        if (self.command is None) == (self.http is None):
            raise ValueError("wants exactly one of command, http")
        return self


class TargetConfig(_Strict):
    """One table of a target file.

    Attributes:
        base_url: Where the API is; paths of the contract are appended.
        http_url: The same over plain HTTP, for the https rule.
        credentials: Credential name to `env:NAME`.
        authorization: Header name to template, where the target's form differs.
        fixtures: What the target knows, by the contract's names.
        supply: Per supply, where fresh entries come from.
        trigger: Per trigger, how to set it off.
        paths: Operation to path, where it differs.
        methods: Operation to method, where it differs.
        options: Settings that a signing scheme reads.
        ca_file: Certificates to trust instead of the usual ones.
        webhook_url: The address at which the target reaches this machine's listener.
        patience: Seconds to wait for what comes later, and for a busy target.
        timeout: Seconds to wait for one answer.
        rate: Requests per second at most; none means no limit.
        production: Whether this is a production system.
    """

    base_url: forms.HttpUrl | None = None
    http_url: forms.HttpUrl | None = None
    credentials: dict[str, str] = Field(default_factory=dict)
    authorization: dict[str, str] | None = None
    fixtures: dict[str, Any] = Field(default_factory=dict)
    supply: dict[str, SupplyConfig] = Field(default_factory=dict)
    trigger: dict[str, TriggerConfig] = Field(default_factory=dict)
    paths: dict[str, forms.UrlPath] = Field(default_factory=dict)
    methods: dict[str, Literal["GET", "POST", "PUT", "PATCH"]] = Field(default_factory=dict)
    options: dict[str, str] = Field(default_factory=dict)
    ca_file: str | None = None
    webhook_url: forms.HttpUrl | None = None
    patience: float = Field(default=10.0, ge=0, le=3600)
    timeout: Timeout = 10.0
    rate: float | None = Field(default=None, gt=0)
    production: bool = False


def read_target(path: Path, contracts: Mapping[str, Contract]) -> dict[str, TargetConfig]:
    """Return the tables of a target file, by contract.

    Args:
        path: The file.
        contracts: The contracts that are to be checked; their tables are read closely.

    Raises:
        UsageError: The file is missing, is no TOML, or holds what no contract knows.
    """
    tables = read_toml(path)
    known = names()
    for name in tables:
        if name not in known:
            raise UsageError(f"{path}: [{name}]: no such contract.{nearest(name, known)}")
    return {
        name: target_config(tables[name], contract, f"{path}: [{name}]", folder=path.parent)
        for name, contract in contracts.items()
        if name in tables
    }


def target_config(
    table: Any, contract: Contract, where: str, folder: Path | None = None
) -> TargetConfig:
    """Return one table, checked against what the contract knows.

    Raises:
        UsageError: A key is unknown or a value is wrong; says which, and the nearest valid name.
    """
    if not isinstance(table, dict):
        raise UsageError(f"{where}: is no table")
    try:
        config = TargetConfig.model_validate(table)
    except ValidationError as error:
        raise UsageError(f"{where} {_first(error, table)}") from None
    known = {
        "credentials": list(contract.credentials),
        "fixtures": list(contract.fixtures),
        "supply": list(contract.supplies),
        "trigger": list(contract.triggers),
        "paths": list(contract.operations),
        "methods": list(contract.operations),
    }
    for section, allowed in known.items():
        for key in getattr(config, section):
            if key not in allowed:
                raise UsageError(
                    f"{where} {section}.{key}: {contract.name} knows no such name."
                    f"{nearest(key, allowed)}{_choices(allowed)}"
                )
    for key, value in config.fixtures.items():
        spec = contract.fixtures[key]
        usual = spec.default if spec.example is None else spec.example
        if isinstance(usual, str) and not isinstance(value, str):
            raise UsageError(f"{where} fixtures.{key}: is no text; write it in quotation marks")
    if folder is not None:
        config = _anchored(config, folder)
    return config


def _anchored(config: TargetConfig, folder: Path) -> TargetConfig:
    changes: dict[str, Any] = {}
    if config.ca_file is not None:
        changes["ca_file"] = str(folder / config.ca_file)
    changes["supply"] = {
        name: supply
        if supply.file is None
        else supply.model_copy(update={"file": str(folder / supply.file)})
        for name, supply in config.supply.items()
    }
    return config.model_copy(update=changes)


def _choices(allowed: list[str]) -> str:
    return f" (one of: {', '.join(allowed)})" if allowed else " (there are none)"


def _first(error: ValidationError, table: dict[str, Any]) -> str:
    problems = error.errors()
    unknown = [one for one in problems if one["type"] == "extra_forbidden"]
    problem = (unknown or problems)[0]
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        holder: type[BaseModel] = TargetConfig
        if len(problem["loc"]) > 1:
            holder = SupplyConfig if problem["loc"][0] == "supply" else TriggerConfig
            holder = HttpCall if "http" in problem["loc"] else holder
        allowed = list(holder.model_fields)
        last = str(problem["loc"][-1])
        return f"{place}: no such key.{nearest(last, allowed)}{_choices(allowed)}"
    del table
    message = problem["msg"].removeprefix("Value error, ").replace("valid dictionary", "table")
    return f"{place}: {message[:1].lower()}{message[1:]}"


def credentials_of(
    config: TargetConfig, contract: Contract, where: str, environ: Mapping[str, str] | None = None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the credentials' values and the environment variables that hold them.

    A required one that the settings do not name is looked for in the variable that
    `retailspec target` proposes, so that some targets need no file.

    Raises:
        UsageError: One is missing, is not `env:NAME`, or its variable is unset.
    """
    environ = os.environ if environ is None else environ
    values, variables = {}, {}
    for name, credential in contract.credentials.items():
        place = f"{where} credentials.{name}"
        usual = variable(contract.name, name)
        reference = config.credentials.get(name)
        if reference is None and credential.required and environ.get(usual):
            reference = f"env:{usual}"
        if reference is not None:
            variables[name], values[name] = read_secret(reference, place, environ)
        elif credential.required:
            raise UsageError(
                f"{place}: is missing ({credential.says}); set {usual} in the environment, "
                f'write {name} = "env:NAME", or start from `retailspec target {contract.name}`'
            )
    return values, variables


def trust(ca_file: str | None, where: str) -> ssl.SSLContext:
    """Return the TLS settings for a target: the usual certificates, or those of a file.

    Raises:
        UsageError: The file cannot be read or holds no certificate.
    """
    try:
        if ca_file is not None:
            read_bytes(Path(ca_file), _LARGEST_BUNDLE)
        return ssl.create_default_context(cafile=ca_file)
    except UsageError as error:
        raise UsageError(f"{where} ca_file: {error}") from None
    except OSError as error:
        problem = error.strerror or "it holds no certificate"
        raise UsageError(f"{where} ca_file: {ca_file} cannot be used: {problem}") from None
