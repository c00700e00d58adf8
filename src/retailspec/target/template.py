"""Target files, written for a person to fill in, or filled in for a server that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from retailspec.secrets import variable
from retailspec.signers import SIGNING_OPTIONS
from retailspec.values import placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retailspec.contract.model import Contract
    from retailspec.target.config import HttpCall, TargetConfig

__all__ = ["filled", "template"]


def template(contract: Contract) -> str:
    """Return a commented target file for a contract, to be filled in."""
    return "\n".join(_template(contract)) + "\n"


def _template(contract: Contract) -> Iterator[str]:
    yield f"# How to check a {contract.title} API against the contract {contract.name}."
    yield "# Lines that begin with # are optional; what they set is then not judged, or as said."
    yield ""
    yield f"[{contract.name}]"
    yield 'base_url = "https://sandbox.example"   # --base-url wins over it'
    yield '# http_url = "http://sandbox.example"  # plain HTTP: unlocks the https rule'
    yield '# ca_file = "ca.pem"        # certificates to trust instead of the usual ones'
    yield "# patience = 10.0           # seconds to wait while busy, and for what comes later"
    yield "# timeout = 10.0            # seconds to wait for one answer"
    yield "# rate = 5.0                # requests per second at most"
    yield "# production = true         # refused without --allow-production"
    yield from _listening(contract)
    assumed = [op.id for op in contract.operations.values() if op.assumed or op.optional]
    for name in assumed:
        path = contract.operations[name].path
        yield f"# paths.{name} = {json.dumps(path)}   # where it differs, or exists at all"
        if contract.operations[name].assumed:
            yield f'# methods.{name} = "{contract.operations[name].method}"   # where it differs'
    for header, form in contract.authorization.items():
        yield f"# authorization.{header} = {json.dumps(form)}   # where the form differs"
    option = SIGNING_OPTIONS.get(contract.signing.get("scheme", ""))
    if option is not None:
        yield f"# options.{option}"
    if contract.credentials:
        yield ""
        yield f"[{contract.name}.credentials]   # the values come from the environment"
    named = placeholders(dict(contract.authorization))
    for name, credential in contract.credentials.items():
        mark = "" if credential.required or name in named else "# "
        yield f"# {credential.says}{_unlocks(credential.unlocks)}"
        yield f'{mark}{name} = "env:{variable(contract.name, name)}"'
    if contract.fixtures:
        yield ""
        yield f"[{contract.name}.fixtures]      # what the target knows"
    for name, fixture in contract.fixtures.items():
        instead = f"; {fixture.unless} does too" if fixture.unless else ""
        yield f"# {fixture.says}{instead}{_unlocks(fixture.unlocks)}"
        shown = fixture.example if fixture.example is not None else fixture.default
        mark = "" if fixture.required else "# "
        yield f"{mark}{name} = {_toml(shown if shown is not None else '')}"
    for name, supply in contract.supplies.items():
        yield ""
        yield f"[{contract.name}.supply.{name}]  # {supply.says}"
        yield "# exactly one of these four:"
        yield 'numbers = ["A1B2C3D4", "E5F6G7H8"]'
        yield '# file = "numbers.txt"               # one a line'
        yield '# command = ["./fresh-order"]        # prints one at each call'
        yield '# http = {method = "POST", url = "https://sandbox.example/new", pointer = "/number"}'
        yield "# timeout = 30.0                    # seconds that making one may take"
    yield from _triggers(contract)


def _listening(contract: Contract) -> Iterator[str]:
    if contract.triggers:
        yield '# webhook_url = "https://tunnel.example"   # where the target reaches this machine'
        yield '# options.listen = "127.0.0.1:9000"        # the address on it behind webhook_url'


def _triggers(contract: Contract) -> Iterator[str]:
    for name, trigger in contract.triggers.items():
        yield ""
        yield f"# [{contract.name}.trigger.{name}]  # {trigger.says}{_unlocks(trigger.unlocks)}"
        yield "# exactly one of these two:"
        yield '# command = ["./set-it-off"]'
        yield '# http = {method = "POST", url = "https://sandbox.example/set-it-off"}'


def _unlocks(rules: str) -> str:
    return f" (unlocks {rules})" if rules else ""


def filled(contract: Contract, config: TargetConfig) -> str:
    """Return a target file for a server whose settings are known; credentials stay `env:`."""
    lines = [f"[{contract.name}]", f"base_url = {_toml(config.base_url)}"]
    known = {"http_url": config.http_url, "ca_file": config.ca_file}
    lines += [f"{key} = {_toml(value)}" for key, value in known.items() if value is not None]
    lines += ["", f"[{contract.name}.credentials]"]
    lines += [f'{name} = "env:{variable(contract.name, name)}"' for name in contract.credentials]
    lines += ["", f"[{contract.name}.fixtures]"]
    lines += [f"{name} = {_toml(value)}" for name, value in config.fixtures.items()]
    for name, supply in config.supply.items():
        if supply.http is not None:
            lines += ["", f"[{contract.name}.supply.{name}]", f"http = {_call(supply.http)}"]
    for name, trigger in config.trigger.items():
        if trigger.http is not None:
            lines += ["", f"[{contract.name}.trigger.{name}]", f"http = {_call(trigger.http)}"]
    return "\n".join(lines) + "\n"


def _call(call: HttpCall) -> str:
    parts = {"method": call.method, "url": call.url}
    if call.pointer:
        parts["pointer"] = call.pointer
    return "{" + ", ".join(f"{name} = {_toml(value)}" for name, value in parts.items()) + "}"


def _toml(value: Any) -> str:
    """Return a TOML value; JSON's spelling of texts, numbers, booleans and lists is TOML's too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=True)
