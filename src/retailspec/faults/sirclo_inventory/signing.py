"""Signatures that are right and are refused: the server computes something else."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.callers import called
from retailspec.faults.sirclo_inventory.probes import sign, status_of_history
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from retailspec.reference.base import Call

__all__: list[str] = []


class _Expects(Prompt):
    """Expects a secret that is made in another way from the right parts."""

    made: ClassVar[Callable[[str, str, bytes], str]]

    def expected_secret(self, call: Call) -> str:
        key = self.credentials["secret"]
        return type(self).made(key, self.signed_uri(call), self.signed_body(call))


def _decoded(key: str, uri: str, body: bytes) -> str:
    made = hmac.digest(base64.b64decode(key), uri.encode() + body, "sha256")
    return base64.b64encode(made).decode()


for _name, _says, _made in (
    (
        "SignsThePathAlone",
        "The secret covers the path alone.",
        lambda key, uri, _: sign(key, uri.partition("?")[0]),
    ),
    ("SignsTheBodyAlone", "The secret covers the body alone.", lambda k, _, b: sign(k, "", b)),
    ("SignsNoBody", "The secret covers path and query, and no body.", lambda k, u, _: sign(k, u)),
    (
        "SignsTheBodyFirst",
        "The secret covers the body and then the path.",
        lambda key, uri, body: sign(key, body.decode("latin-1") + uri),
    ),
    (
        "SignsALineBetween",
        "The secret covers path and body with a line break between them.",
        lambda key, uri, body: sign(key, uri + "\n", body),
    ),
    (
        "SignsTheHashOfTheBody",
        "The secret covers the path and the hash of the body.",
        lambda key, uri, body: sign(key, uri + hashlib.sha256(body).hexdigest()),
    ),
    (
        "SignsWithoutTheSlash",
        "The secret covers the path without its first slash, though a target says otherwise.",
        lambda key, uri, body: sign(key, uri.removeprefix("/"), body),
    ),
    (
        "SignsWithSha1",
        "Secrets are made with SHA-1.",
        lambda key, uri, body: sign(key, uri, body, "sha1"),
    ),
    ("SignsWithTheDecodedKey", "The key is decoded before it is used.", _decoded),
    (
        "SignsInHexAlone",
        "A secret is expected in hexadecimal digits.",
        lambda *parts: base64.b64decode(sign(*parts)).hex(),
    ),
    (
        "SignsWithoutPadding",
        "A secret is expected without the sign at its end.",
        lambda *parts: sign(*parts).rstrip("="),
    ),
):
    seed("update.ok", called())(variant(_Expects, _name, _says, made=_made))


def _sorted(uri: str) -> str:
    path, mark, query = uri.partition("?")
    return path + mark + "&".join(sorted(query.split("&")))


_FILTERED = "updated_at=2021-02-05T15:04:05Z&offset=0&limit=10"
for _name, _says, _made in (
    (
        "SignsNoQuery",
        "The secret of a page covers its path and no query.",
        lambda key, uri, body: sign(key, uri.partition("?")[0], body),
    ),
    (
        "SignsTheSortedQuery",
        "The secret of a page covers its query in the order of the alphabet.",
        lambda key, uri, body: sign(key, _sorted(uri), body),
    ),
    (
        "SignsSmallLetters",
        "The secret of a page covers its path and query in small letters.",
        lambda key, uri, body: sign(key, uri.lower(), body),
    ),
    (
        "SignsTheFirstParameters",
        "The secret of a page covers two parameters at most.",
        lambda key, uri, body: sign(key, "&".join(uri.split("&")[:2]), body),
    ),
):
    seed("history.ok", status_of_history(_FILTERED))(variant(_Expects, _name, _says, made=_made))


@seed("history.ok", status_of_history("updated_at=2021-02-05T15%3A04%3A05Z&offset=0&limit=10"))
class SignsTheEncodedQuery(Prompt):
    """The secret of a page covers its query as it is encoded on the wire."""

    def signed_uri(self, call: Call) -> str:
        return call.target
