"""The SIRCLO reference server, over real sockets."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
import pytest

from retailspec.errors import UsageError
from retailspec.reference.serving import Served
from retailspec.reference.sirclo import SEEDED, SircloInventory
from retailspec.signing import (
    sirclo_secret,
    sirclo_secret_hex,
    unencoded_uri,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

UPDATE = "/v1/partner/inventory/updatestocks"
HISTORY = "/v1/partner/inventory/history"
STOCKS: dict[str, Any] = {
    "sku": "sku1",
    "warehouse": "default",
    "available_stock": 100,
    "buffer_stock": 0,
    "channel_stock": [{"code": "bklp", "qty": 30}, {"code": "blib", "qty": 20}],
}
RECORD = [
    *("id", "tenant_id", "user_id", "transaction_code", "action_name", "upload_file_url"),
    *("total_sku", "created_at", "updated_at", "finished_at", "update_stock_history_item"),
]
ITEM = [
    *("id", "update_stock_history_id", "store_id", "store_name", "warehouse_id", "warehouse_name"),
    *("variant_id", "sku", "remote_variant", "row_number", "channel", "qty", "retrier_count"),
    *("progress", "client_reponse", "message", "success", "created_at", "updated_at"),
    "finished_at",
]
NO_TEXTS: list[object] = [{}, [], 5, None]
NO_STOCKS: list[object] = ["many", "5", {}, 1.5, True, None, -1]
NO_CHANNEL_LISTS: list[object] = [{}, "bklp", 1, [1], [[]], [None]]
NO_FLAGS: list[object] = ["yes", 1, None, []]
NO_CHANNELS: list[dict[str, Any]] = [
    {"qty": 1},
    {"code": "bklp"},
    {"code": 5, "qty": 1},
    {"code": "bklp", "qty": "many"},
    {"code": "bklp", "qty": {}},
]
FORBIDDEN: list[dict[str, Any]] = [
    *({field: ...} for field in ("sku", "warehouse", "channel_stock")),
    *({field: value} for field in ("sku", "warehouse") for value in NO_TEXTS),
    *({field: value} for field in ("available_stock", "buffer_stock") for value in NO_STOCKS),
    {"available_stock": 4, "buffer_stock": 5},
    {"available_stock": ..., "buffer_stock": 1},
    *({"channel_stock": value} for value in NO_CHANNEL_LISTS),
    *({"sync_stock": value} for value in NO_FLAGS),
    *({"channel_stock": [channel]} for channel in NO_CHANNELS),
    *({"channel_stock": [*STOCKS["channel_stock"], channel]} for channel in NO_CHANNELS),
]
QUIET = 3600.0
"""A delay after which no update of a test shows in the history any more."""


class Partner:
    """A client that signs what it sends."""

    def __init__(self, reference: SircloInventory, base_url: str) -> None:
        self.reference = reference
        self.http = httpx.Client(base_url=base_url, trust_env=False)

    def sign(self, request: httpx.Request, *, slash: bool = True) -> str:
        path, _, query = request.url.raw_path.partition(b"?")
        uri, secret = unencoded_uri(path, query), self.reference.credentials["secret"]
        return sirclo_secret(secret, uri, request.content, leading_slash=slash)

    def send(self, request: httpx.Request, **changes: str | None) -> httpx.Response:
        """Send a request with the right headers, or those given; None leaves one out."""
        partner = self.reference.credentials["partner_id"]
        headers = {"partner-id": partner, "secret": self.sign(request)}
        for name, value in {
            **headers,
            **{k.replace("_", "-"): v for k, v in changes.items()},
        }.items():
            if value is not None:
                request.headers[name] = value
        return self.http.send(request)

    def request(self, method: str, url: str, **content: Any) -> httpx.Request:
        return self.http.build_request(method, url, **content)

    def update(self, **changes: Any) -> httpx.Response:
        body = {**STOCKS, **changes}
        sent = {field: value for field, value in body.items() if value is not ...}
        return self.send(self.request("POST", UPDATE, json=sent))

    def history(self, query: str = "") -> httpx.Response:
        return self.send(self.request("GET", f"{HISTORY}?{query}" if query else HISTORY))


def serve(reference: SircloInventory) -> Iterator[Partner]:
    with Served(reference, tls=False) as served:
        partner = Partner(reference, served.url)
        with partner.http:
            yield partner


@pytest.fixture(scope="module")
def partner() -> Iterator[Partner]:
    """A partner of a server whose history does not change."""
    yield from serve(SircloInventory(history_delay=QUIET))


@pytest.fixture
def lively() -> Iterator[Partner]:
    """A partner of a server whose history follows a moment later."""
    yield from serve(SircloInventory(history_delay=0.15))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_update_gets_a_code_of_its_own(partner: Partner) -> None:
    """Each update is answered 200 with nothing but a fresh UUID."""
    answers = [partner.update() for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {tuple(answer.json()) for answer in answers} == {("transaction_code",)}
    assert len({UUID(answer.json()["transaction_code"]) for answer in answers}) == 2


@pytest.mark.parametrize(
    "changes",
    [
        *({"sync_stock": value} for value in (True, False, "true", "false", ...)),
        {"available_stock": 5, "buffer_stock": 5},
        {"available_stock": 0, "buffer_stock": 0},
        {"available_stock": ..., "buffer_stock": ...},
        {"buffer_stock": ...},
        {"channel_stock": []},
        {"channel_stock": [{"code": "shpe", "qty": -1}]},
        {"sku": "never heard of"},
        {"more": 1},
    ],
)
def test_what_the_document_allows_is_taken(partner: Partner, changes: dict[str, Any]) -> None:
    """Both forms of sync_stock, the boundaries, and what is left open are accepted."""
    assert partner.update(**changes).status_code == 200


@pytest.mark.parametrize("changes", FORBIDDEN)
def test_what_the_document_forbids_is_refused(partner: Partner, changes: dict[str, Any]) -> None:
    """A wrong parameter, wherever it stands, gets 400 with a message."""
    answer = partner.update(**changes)
    assert answer.status_code == 400
    assert isinstance(answer.json()["message"], str)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_wrong_credentials_are_refused(partner: Partner, method: str) -> None:
    """A header that is missing or wrong, and each way to compose a secret wrongly, gets 401."""
    url = UPDATE if method == "POST" else f"{HISTORY}?limit=1&offset=0"
    content = {"json": STOCKS} if method == "POST" else {}
    secret, body = partner.reference.credentials["secret"], partner.request(method, url, **content)
    signed: dict[str, str | None] = {
        "missing": None,
        "random": "AAAA",
        "other key": sirclo_secret("other", url, body.content),
        "other body": sirclo_secret(secret, url, body.content + b" "),
        "other path": sirclo_secret(secret, "/v1/partner/order", body.content),
        "other query": sirclo_secret(secret, f"{url}1", body.content),
        "hex": sirclo_secret_hex(secret, url, body.content),
        "no slash": sirclo_secret(secret, url, body.content, leading_slash=False),
    }
    statuses = {
        kind: partner.send(partner.request(method, url, **content), secret=value).status_code
        for kind, value in signed.items()
    }
    assert statuses == dict.fromkeys(signed, 401)
    for wrong in (None, "", "nobody"):
        answer = partner.send(partner.request(method, url, **content), partner_id=wrong)
        assert (answer.status_code, list(answer.json())) == (401, ["message"])


@pytest.mark.parametrize(
    ("leading_slash", "accepted"),
    [
        ("always", {("GET", True), ("POST", True)}),
        ("never", {("GET", False), ("POST", False)}),
        ("as-printed", {("GET", True), ("POST", False)}),
    ],
)
def test_each_spelling_of_the_slash(leading_slash: Any, accepted: set[tuple[str, bool]]) -> None:
    """The option says which calls are signed with their first slash."""
    found = set()
    for partner in serve(SircloInventory(leading_slash=leading_slash)):
        for method, slash in (("GET", True), ("GET", False), ("POST", True), ("POST", False)):
            request = partner.request(method, HISTORY if method == "GET" else UPDATE, json=STOCKS)
            answer = partner.send(request, secret=partner.sign(request, slash=slash))
            if answer.status_code == 200:
                found.add((method, slash))
    assert found == accepted


def test_an_unknown_spelling_is_an_error() -> None:
    """An option that is none of the three is refused at once."""
    wrong: Any = "sometimes"
    with pytest.raises(UsageError, match="as-printed"):
        SircloInventory(leading_slash=wrong)


@pytest.mark.parametrize("at", ["2021-02-05T15:04:05Z", "2021-02-05T15%3A04%3A05%2B07%3A00"])
def test_the_secret_covers_the_query_unencoded(partner: Partner, at: str) -> None:
    """However the query is encoded on the wire, its plain text is what is signed."""
    answer = partner.history(f"updated_at={at}&offset=0&limit=1")
    assert answer.status_code == 200


def test_an_update_does_not_show_before_it_is_done(partner: Partner) -> None:
    """While an update is under way the history has no record of it."""
    code = partner.update().json()["transaction_code"]
    body = partner.history().json()
    assert body["total_record"] == SEEDED
    assert code not in [record["transaction_code"] for record in body["data"]]


def test_the_history_has_the_printed_shape(partner: Partner) -> None:
    """A page has the printed fields in their order, with timestamps and embedded JSON."""
    body = partner.history("limit=10&offset=0").json()
    assert list(body) == ["data", "total_record", "offset", "limit", "message", "reference"]
    assert (body["total_record"], body["offset"], body["limit"]) == (SEEDED, 0, 10)
    assert len(body["data"]) == 10
    for record in body["data"]:
        assert list(record) == RECORD
        assert instant(record["created_at"]) <= instant(record["updated_at"]) <= datetime.now(UTC)
        for item in record["update_stock_history_item"]:
            assert list(item) == ITEM
            assert item["update_stock_history_id"] == record["id"]
            assert json.loads(item["remote_variant"])
            assert json.loads(item["client_reponse"])


@pytest.mark.parametrize("limit", [1, 4, 10, 25, 100])
def test_pages_neither_overlap_nor_skip(partner: Partner, limit: int) -> None:
    """Pages put together are the whole history, newest first, with one total throughout."""
    whole = partner.history().json()
    pages = [
        partner.history(f"limit={limit}&offset={offset}").json()
        for offset in range(0, SEEDED + limit, limit)
    ]
    assert [record for page in pages for record in page["data"]] == whole["data"]
    assert {page["total_record"] for page in pages} == {SEEDED}
    assert all(len(page["data"]) <= limit for page in pages)
    times = [instant(record["updated_at"]) for record in whole["data"]]
    assert times == sorted(times, reverse=True)


def test_the_defaults_apply(partner: Partner) -> None:
    """Without limit and offset the page begins at 0 and holds up to 100."""
    body = partner.history().json()
    assert (body["limit"], body["offset"], len(body["data"])) == (100, 0, SEEDED)


def test_the_filter_includes_its_instant(partner: Partner) -> None:
    """Only records updated at the instant or after it are left, and counted, in any zone."""
    data = partner.history().json()["data"]
    at = instant(data[9]["updated_at"])
    for text in (data[9]["updated_at"], at.isoformat(), at.isoformat().replace("+", "%2B")):
        body = partner.history(f"updated_at={text}&limit=3&offset=0").json()
        assert (body["data"], body["total_record"]) == (data[:3], 10)
    assert partner.history("updated_at=2000-01-01T00:00:00-05:00").json()["data"] == data
    assert partner.history("updated_at=2999-01-01t00:00:00.5z").json()["total_record"] == 0


@pytest.mark.parametrize(
    "query",
    [
        *(
            f"{field}={value}"
            for field in ("limit", "offset")
            for value in ("ten", "-1", "", "1.5")
        ),
        f"limit={'9' * 5000}",
        *(f"updated_at={value}" for value in ("yesterday", "", "2021-02-05", "1612840732")),
        "updated_at=2021-02-30T00:00:00Z",
        "updated_at=2021-02-05T15:04:05",
        "updated_at=%ff",
    ],
)
def test_a_wrong_query_is_refused(partner: Partner, query: str) -> None:
    """A count that is none, or a timestamp that is no RFC 3339, gets 400."""
    assert partner.history(query).status_code == 400


@pytest.mark.parametrize(
    "query", ["limit=0", "offset=99999999999999999999", "updated_at=2016-12-31T23:59:60Z"]
)
def test_an_odd_query_is_answered(partner: Partner, query: str) -> None:
    """No records, an offset past the end and a leap second are no errors."""
    assert partner.history(query).status_code == 200


def test_an_update_shows_a_moment_later(lively: Partner) -> None:
    """The history soon has each update, the last one first, with an item for each channel."""
    codes = [lively.update().json()["transaction_code"], lively.update().json()["transaction_code"]]
    deadline = time.monotonic() + 10
    body = lively.history("limit=100&offset=0").json()
    while body["total_record"] < SEEDED + 2 and time.monotonic() < deadline:
        body = lively.history("limit=100&offset=0").json()
    newest = body["data"][:2]
    assert [record["transaction_code"] for record in newest] == codes[::-1]
    assert [
        (item["sku"], item["warehouse_name"], item["channel"], item["qty"], item["success"])
        for item in newest[0]["update_stock_history_item"]
    ] == [("sku1", "default", "bklp", 30, True), ("sku1", "default", "blib", 20, True)]


def test_updates_at_once_are_all_kept(lively: Partner) -> None:
    """Concurrent updates get as many codes, and as many records of their own."""
    with ThreadPoolExecutor(8) as pool:
        codes = [
            one.json()["transaction_code"] for one in pool.map(lambda _: lively.update(), range(24))
        ]
    kept = lively.reference.records[SEEDED:]
    assert sorted(codes) == sorted(record.transaction_code for record in kept)
    assert len({record.number for record in lively.reference.records}) == SEEDED + 24


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b"{", b"[" * 100_000, b'{"sku": NaN}', b'{"sku": "\xff"}', b"1e999"],
)
def test_hostile_bodies_are_refused(partner: Partner, raw: bytes) -> None:
    """Bodies that are no JSON object get a 4xx with the error's shape."""
    label = {"Content-Type": "application/json"}
    answer = partner.send(partner.request("POST", UPDATE, content=raw, headers=label))
    assert 400 <= answer.status_code < 500
    assert isinstance(answer.json()["message"], str)


