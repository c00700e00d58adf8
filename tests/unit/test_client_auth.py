"""Whether a client's credentials are the documented ones, and that none of them gets out."""

from __future__ import annotations

from typing import Any

import client_exchanges as ex
import pytest

from retailspec.clients.auth import Credentials
from retailspec.clients.tally import Tally
from retailspec.contract import load_contract
from retailspec.exchange import Exchange, Request, Response
from retailspec.report.clients import verdict_lines
from retailspec.signing import hex_hmac, sirclo_secret, sirclo_secret_hex

KEY = ex.SIRCLO["secret"]
BODY = ex.call("stocks").request.body
PARTNER = ("partner-id", ex.SIRCLO["partner_id"])
DELIVERY = ex.call("deliver").request.body
RECEIVER_KEY = ex.RECEIVER["client_secret"]


def authorized(name: str, *values: str, **more: Any) -> list[str]:
    """Return what a call breaks whose Authorization headers have these values."""
    auth = tuple(("Authorization", value) for value in values)
    return ex.broken(ex.contract_of(name), ex.call(name, auth=auth), **more)


def signed(name: str, *values: str, **changes: Any) -> list[str]:
    """Return what a call breaks whose signature headers have these values."""
    header = "X-Signature-Request" if name == "deliver" else "secret"
    auth = tuple((header, value) for value in values)
    if name != "deliver":
        auth = (PARTNER, *auth)
    return ex.spoilt(name, auth=auth, **changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirm", "token {token}"),
        ("confirm", "Token {token}"),
        ("confirm", "  token   {token} "),
        ("prices", "TOKEN {token}"),
        ("sync", "Bearer {token}"),
        ("sync", "bearer {token}"),
        ("create", "Token token={token},email={email}"),
        ("create", "Token token={token}, email={email}"),
        ("create", "Token token={token} ,  email={email}"),
        ("create", 'Token token="{token}", email="{email}"'),
        ("create", 'token token="{token}",email={email}'),
    ],
)
def test_documented_form_is_right(name: str, value: str) -> None:
    """A scheme's case, blanks, and quotes where the vendor's form has them make no difference."""
    assert authorized(name, value.format(**ex.KEYS[ex.contract_of(name)])) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirm", ""),
        ("confirm", "{token}"),
        ("confirm", "Bearer {token}"),
        ("confirm", "token={token}"),
        ("confirm", "token: {token}"),
        ("confirm", "token {token} extra"),
        ("confirm", "token wrong"),
        ("confirm", "token {token}x"),
        ("confirm", "token $TOKEN"),
        ("confirm", "token ${{OMNI_ORDERS_TOKEN}}"),
        ("confirm", "token ****"),
        ("prices", "Token token={token}"),
        ("sync", "token {token}"),
        ("sync", "Basic dXNlcjpwYXNz"),
        ("sync", "Bearer{token}"),
        ("create", "Token {token}"),
        ("create", "Token token={token}"),
        ("create", "token={token},email={email}"),
        ("create", "Token token={token},email=else@example.com"),
    ],
)
def test_another_form_is_wrong(name: str, value: str) -> None:
    """Another scheme, another value, or a variable that was never filled in is told."""
    value = value.format(**ex.KEYS[ex.contract_of(name)])
    assert authorized(name, value) == ["client.auth"]
    assert authorized(name) == ["client.auth"]


def test_repeated_header() -> None:
    """A header that is sent twice word for word says one thing; two different ones do not."""
    right = f"token {ex.OMNI['token']}"
    assert authorized("confirm", right, right) == []
    assert authorized("confirm", right, "token other") == ["client.auth"]


def test_comestri_names_no_scheme() -> None:
    """Before any server but the stub, another scheme than the vendor's old one may be right."""
    view: dict[str, Any] = {"credentials": {}}
    assert authorized("create", "Bearer 0123456789", **view) == []
    assert authorized("create", "Bearer 0123456789", recorded=True, **view) == []
    assert authorized("create", "0123456789", **view) == ["client.auth"]
    assert authorized("create", "Bearer 0123456789", own_server=True) == ["client.auth"]
    assert authorized("confirm", "Bearer 0123456789", **view) == ["client.auth"]


