"""Deliveries whose signature is not the documented one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, ClassVar

from retailspec.faults.mipos_inventory.probes import delivered, variant
from retailspec.faults.model import fault
from retailspec.reference.mipos import MiposInventory
from retailspec.signing import hex_hmac

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.exchange import Request
    from retailspec.faults.probe import Probe

__all__: list[str] = []


def _genuine(probe: Probe, heard: list[Request]) -> Any:
    key = probe.credentials["client_secret"]
    return [one.header("X-Signature-Request") == hex_hmac(key, one.body) for one in heard]


class _Signs(MiposInventory):
    """Signs in its own way."""

    make: ClassVar[Callable[[dict[str, str], bytes], str]]

    def signature(self, body: bytes) -> str:
        return type(self).make(self.credentials, body)


def _digest(keys: dict[str, str], body: bytes) -> bytes:
    return hmac.digest(keys["client_secret"].encode(), body, hashlib.sha256)


def _again(body: bytes, **layout: Any) -> bytes:
    return json.dumps(json.loads(body), **layout).encode()


def _now(body: bytes) -> bytes:
    return str(json.loads(body)["now"]).encode()


for _name, _says, _make in (
    ("InCapitals", "is in capitals", lambda keys, body: _digest(keys, body).hex().upper()),
    ("InBase64", "is base64", lambda keys, body: base64.b64encode(_digest(keys, body)).decode()),
    ("Prefixed", "begins with sha256=", lambda keys, body: f"sha256={_digest(keys, body).hex()}"),
    ("Halved", "is cut to 32 letters", lambda keys, body: _digest(keys, body).hex()[:32]),
    (
        "OverCompactJson",
        "is made over the same JSON without blanks",
        lambda keys, body: _digest(keys, _again(body, separators=(",", ":"))).hex(),
    ),
    (
        "OverSortedJson",
        "is made over the same JSON with its fields in order",
        lambda keys, body: _digest(keys, _again(body, sort_keys=True)).hex(),
    ),
    (
        "OverALineMore",
        "is made over the body and a line end",
        lambda keys, body: _digest(keys, body + b"\n").hex(),
    ),
    (
        "OverTheTime",
        "is made over the field `now` alone",
        lambda keys, body: _digest(keys, _now(body)).hex(),
    ),
    ("WithTheToken", "is keyed with the token", lambda keys, body: hex_hmac(keys["token"], body)),
    (
        "WithBytesOfTheSecret",
        "is keyed with the bytes that the client secret spells in hex",
        lambda keys, body: hmac.digest(
            bytes.fromhex(keys["client_secret"]), body, hashlib.sha256
        ).hex(),
    ),
    (
        "WithItsPartsSwapped",
        "is keyed with the body, the client secret being the message",
        lambda keys, body: hmac.digest(body, keys["client_secret"].encode(), hashlib.sha256).hex(),
    ),
    (
        "WithoutHmac",
        "is a plain hash of the client secret and the body",
        lambda keys, body: hashlib.sha256(keys["client_secret"].encode() + body).hexdigest(),
    ),
    (
        "WithSha1",
        "is made with SHA-1",
        lambda keys, body: hmac.digest(keys["client_secret"].encode(), body, "sha1").hex(),
    ),
):
    fault("sender.signature", delivered(_genuine), sockets=True)(
        variant(
            _Signs,
            f"Signature{_name}",
            f"The signature of a delivery {_says}.",
            make=staticmethod(_make),
        )
    )


@fault("sender.signature", delivered(_genuine, moves=2), sockets=True)
class FirstSignatureIsKept(MiposInventory):
    """Each delivery carries the signature of the first one."""

    kept = ""

    def signature(self, body: bytes) -> str:
        self.kept = self.kept or super().signature(body)
        return self.kept


class _Heads(MiposInventory):
    header: ClassVar[str]

    def delivery_headers(self, body: bytes) -> dict[str, str]:
        headers = super().delivery_headers(body)
        headers[self.header] = headers.pop("X-Signature-Request")
        return {name: value for name, value in headers.items() if name}


for _name, _says, _header in (
    ("SignatureIsLeftOut", "is left out", ""),
    ("SignatureUnderAnotherHeader", "is in the header X-Signature", "X-Signature"),
    (
        "SignatureHeaderHasUnderscores",
        "is in the header X_Signature_Request",
        "X_Signature_Request",
    ),
):
    fault("sender.signature", delivered(_genuine), sockets=True)(
        variant(_Heads, _name, f"The signature of a delivery {_says}.", header=_header)
    )
