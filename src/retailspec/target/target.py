"""A target, ready to be checked."""

from __future__ import annotations

import dataclasses
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from retailspec.contract.load import nearest
from retailspec.errors import UsageError
from retailspec.secrets import Secrets
from retailspec.target.config import TargetConfig, credentials_of, trust
from retailspec.target.forms import http_url
from retailspec.target.supplies import http_supply, supply_of, target_call
from retailspec.target.supply import HttpSupply, Pool
from retailspec.values import placeholders
from retailspec.wire import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from retailspec.contract.model import Call, Contract
    from retailspec.wire import Carry

__all__ = ["Target", "Verify", "http_supply", "make_target", "production_reason", "target_call"]

Verify = ssl.SSLContext | bool


@dataclass
class Target:
    """What one run checks.

    Args:
        contract: The contract, with the target's own paths and methods.
        base_url: Where the API is, without a slash at the end.
        secrets: Its credentials.
        fixtures: What it knows, the contract's defaults included.
        config: The settings of its table.
        pools: Per supply, where fresh entries come from.
        verify: How its certificate is verified.
        embedded: Whether it is the reference server that the run started itself.
        carry: What carries requests in place of the network, where there is no server.
        given: The address exactly as it was given, a slash at the end included.
    """

    contract: Contract
    base_url: str
    secrets: Secrets
    fixtures: Mapping[str, Any]
    config: TargetConfig
    pools: dict[str, Pool] = field(default_factory=dict)
    verify: Verify = True
    embedded: bool = False
    carry: Carry | None = None
    given: str = ""

    def __post_init__(self) -> None:
        self.pace = Pace(self.config.rate)

    def pace_of(self, url: str) -> Pace:
        """Return the pace of calls to an address: the target's own where it is on its host."""
        own = {urlsplit(one).hostname for one in (self.base_url, self.http_url) if one}
        return self.pace if urlsplit(url).hostname in own else Pace(None)

    @property
    def address(self) -> str:
        """Where the API is, exactly as it was given."""
        return self.given or self.base_url

    @property
    def http_url(self) -> str | None:
        """The address of the API over plain HTTP, where the target has one."""
        return None if self.config.http_url is None else self.config.http_url.rstrip("/")

    @property
    def production(self) -> str | None:
        """Why this is a production system, or None where it is none."""
        return production_reason(self.contract, self.config, self.base_url)

    def give_back(self, borrowed: Iterable[tuple[str, str]]) -> None:
        """Put what was borrowed and not changed back: the supplies' names and the entries."""
        for supply, entry in borrowed:
            self.pools[supply].give_back(entry)

    def close(self) -> None:
        """Close what the supplies hold open."""
        for pool in self.pools.values():
            if isinstance(pool.supply, HttpSupply):
                pool.supply.close()


@lru_cache(maxsize=1)
def _usual_trust() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def production_reason(contract: Contract, config: TargetConfig, address: str) -> str | None:
    """Return why an address is that of a production system, or None where it is none."""
    for one in (address, config.http_url or ""):
        host = _host(one)
        if host in contract.production:
            return f"{host} is the production host that the document prints"
    return "its target file says production = true" if config.production else None


def _host(address: str) -> str:
    """Return the host of an address as it is looked up, or "" where it is none."""
    try:
        host = httpx.URL(address).raw_host.decode("ascii")
    except (httpx.InvalidURL, ValueError):
        return ""
    return host.lower().rstrip(".")


