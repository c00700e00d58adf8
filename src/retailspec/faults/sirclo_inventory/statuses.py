"""Callers that are refused with another status than 401."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from retailspec.faults.sirclo_inventory.callers import called
from retailspec.faults.sirclo_inventory.probes import sign
from retailspec.faults.sirclo_inventory.seeding import Prompt, seed, variant
from retailspec.faults.sirclo_inventory.signed_wrong import keys_like
from retailspec.reference.base import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from retailspec.reference.base import Call

__all__: list[str] = []


class _RefusesWith(Prompt):
    """Refuses some callers with another status."""

    status: ClassVar[int]
    fits: ClassVar[Callable[[Prompt, Call], bool]]

    def authenticate(self, call: Call) -> str:
        try:
            return super().authenticate(call)
        except Refusal as refusal:
            if type(self).fits(self, call):
                raise Refusal(replace(refusal.answer, status=self.status)) from None
            raise


def _secret(call: Call) -> str:
    return call.headers.get("secret") or ""


def _is_other_key(server: Prompt, call: Call) -> bool:
    uri, body = server.signed_uri(call), server.signed_body(call)
    return _secret(call) in {sign(k, uri, body) for k in keys_like(server.credentials["secret"])}


def _is_without_body(server: Prompt, call: Call) -> bool:
    return _secret(call) == sign(server.credentials["secret"], server.signed_uri(call))


def _is_below(server: Prompt, call: Call) -> bool:
    uri, body = server.signed_uri(call), server.signed_body(call)
    return _secret(call) == sign(server.credentials["secret"], f"{uri}/x", body)


def _is_known(server: Prompt, call: Call) -> bool:
    return call.headers.get("partner-id") == server.credentials["partner_id"]


_NOBODY: Mapping[str, Any] = {"partner": lambda _: None}
_OTHER: Mapping[str, Any] = {"partner": lambda right: right[::-1] + "0"}
_UNSIGNED: Mapping[str, Any] = {"signer": lambda *_: None}
_WRONG: Mapping[str, Any] = {"signer": lambda key, uri, body: sign(key[::-1], uri, body)}
for _rule, _name, _says, _status, _fits, _probe in (
    (
        "auth.partner-id.missing",
        "MissingPartnerIsABadRequest",
        "A call without a partner-id is answered 400, as one that lacks a parameter.",
        400,
        lambda _, call: "partner-id" not in call.headers,
        called(**_NOBODY),
    ),
    (
        "auth.partner-id.missing",
        "MissingPartnerIsUnprocessable",
        "A call without a partner-id is answered 422.",
        422,
        lambda _, call: "partner-id" not in call.headers,
        called(**_NOBODY),
    ),
    (
        "auth.partner-id.wrong",
        "OtherPartnerIsNotFound",
        "A partner that is not known is answered 404.",
        404,
        lambda server, call: "partner-id" in call.headers and not _is_known(server, call),
        called(**_OTHER),
    ),
    (
        "auth.partner-id.wrong",
        "LongPartnerIsABadRequest",
        "A partner-id that is too long is answered 400, others as expected.",
        400,
        lambda server, call: (
            len(call.headers.get("partner-id", "")) > len(server.credentials["partner_id"])
        ),
        called(partner=lambda right: right + "x"),
    ),
    (
        "auth.secret.missing",
        "MissingSecretIsABadRequest",
        "A call without a secret is answered 400, as one that lacks a parameter.",
        400,
        lambda _, call: "secret" not in call.headers,
        called(**_UNSIGNED),
    ),
    (
        "auth.secret.missing",
        "MissingSecretIsForbidden",
        "A call of a known partner without a secret is answered 403.",
        403,
        lambda server, call: "secret" not in call.headers and _is_known(server, call),
        called(**_UNSIGNED),
    ),
    (
        "auth.secret.wrong.random",
        "WrongSecretIsForbidden",
        "An update with a wrong secret is answered 403.",
        403,
        lambda _, call: bool(_secret(call)) and call.method == "POST",
        called(**_WRONG),
    ),
    (
        "auth.secret.wrong.other-key",
        "OtherKeyIsConflict",
        "A secret whose key differs a little is answered 409, as one that was replaced.",
        409,
        _is_other_key,
        called(signer=lambda key, uri, body: sign(keys_like(key)[0], uri, body)),
    ),
    (
        "auth.secret.wrong.other-body",
        "UnsignedBodyIsABadRequest",
        "A secret that does not cover the body is answered 400.",
        400,
        _is_without_body,
        called(signer=lambda key, uri, _: sign(key, uri)),
    ),
    (
        "auth.secret.wrong.other-uri",
        "OtherPathIsNotFound",
        "A secret for a path that does not exist is answered 404.",
        404,
        _is_below,
        called(signer=lambda key, uri, body: sign(key, f"{uri}/x", body)),
    ),
    (
        "auth.secret.wrong.hex",
        "LongSecretIsABadRequest",
        "A secret that is longer than any is answered 400, others as expected.",
        400,
        lambda _, call: len(_secret(call)) > 44,
        called(signer=lambda *_: "0" * 64),
    ),
    (
        "history.auth",
        "PageIsForbidden",
        "A page that is signed wrongly is answered 403, an update 401.",
        403,
        lambda _, call: call.method == "GET",
        called("history", **_WRONG),
    ),
    (
        "history.auth",
        "UnsignedPageIsNotFound",
        "A page that is not signed is answered 404, other wrong ones as expected.",
        404,
        lambda _, call: call.method == "GET" and not _secret(call),
        called("history", **_UNSIGNED),
    ),
):
    seed(f"{_rule}.status", _probe)(variant(_RefusesWith, _name, _says, status=_status, fits=_fits))