# Signatures


@pytest.mark.parametrize("slash", [True, False])
@pytest.mark.parametrize(
    "path",
    [
        ex.UPDATE,
        f"{ex.UPDATE}?",
        f"{ex.UPDATE}?a=b%20c&d=%2B",
        f"{ex.HISTORY}?updated_at=2021-02-05T15:04:05Z&limit=1&offset=0",
        f"{ex.HISTORY}?updated_at=2021-02-05T15%3A04%3A05%2B07%3A00&limit=1",
        f"{ex.HISTORY}?updated_at=2021-02-05T15:04:05+07:00",
    ],
)
def test_either_slash_is_right(path: str, *, slash: bool) -> None:
    """The path is signed with its first slash or without, the query's values un-encoded."""
    name = "stocks" if path.startswith(ex.UPDATE) else "history"
    body = ex.call(name).request.body
    auth = ex.headers_for("sirclo-inventory", ex.HOST + path, body, slash=slash)
    assert ex.spoilt(name, path=path, auth=auth) == []


def test_blank_that_is_sent_as_a_plus() -> None:
    """A client that signs a blank and sends a plus for it, as forms do, signed what it meant."""
    uri = f"{ex.HISTORY}?updated_at=2021-02-05 15:04:05Z&limit=1"
    signature = sirclo_secret(KEY, uri, b"")
    path = f"{ex.HISTORY}?updated_at=2021-02-05+15%3A04%3A05Z&limit=1"
    assert signed("history", signature, path=path) == []


@pytest.mark.parametrize("base", ["https://api.example/gateway", "https://api.example/g%61teway/x"])
def test_base_path_may_be_signed_or_not(base: str) -> None:
    """Below a base path, a client signs the path that it calls or the documented one."""
    whole = base.removeprefix("https://api.example").replace("%61", "a") + ex.UPDATE
    for path in (whole, ex.UPDATE):
        assert signed("stocks", sirclo_secret(KEY, path, BODY), base=base) == []


RIGHT = sirclo_secret(KEY, ex.UPDATE, BODY)
HISTORY = f"{ex.HISTORY}?updated_at=2021-02-05T15%3A04%3A05Z"


@pytest.mark.parametrize(
    "signature",
    [
        "",
        KEY,
        RIGHT[:-1],
        RIGHT.swapcase(),
        RIGHT.rstrip("="),
        RIGHT.replace("+", "-").replace("/", "_") + "=",
        f"{RIGHT}, {RIGHT[::-1]}",
        f"HMAC {RIGHT}",
        sirclo_secret_hex(KEY, ex.UPDATE, BODY),
        sirclo_secret(KEY, ex.UPDATE, b""),
        sirclo_secret(KEY, ex.UPDATE, BODY.replace(b" ", b"")),
        sirclo_secret(KEY, ex.UPDATE, BODY + b"\n"),
        sirclo_secret(KEY, f"{ex.UPDATE}?", BODY),
        sirclo_secret(KEY, f"{ex.UPDATE}/", BODY),
        sirclo_secret(KEY, ex.HISTORY, BODY),
        sirclo_secret(KEY, "", BODY),
        sirclo_secret(KEY, f"//api.example{ex.UPDATE}", BODY),
        sirclo_secret(KEY[:-1], ex.UPDATE, BODY),
        sirclo_secret("a" * 40, ex.UPDATE, BODY),
    ],
)
def test_wrong_secret_is_told(signature: str) -> None:
    """A secret over other bytes, with another key or in another form is not the call's."""
    assert signed("stocks", RIGHT) == []
    assert signed("stocks", signature) == ["client.auth"]


def test_secret_over_the_encoded_query_is_told() -> None:
    """The query is signed with its values as they are, not as they are sent."""
    assert signed("history", sirclo_secret(KEY, HISTORY, b""), path=HISTORY) == ["client.auth"]
    without = sirclo_secret(KEY, ex.HISTORY, b"")
    assert signed("history", without, path=HISTORY) == ["client.auth"]