def make_target(
    contract: Contract,
    config: TargetConfig,
    where: str,
    *,
    base_url: str | None = None,
    secrets: Secrets | None = None,
    fresh: Mapping[str, Callable[[], str | None]] | None = None,
    embedded: bool = False,
) -> Target:
    """Return a target for a contract.

    Args:
        contract: The contract to check.
        config: The target's settings.
        where: How error messages name the place of those settings.
        base_url: The address that wins over the one in the settings.
        secrets: Credentials that do not come from the environment.
        fresh: Per supply, a function that makes fresh entries, where the settings name none.
        embedded: Whether the run started this server itself.

    Raises:
        UsageError: Something that the contract needs is missing or wrong.
        SupplyError: A supply is empty.
    """
    address = base_url or config.base_url
    if address is None:
        raise UsageError(f"{where} base_url: is missing; give it there or as --base-url URL")
    try:
        http_url(address)
    except ValueError as error:
        shown = "" if "@" in address else f" {address}"
        raise UsageError(f"--base-url{shown}: {error}") from None
    _require_fixtures(contract, config, where)
    if secrets is None:
        secrets = Secrets(*credentials_of(config, contract, where))
    _require_credentials(contract, config, secrets, where)
    verify = _usual_trust() if config.ca_file is None else trust(config.ca_file, where)
    target = Target(
        contract=_as_configured(contract, config),
        base_url=address.rstrip("/"),
        secrets=secrets,
        fixtures={
            **{
                name: spec.default
                for name, spec in contract.fixtures.items()
                if spec.default is not None
            },
            **config.fixtures,
        },
        config=config,
        verify=verify,
        embedded=embedded,
        given=address,
    )
    for name, spec in contract.supplies.items():
        supply = supply_of(target, name, where, (fresh or {}).get(name))
        if supply is not None:
            target.pools[name] = Pool(supply)
        elif spec.required:
            raise UsageError(
                f"{where} supply.{name}: is missing ({spec.says}); "
                "give numbers, file, command or http"
            )
    return target


def _require_fixtures(contract: Contract, config: TargetConfig, where: str) -> None:
    for name, spec in contract.fixtures.items():
        if spec.required and not config.fixtures.keys() & {name, spec.unless}:
            missing = f"{name}: is missing ({spec.says}"
            missing += f"; {spec.unless} does too)" if spec.unless else ")"
            raise UsageError(
                f"{where} fixtures.{missing}; "
                f"`retailspec target {contract.name}` writes a commented file"
            )


def _require_credentials(
    contract: Contract, config: TargetConfig, secrets: Secrets, where: str
) -> None:
    templates = _authorization(contract, config)
    if config.authorization and contract.credentials and not placeholders(dict(templates)):
        example = next(iter(contract.credentials))
        raise UsageError(
            f"{where} authorization: names no credential, as ${{{example}}} would; "
            "a literal secret does not belong into a file"
        )
    for header, template in templates.items():
        for name in sorted(placeholders(template)):
            place = f"{where} authorization.{header}"
            if name not in contract.credentials:
                known = list(contract.credentials)
                raise UsageError(
                    f"{place}: {contract.name} knows no credential {name}.{nearest(name, known)} "
                    f"(one of: {', '.join(known)})"
                )
            if name not in secrets.values:
                raise UsageError(
                    f"{where} credentials.{name}: is missing ({contract.credentials[name].says}), "
                    f'and the header {header} is made with it; write {name} = "env:NAME", or '
                    f"give the header's own form as authorization.{header}"
                )


def _as_configured(contract: Contract, config: TargetConfig) -> Contract:
    known = {name for name, spec in contract.fixtures.items() if spec.default is not None}
    return _configured(
        contract,
        tuple(config.paths.items()),
        tuple(config.methods.items()),
        tuple(_authorization(contract, config).items()),
        frozenset(contract.fixtures.keys() - known - config.fixtures.keys()),
    )


@lru_cache(maxsize=16)
def _configured(
    contract: Contract,
    paths: tuple[tuple[str, str], ...],
    methods: tuple[tuple[str, str], ...],
    authorization: tuple[tuple[str, str], ...],
    unnamed: frozenset[str],
) -> Contract:
    """Return a contract with a target's paths, methods, authorization and bodies.

    Targets that are configured alike share it, and with it what is worked out for a contract once.
    """
    path_of, method_of = dict(paths), dict(methods)
    operations = {
        name: dataclasses.replace(
            operation,
            path=path_of.get(name, operation.path),
            method=method_of.get(name, operation.method),
        )
        for name, operation in contract.operations.items()
        if name in path_of or not operation.optional
    }
    calls = {
        name: dataclasses.replace(call, body=_fillable(call, unnamed))
        for name, call in contract.calls.items()
    }
    return dataclasses.replace(
        contract, operations=operations, calls=calls, authorization=dict(authorization)
    )


def _authorization(contract: Contract, config: TargetConfig) -> Mapping[str, str]:
    return contract.authorization if config.authorization is None else config.authorization


def _fillable(call: Call, unnamed: AbstractSet[str]) -> Any:
    """Return the first of a call's bodies that uses none of the fixtures that are not named."""
    for body in (call.body, *call.otherwise):
        if not placeholders(body) & unnamed:
            return body
    return call.body
