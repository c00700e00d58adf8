"""What the two Omni servers answer alike: credentials, methods, content types, malformed bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from omni_caller import UPDATE, Caller, assert_common, calling

from retailspec.reference import build
from retailspec.reference.omni_orders import OmniOrders

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIRM = "/api/store/orders/confirm"
INVALID_TOKEN = {"detail": "Invalid token"}
USE_HTTPS = {"detail": "Please use https instead of http"}


@pytest.fixture(scope="module")
def orders() -> Iterator[Caller]:
    with calling(build("omni-orders")) as caller:
        yield caller


@pytest.fixture(scope="module")
def inventory() -> Iterator[Caller]:
    with calling(build("omni-inventory")) as caller:
        yield caller


@pytest.fixture(params=["orders", "inventory"])
def either(request: pytest.FixtureRequest) -> tuple[Caller, str]:
    """Each of the two servers, with the path of one of its documented calls."""
    path = {"orders": CONFIRM, "inventory": UPDATE}[request.param]
    return request.getfixturevalue(request.param), path


def valid_body(caller: Caller) -> dict[str, object]:
    if isinstance(caller.reference, OmniOrders):
        return {"number": caller.fresh()}
    fixtures = caller.reference.fixtures()
    item = {"variant_code": fixtures["variant_code"], "price": 36364}
    return {"store_code": fixtures["store_code"], "inventories": [item]}


@pytest.mark.parametrize(
    "credentials",
    [
        None,
        "",
        "token",
        "token wrong",
        "Bearer {token}",
        "{token}",
        "token {token}0",
        "token {token}, token {token}",
        "token x{token}",
    ],
)
def test_wrong_credentials_get_the_printed_answer(
    either: tuple[Caller, str], credentials: str | None
) -> None:
    """Credentials that are missing, of another scheme or more than the token get the 401."""
    caller, path = either
    token = caller.reference.credentials["token"]
    headers = {} if credentials is None else {"Authorization": credentials.format(token=token)}
    with httpx.Client(base_url=caller.http.base_url, headers=headers) as http:
        answer = http.post(path, json=valid_body(caller))
    assert (answer.status_code, answer.json()) == (401, INVALID_TOKEN)
    assert_common(answer)


def test_a_token_is_compared_whole_and_by_case() -> None:
    """A prefix of the token, or the token in another case, is a wrong token."""
    for name, path in (("omni-orders", CONFIRM), ("omni-inventory", UPDATE)):
        with calling(build(name, credentials={"token": "abcDEF"})) as caller:
            for token in ("abcDE", "ABCDEF", "abcdef", "bcDEF"):
                answer = caller.http.post(path, headers={"Authorization": f"token {token}"})
                assert (answer.status_code, answer.json()) == (401, INVALID_TOKEN)


def test_plain_http_gets_the_printed_answer_before_anything_else() -> None:
    """With HTTPS asked for, a plain call gets the printed 403, whoever sends whatever."""
    for name, path in (("omni-orders", CONFIRM), ("omni-inventory", UPDATE)):
        reference = build(name, https_only=True)
        with calling(reference) as caller:
            for headers in ({}, {"Authorization": "token wrong"}):
                answer = caller.http.post(path, headers=headers, content=b"{")
                assert (answer.status_code, answer.json()) == (403, USE_HTTPS)
                assert_common(answer)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_other_methods_are_refused_after_the_credentials(
    either: tuple[Caller, str], method: str
) -> None:
    """Another method is a 405 that names the right ones, and a 401 without credentials."""
    caller, path = either
    answer = caller.http.request(method, path)
    assert answer.status_code == 405
    assert list(answer.json()) == ["detail"]
    assert_common(answer)
    wrong = caller.http.request(method, path, headers={"Authorization": "token wrong"})
    assert wrong.status_code == 401


def test_options_tell_what_is_allowed(either: tuple[Caller, str]) -> None:
    """OPTIONS is answered 200 with `Allow`."""
    caller, path = either
    answer = caller.http.options(path)
    assert answer.status_code == 200
    assert_common(answer)


@pytest.mark.parametrize(
    ("label", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_only_json_is_taken_for_json(
    either: tuple[Caller, str], label: str | None, status: int
) -> None:
    """A body that is not labelled as JSON is refused, though it is JSON."""
    caller, path = either
    request = caller.http.build_request("POST", path, json=valid_body(caller))
    del request.headers["Content-Type"]
    if label is not None:
        request.headers["Content-Type"] = label
    answer = caller.http.send(request)
    assert answer.status_code == status
    assert_common(answer)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"{'number': 1}", 400),
        (b'{"number": "\xff"}', 400),
        (b"\xef\xbb\xbf{}", 400),
        (b'{"number": NaN, "store_code": NaN}', 400),
        (b'{"x": 1e999}', 400),
        (b'{"x": ' + b"9" * 5000 + b"}", 400),
        (b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"FR9TL74P"', 400),
        (b"7", 400),
        (b" " * (10 * 1024 * 1024 + 1), 413),
    ],
    ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else None,
)
def test_bodies_that_are_no_json_objects_are_refused(
    either: tuple[Caller, str], body: bytes, status: int
) -> None:
    """What is no JSON object, or is too much, is refused with a reason."""
    caller, path = either
    answer = caller.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert list(answer.json()) == ["detail"]
    assert_common(answer)


@pytest.mark.parametrize("text", ["\x00", "\ud800", "'; --", "٣", "x" * 100_000], ids=ascii)
def test_strange_text_is_an_unknown_name(either: tuple[Caller, str], text: str) -> None:
    """Any text at all can be sent for a name, and is then not known."""
    caller, path = either
    body = json.dumps({"number": text, "store_code": text})
    answer = caller.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["error_message"] in {"Order not found", "Store not found"}


def test_unknown_fields_are_ignored_and_unknown_paths_are_not_found(
    either: tuple[Caller, str],
) -> None:
    """More fields than documented change nothing; another path is a 404 in JSON."""
    caller, path = either
    assert caller.http.post(path, json={**valid_body(caller), "more": [1]}).status_code == 200
    answer = caller.http.post(f"{path}/", json={})
    assert answer.status_code == 404
    assert list(answer.json()) == ["detail"]