def test_body_changed_after_signing_is_told() -> None:
    """What is signed is what was received."""
    assert signed("stocks", RIGHT, text=BODY.replace(b"100", b"101")) == ["client.auth"]


@pytest.mark.parametrize(
    "signature",
    [
        "",
        hex_hmac(RECEIVER_KEY, DELIVERY).upper(),
        hex_hmac(RECEIVER_KEY, DELIVERY)[:-1],
        "sha256=" + hex_hmac(RECEIVER_KEY, DELIVERY),
        hex_hmac(RECEIVER_KEY, DELIVERY.replace(b" ", b"")),
        hex_hmac(RECEIVER_KEY[:-1], DELIVERY),
        hex_hmac(RECEIVER_KEY, b""),
        "7c38c67ad234c4cdbe71425b5c961805ac3955d87de40d1d63e09f1f76d1ff61",
    ],
)
def test_wrong_signature_of_a_delivery_is_told(signature: str) -> None:
    """A delivery's signature is the lower-case hex HMAC of its bytes."""
    assert signed("deliver", hex_hmac(RECEIVER_KEY, DELIVERY)) == []
    assert signed("deliver", signature) == ["client.auth"]
    assert signed("deliver") == ["client.auth"]


def test_partner_is_needed_beside_the_secret() -> None:
    """Either header of the two may not be left out, nor name another partner."""
    for auth in ((PARTNER,), (("secret", RIGHT),), (("partner-id", "other"), ("secret", RIGHT))):
        assert ex.spoilt("stocks", auth=auth) == ["client.auth"]


def test_unknown_key_leaves_the_form() -> None:
    """Where the right credentials are not known, only the form is judged."""
    other = sirclo_secret("another key", ex.UPDATE, BODY)
    for signature, rules in ((other, []), (other[:-1], ["client.auth"])):
        auth = (("partner-id", "anybody"), ("secret", signature))
        call = ex.call("stocks", auth=auth)
        assert ex.broken("sirclo-inventory", call, credentials={}) == rules


# What a recorder left out


@pytest.mark.parametrize(
    "value",
    [
        "token ***",
        "token ${token}",
        "token [REDACTED]",
        "token redacted",
        "***",
        "[REDACTED]",
        "<redacted>",
        "XXXXX",
        "$TOKEN",
    ],
)
def test_what_stands_for_a_credential_is_not_judged(value: str) -> None:
    """A recording may hold something in place of a credential; a live client may not."""
    assert authorized("confirm", value, credentials_kept=False) == []
    assert authorized("confirm", value, recorded=True) == []
    assert authorized("confirm", value) == ["client.auth"]


def test_our_own_recording_tells_another_form() -> None:
    """What our recorder writes for a credential in another form is told as it was live."""
    for value in ("${redacted}", "Bearer ${redacted}", "token=${redacted}"):
        assert authorized("confirm", value, recorded=True) == ["client.auth"]


@pytest.mark.parametrize(
    ("name", "response", "rules"),
    [
        ("confirm", ex.ordered(), []),
        ("confirm", None, []),
        ("confirm", ex.answer(403, {"detail": "Please use https instead of http"}), []),
        ("confirm", ex.answer(401, {"detail": "Invalid token"}), ["client.auth"]),
        ("prices", ex.answer(401, {"detail": "Invalid token"}), ["client.auth"]),
        ("prices", ex.answer(401, {"error_message": "a", "error_code": "store_not_found"}), []),
        ("prices", Response(401), []),
        ("stocks", ex.answer(401, {"message": "who are you"}), ["client.auth"]),
        ("create", ex.answer(403, {"error": "you may not"}), []),
    ],
)
def test_credentials_that_were_left_out(
    name: str, response: Response | None, rules: list[str]
) -> None:
    """Where a recorder may have left them out, only an answer to a stranger tells otherwise."""
    call = ex.call(name, auth=(), response=response)
    assert ex.broken(ex.contract_of(name), call, credentials_kept=False) == rules
    assert "client.auth" in ex.broken(ex.contract_of(name), call)


