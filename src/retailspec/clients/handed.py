"""What a client under watch is handed: addresses, credentials, fixtures and fresh entries."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

from retailspec.secrets import variable
from retailspec.target.config import HttpCall
from retailspec.target.target import http_supply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retailspec.contract.model import Contract
    from retailspec.reference.base import Reference
    from retailspec.reference.serving import Served

__all__ = ["Handed"]

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_TRUSTING = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_UNPROXIED = "127.0.0.1,localhost,::1"


class Handed:
    """What a command is handed, as placeholders in its words and in its environment.

    Args:
        contract: The contract.
        reference: Its reference server.
        served: That server, running.

    Attributes:
        values: Placeholder to value; those of supplies aside.
    """

    def __init__(self, contract: Contract, reference: Reference, served: Served) -> None:
        self._name = contract.name
        plain = served.plain_url or served.url
        self._supplies = {
            name: http_supply(
                HttpCall(method=way["method"], url=plain + way["path"], pointer=way["pointer"]),
                f"the stub's supply {name}",
                verify=True,
            )
            for name, way in reference.supplies().items()
        }
        self._making = {name: plain + way["path"] for name, way in reference.supplies().items()}
        defaults = {
            name: fixture.default
            for name, fixture in contract.fixtures.items()
            if fixture.default is not None
        }
        self._fixtures = {
            name: _text(value) for name, value in {**defaults, **reference.fixtures()}.items()
        }
        self._credentials = dict(reference.credentials)
        self._ca_file = "" if served.ca_file is None else str(served.ca_file)
        self._addresses = {"base_url": served.url, "http_url": plain}
        if self._ca_file:
            self._addresses["ca_file"] = self._ca_file
        self.values = {**self._fixtures, **self._credentials, **self._addresses}

    @property
    def placeholders(self) -> list[str]:
        """Every name that stands for something between braces."""
        return [*self.values, *(name for name in self._supplies if name not in self.values)]

    def words(self, command: Sequence[str]) -> list[str]:
        """Return a command with its placeholders filled in, each of a supply with a fresh entry.

        Raises:
            SupplyError: A fresh entry could not be made.
        """
        return [_PLACE.sub(self._fill, word) for word in command]

    def _fill(self, match: re.Match[str]) -> str:
        name = match[1]
        if name in self.values:
            return self.values[name]
        return self._supplies[name].take() if name in self._supplies else match[0]

    def environment(self) -> dict[str, str]:
        """Return the variables that the command gets beside those of this process.

        Raises:
            SupplyError: A fresh entry could not be made.
        """
        made = {f"RETAILSPEC_{name.upper()}": value for name, value in self._addresses.items()}
        if self._ca_file:
            made |= dict.fromkeys(_TRUSTING, self._ca_file)
        made |= {variable(self._name, name): value for name, value in self._credentials.items()}
        made |= {_fixture(name): value for name, value in self._fixtures.items()}
        for name, supply in self._supplies.items():
            made[_supply(name)] = supply.take()
            made[f"{_supply(name)}_URL"] = self._making[name]
        for name in ("NO_PROXY", "no_proxy"):  # a proxy does not reach this machine's loopback
            kept = os.environ.get(name)
            made[name] = f"{kept},{_UNPROXIED}" if kept else _UNPROXIED
        return made

    def close(self) -> None:
        """Close what fresh entries were made with."""
        for supply in self._supplies.values():
            supply.close()


def _fixture(name: str) -> str:
    return f"RETAILSPEC_FIXTURE_{name}".upper().replace("-", "_")


def _supply(name: str) -> str:
    return f"RETAILSPEC_FRESH_{name}".upper().replace("-", "_")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
