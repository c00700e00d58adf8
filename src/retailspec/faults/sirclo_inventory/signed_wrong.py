"""Signatures that are wrong and are taken: beside the right one, or in its place."""

from __future__ import annotations

import base64
import json
import string
from typing import TYPE_CHECKING, Any, ClassVar, cast

from retailspec.faults.sirclo_inventory.callers import Callers, called
from retailspec.faults.sirclo_inventory.probes import BASE, send, sign
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.faults.probe import Probe
    from retailspec.reference.base import Call

__all__ = ["keys_like"]


def keys_like(key: str) -> list[str]:
    """Return every key that differs from one in its last character alone."""
    letters = string.ascii_letters + string.digits + "+/="
    return [key[:-1] + letter for letter in letters if letter != key[-1:]]


def _hex(key: str, uri: str, body: bytes) -> str:
    return base64.b64decode(sign(key, uri, body)).hex()


def _compact(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


class _Also(Prompt):
    """Takes some other signatures beside the right one."""

    others: ClassVar[Callable[[str, str, bytes], list[str]]]
    methods: ClassVar[tuple[str, ...]] = ("POST",)

    def is_secret(self, call: Call, given: str | None) -> bool:
        if super().is_secret(call, given):
            return True
        key, uri, body = self.credentials["secret"], self.signed_uri(call), self.signed_body(call)
        return call.method in self.methods and given in type(self).others(key, uri, body)


_Row = tuple[str, str, str, "Callable[[str, str, bytes], list[str]]"]
_BLANKS = (b" ", b"\n", b"\r\n")
_UPDATES: tuple[_Row, ...] = (
    (
        "auth.secret.wrong.other-key",
        "KeyMayEndOtherwise",
        "A signature is taken whatever the last character of its key.",
        lambda key, uri, body: [sign(one, uri, body) for one in keys_like(key)],
    ),
    (
        "auth.secret.wrong.other-body",
        "BodyNeedNotBeSigned",
        "A signature over the path alone is taken too.",
        lambda key, uri, _: [sign(key, uri)],
    ),
    (
        "auth.secret.wrong.other-body",
        "BlanksNeedNotBeSent",
        "A signature over the body with white space after it is taken too.",
        lambda key, uri, body: [sign(key, uri, body + blank) for blank in _BLANKS],
    ),
    (
        "auth.secret.wrong.other-body",
        "LayoutNeedNotBeSigned",
        "A signature over the body in its most compact form is taken too.",
        lambda key, uri, body: [sign(key, uri, _compact(body))],
    ),
    (
        "auth.secret.wrong.other-uri",
        "PathBelowIsTheSame",
        "A signature for a path below the called one is taken too.",
        lambda key, uri, body: [sign(key, f"{uri}/{one}", body) for one in ("x", "y", "history")],
    ),
    (
        "auth.secret.wrong.other-uri",
        "QueryOfAnUpdateIsNothing",
        "A signature with a query that was not sent is taken too.",
        lambda key, uri, body: [sign(key, f"{uri}?{one}", body) for one in ("x=1", "y=1")],
    ),
    (
        "auth.secret.wrong.hex",
        "HexIsTaken",
        "The signature in hexadecimal digits is taken too.",
        lambda *parts: [_hex(*parts), _hex(*parts).upper()],
    ),
)
_PAGES: tuple[_Row, ...] = (
    (
        "history.auth",
        "QueryNeedNotBeSigned",
        "Of a page a signature over the path alone is taken too.",
        lambda key, uri, body: [sign(key, uri.partition("?")[0], body)],
    ),
    (
        "history.auth",
        "QueryMayBeSignedWithMore",
        "Of a page a signature over the query with more after it is taken too.",
        lambda key, uri, body: [sign(key, f"{uri}&{one}", body) for one in ("x=1", "y=1")],
    ),
    (
        "history.auth",
        "PageOfAPathBelow",
        "Of a page a signature for a path below its own is taken too.",
        lambda key, uri, body: [sign(key, uri.replace("?", "/x?"), body)],
    ),
    (
        "history.auth",
        "PageWithABody",
        "Of a page a signature with white space for a body is taken too.",
        lambda key, uri, body: [sign(key, uri, body + blank) for blank in _BLANKS],
    ),
    (
        "history.auth",
        "KeyOfAPageMayEndOtherwise",
        "Of a page a signature is taken whatever the last character of its key.",
        lambda key, uri, body: [sign(one, uri, body) for one in keys_like(key)],
    ),
    (
        "history.auth",
        "PageInHex",
        "Of a page the signature in hexadecimal digits is taken too.",
        lambda *parts: [_hex(*parts)],
    ),
)
for _operation, _method, _table in (
    ("update", "POST", _UPDATES),
    ("history", "GET", _PAGES),
):
    for _rule, _name, _says, _others in _table:

        def _first(
            key: str,
            uri: str,
            body: bytes,
            others: Callable[[str, str, bytes], list[str]] = _others,
        ) -> str:
            return others(key, uri, body)[0]

        seed(_rule, called(_operation, signer=_first))(
            variant(_Also, _name, _says, others=_others, methods=(_method,))
        )


# Any signature at all


class _Takes(Callers):
    """Takes secrets by their looks."""

    fits: ClassVar[Callable[[str | None], bool]]

    def admits(self, call: Call) -> bool:
        right = call.headers.get("partner-id") == self.credentials["partner_id"]
        return right and type(self).fits(call.headers.get("secret"))


def _is_base64(given: str | None) -> bool:
    try:
        return given is not None and len(base64.b64decode(given, validate=True)) == 32
    except ValueError:
        return False


def _random(key: str, uri: str, body: bytes) -> str:
    return sign(key[::-1], uri[::-1], body[::-1])


for _name, _says, _fits in (
    ("AnySecret", "Any secret is taken that is not empty.", bool),
    (
        "SecretOfThatLength",
        "Any secret of the right length is taken.",
        lambda s: len(s or "") == 44,
    ),
    ("SecretOfThatForm", "Any secret is taken that is 32 bytes in base64.", _is_base64),
):
    seed("auth.secret.wrong.random", called(signer=_random))(
        variant(_Takes, _name, _says, fits=_fits, methods=("POST",))
    )
for _name, _says, _fits, _also in (
    (
        "PageWithoutSecret",
        "The history needs a partner-id and no secret.",
        lambda secret: secret is None,
        {"signer": lambda *_: None},
    ),
    (
        "PageWithAnySecret",
        "The history needs any secret.",
        lambda secret: secret is not None,
        {"signer": _random},
    ),
):
    seed("history.auth", called("history", **_also))(
        variant(_Takes, _name, _says, fits=_fits, methods=("GET",))
    )
for _name, _says, _knows, _partner in (
    (
        "PageOfNoPartner",
        "The history is shown without a partner-id, where it is signed.",
        lambda _, given: given is None,
        lambda _: None,
    ),
    (
        "PageOfAnyPartner",
        "The history is shown whatever the partner-id, where it is signed.",
        lambda _, given: given is not None,
        lambda right: right[::-1] + "0",
    ),
):
    seed("history.auth", called("history", partner=_partner))(
        variant(Callers, _name, _says, knows=_knows, methods=("GET",))
    )


@seed("auth.secret.missing", called(signer=lambda *_: ""))
class EmptySecretIsTaken(Callers):
    """A secret that is empty is not looked at."""

    def admits(self, call: Call) -> bool:
        right = call.headers.get("partner-id") == self.credentials["partner_id"]
        return right and call.headers.get("secret") == ""


def _tampered(probe: Probe) -> list[int]:
    """Return the statuses of an update, and of another one with the secret of the first."""
    made: list[Any] = []

    def signer(key: str, uri: str, body: bytes) -> str:
        made.append(sign(key, uri, body))
        return cast("str", made[0])

    bodies = (BASE, {**BASE, "available_stock": 99})
    return [send(probe, "update", body, signer=signer).status_code for body in bodies]


class _Remembers(Callers):
    """Knows a secret again that was right once."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.known: set[tuple[str, str]] = set()

    def mark(self, call: Call) -> str:
        """Return what a secret is remembered with."""
        return call.method

    def admits(self, call: Call) -> bool:
        given = call.headers.get("secret") or ""
        if call.headers.get("partner-id") != self.credentials["partner_id"]:
            return False
        if self.is_secret(call, given):
            self.known.add((self.mark(call), given))
        return (self.mark(call), given) in self.known


@seed("auth.secret.wrong.other-body", _tampered)
class SecretsAreRemembered(_Remembers):
    """A secret that was right once is right for any update."""


@seed("auth.secret.wrong.other-body", _tampered)
class SecretsOfALength(_Remembers):
    """A secret that was right once is right for any update whose body is about as long."""

    def mark(self, call: Call) -> str:
        return f"{call.method} {len(call.raw or b'') // 16}"