def test_the_signature_covers_raw_bytes(partner: Partner) -> None:
    """A body with another spacing is taken with its own signature, not with the compact one's."""
    label = {"Content-Type": "application/json"}
    spaced = json.dumps(STOCKS, indent=2).encode()
    request = partner.request("POST", UPDATE, content=spaced, headers=label)
    compact = partner.request("POST", UPDATE, json=STOCKS)
    assert request.content != compact.content
    assert partner.send(request).status_code == 200
    assert partner.send(request, secret=partner.sign(compact)).status_code == 401


def test_fixtures_unlock_an_update(partner: Partner) -> None:
    """The fixtures name a product, a warehouse and two channels that differ."""
    names = partner.reference.fixtures()
    channels = [{"code": names[name], "qty": 1} for name in ("channel", "second_channel")]
    assert names["channel"] != names["second_channel"]
    answer = partner.update(sku=names["sku"], warehouse=names["warehouse"], channel_stock=channels)
    assert answer.status_code == 200


def test_a_steady_server_counts_calls() -> None:
    """After `steady` a record shows from the third read on, however long the reads take."""
    reference = SircloInventory(history_delay=0.1)
    reference.steady()
    for partner in serve(reference):
        partner.update()
        time.sleep(0.15)
        totals = [partner.history().json()["total_record"] for _ in range(4)]
    assert totals == [SEEDED, SEEDED, SEEDED + 1, SEEDED + 1]