# What must not get out

ALIEN = "aL13n-cr3dential-0f-unkn0wn"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    "how",
    [
        {"auth": (("Authorization", ALIEN),)},
        {"auth": (("Authorization", f"token={ALIEN}, email=foo"),)},
        {"auth": (("Authorization", f"{ALIEN} trailing words"),)},
        {"auth": (("Authorization", f"Bearer {ALIEN}"),)},
        {"auth": (("Authorization", f"token {ALIEN} x"),)},
        {"auth": (("authorization", f"  token  {ALIEN}"),)},
        {"auth": (("X-Auth-Token", ALIEN), ("X-Api-Key", ALIEN), ("Cookie", f"sid={ALIEN}"))},
        {"path": f"/api/store/orders/confirm?token={ALIEN}"},
        {"path": f"/api/store/orders/confirm?a=1&access_token={ALIEN}&b=2"},
        {"base": f"https://user:{ALIEN}@api.example"},
        {"body": {"number": 5, "token": ALIEN}},
        {"body": {"number": 5, "auth": {"client_secret": ALIEN}}},
        {"text": f"grant_type=password&password={ALIEN}".encode(), "label": "text/plain"},
        {"response": ex.answer(400, {"token": ALIEN}, ("Set-Cookie", f"sid={ALIEN}"))},
    ],
)
def test_no_credential_is_printed(how: dict[str, Any], *, known: bool) -> None:
    """A credential is not printed, wherever it stands, and whether or not it is the right one."""
    contract = load_contract("omni-orders")
    values = {"token": ALIEN if known else ex.OMNI["token"]}
    judge = ex.judge("omni-orders", credentials=values)
    tally = Tally(contract, judge.view)
    more = (("Expect", "100-continue"), ("Content-Type", "text/plain"))
    tally.add(judge.judge(ex.call("confirm", more=more, **how)), "call 1")
    printed = "\n".join(line for line, _ in verdict_lines([tally]))
    assert "does not conform" in printed
    assert ALIEN not in printed


@pytest.mark.parametrize("value", [ex.SIRCLO["secret"], "n0t-a-signature-but-the-key"])
def test_the_key_itself_in_the_header_is_not_printed(value: str) -> None:
    """A client that sends its key in place of a signature does not find it in the report."""
    keys = {**ex.SIRCLO, "secret": value}
    judge = ex.judge("sirclo-inventory", credentials=keys)
    tally = Tally(load_contract("sirclo-inventory"), judge.view)
    auth = (PARTNER, ("secret", value))
    tally.add(judge.judge(ex.call("stocks", auth=auth, body=5)), "call 1")
    assert value not in "\n".join(line for line, _ in verdict_lines([tally]))


def test_found_credentials_are_named() -> None:
    """What a documented header holds is found under its credential's name."""
    credentials = Credentials(load_contract("comestri-inventory"), {})
    value = 'Token token="abc123", email="a@b.example"'
    request = Request("POST", "https://h/", (("authorization", value),))
    assert dict(credentials.found(request)) == {"token": "abc123", "email": "a@b.example"}
    spans = list(credentials.spans("Authorization", value))
    assert [value[start:end] for _, start, end in spans] == ["abc123", "a@b.example"]


def test_contract_without_rules_for_clients_is_judged() -> None:
    """A contract whose file says nothing of clients is judged on the server's side alone."""
    import dataclasses  # noqa: PLC0415 - for this one test

    contract = dataclasses.replace(load_contract("mipos-inventory"), clients={})
    from retailspec.clients.judging import ExchangeJudge, View  # noqa: PLC0415 - as above

    judged = ExchangeJudge(contract, View()).judge(
        Exchange(ex.call("webhook").request, ex.answer(500))
    )
    assert judged.client == ()
    assert [one.rule_id for one in judged.server if one.finding] == [
        "response.status",
        "no-server-error",
    ]
