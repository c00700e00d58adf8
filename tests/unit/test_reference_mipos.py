"""The calls of the mipOS reference server, over real sockets."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from retailspec.reference.mipos import MiposInventory
from retailspec.reference.mipos_sync import ITEM_SENTENCES, SUPPLIER_SENTENCES, UNIT_SENTENCES
from retailspec.reference.serving import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = "/api/v1/inventory/pos"
MANAGE = f"{BASE}/webhook/manage"
LABEL = {"Content-Type": "application/json"}
SYNC: dict[str, Any] = {
    "items": [
        {
            "name": f"Testing item {number}",
            "external_id": f"item_{number}",
            "purchase_unit_external_id": "pos_u1",
            "consumption_unit_external_id": "pos_u2",
            "supplier_external_id": "pos_sup_1",
            "cost": "1250",
            "stock": "11.22",
        }
        for number in (1, 2)
    ],
    "user_id_tps": "30",
    "units": [
        {"name": "Unit 1", "short_name": "u1", "external_id": "pos_u1"},
        {"name": "Unit 2", "short_name": "u2", "external_id": "pos_u2"},
    ],
    "suppliers": [{"name": "supplier 1", "external_id": "pos_sup_1"}],
}
STOCK: dict[str, Any] = {
    "user_id_tps": "30",
    "current_stock": "12.44",
    "quantity": "1.25",
    "date": "2020-05-30 12:45:03",
    "movement_type": 2,
    "external_id": "item_abc123",
}
HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"{",
    b"[" * 100_000,
    b'{"type": NaN}',
    b'{"url": "\xff"}',
    b"1e999",
]


class Platform:
    """A client of the platform, with the token and the fixtures of its account."""

    def __init__(self, reference: MiposInventory, base_url: str) -> None:
        self.reference = reference
        self.names: dict[str, Any] = reference.fixtures()
        token = {"Authorization": f"Bearer {reference.credentials['token']}"}
        self.http = httpx.Client(base_url=base_url, headers=token, trust_env=False)

    def store(self, store: str | None, call: str) -> str:
        return f"{BASE}/store/{store or self.names['store_id']}/system/{call}"

    def post(self, url: str, body: dict[str, Any], **changes: Any) -> httpx.Response:
        sent = {"inventory_system_id": self.names["inventory_system_id"], **body, **changes}
        sent = {field: value for field, value in sent.items() if value is not ...}
        return self.http.post(url, json=sent)

    def sync(self, store: str | None = None, **changes: Any) -> httpx.Response:
        return self.post(self.store(store, "sync"), SYNC, **changes)

    def stock(self, store: str | None = None, **changes: Any) -> httpx.Response:
        return self.post(self.store(store, "stock/update"), STOCK, **changes)

    def register(self, url: object, webhook_type: object = "3") -> httpx.Response:
        return self.http.post(MANAGE, json={"type": webhook_type, "url": url})


@contextmanager
def serving(reference: MiposInventory) -> Iterator[Platform]:
    with Served(reference, tls=False) as served:
        platform = Platform(reference, served.url)
        with platform.http:
            yield platform


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with serving(MiposInventory()) as platform:
        yield platform


@pytest.fixture
def fresh() -> Iterator[Platform]:
    """A platform of the test's own, where nothing is registered."""
    with serving(MiposInventory()) as platform:
        yield platform


def without(part: str, field: str, index: int = 0) -> dict[str, Any]:
    return changed(part, lambda entry: entry.pop(field), index)


def changed(
    part: str, change: Callable[[dict[str, Any]], object], index: int = 0
) -> dict[str, Any]:
    entries = copy.deepcopy(SYNC[part])
    change(entries[index])
    return {part: entries}


# Sync inventory


def test_sync(platform: Platform) -> None:
    """A synchronisation gets the printed answer, and its items are known from then on."""
    answer = platform.sync()
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Synchronization data was sent to the inventory system.",
        "data": None,
    }
    assert platform.stock(external_id="item_2").status_code == 204


@pytest.mark.parametrize("missing", [..., None, ""])
@pytest.mark.parametrize(
    "field", ["items", "inventory_system_id", "units", "suppliers", "user_id_tps"]
)
def test_sync_required(platform: Platform, field: str, missing: object) -> None:
    """A field that is left out gets its printed sentence, under its name alone."""
    changes: dict[str, Any] = {field: missing}
    answer = platform.sync(**changes)
    assert answer.status_code == 422
    assert answer.json() == {field: [f"The {field.replace('_', ' ')} field is required."]}


def test_sync_types(platform: Platform) -> None:
    """An inventory system that is no text, and lists that are none, get 422 together."""
    answer = platform.sync(inventory_system_id=5, items={}, units="x")
    assert answer.status_code == 422
    assert answer.json()["inventory_system_id"] == ["The inventory system id must be a string."]
    assert set(answer.json()) == {"inventory_system_id", "items", "units"}


@pytest.mark.parametrize(
    ("part", "field", "sentence"),
    [
        (part, field, sentence)
        for part, sentences in (
            ("items", ITEM_SENTENCES),
            ("units", UNIT_SENTENCES),
            ("suppliers", SUPPLIER_SENTENCES),
        )
        for field, sentence in sentences.items()
    ],
)
def test_sync_entries(platform: Platform, part: str, field: str, sentence: str) -> None:
    """A field that any entry leaves out gets 409 with its sentence, in the printed shape."""
    for index in range(len(SYNC[part])):
        answer = platform.sync(**without(part, field, index))
        assert answer.status_code == 409
        assert sentence in answer.json()["message"]
        assert answer.json()["data"] is None


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("purchase_unit_external_id", "The item purchase unit external id must be a string."),
        ("consumption_unit_external_id", "The item consumption unit external id must be a string."),
        ("cost", "The item cost must be a string."),
        ("stock", "The item stock must be a string."),
    ],
)
def test_sync_entry_types(platform: Platform, field: str, sentence: str) -> None:
    """A number where an item must have a text gets 409 with its sentence."""
    answer = platform.sync(**changed("items", lambda item: item.update({field: 5}), 1))
    assert answer.status_code == 409
    assert sentence in answer.json()["message"]


def test_sync_references(platform: Platform) -> None:
    """Each id that leads nowhere gets its sentence, with the id in the blank."""
    wrong = {"purchase_unit_external_id": "pos_u9", "supplier_external_id": "pos_sup_9"}
    answer = platform.sync(**changed("items", lambda item: item.update(wrong), 1))
    assert answer.status_code == 409
    assert answer.json()["message"] == [
        "Item purchase unit external id (pos_u9) not found in units array",
        "Item supplier external id (pos_sup_9) not found in suppliers array",
    ]


def test_sync_several_at_once(platform: Platform) -> None:
    """All sentences that apply are told in the document's order, each once."""
    answer = platform.sync("no-such-store", user_id_tps="none", items=[{}, []], units=[5])
    sentences = answer.json()["message"]
    assert sentences[:3] == [
        "You don't have this store available.",
        "The third_party_id does not have an Inventory System role or does not exist.",
        "The item must have a name.",
    ]
    assert len(sentences) == 12
    assert len(set(sentences)) == 12


@pytest.mark.parametrize(
    ("fixture", "sentence"),
    [
        (
            "user_without_role",
            "The third_party_id does not have an Inventory System role or does not exist.",
        ),
        (
            "store_without_integration",
            "No integration record was found between this user store and the third party system.",
        ),
        (
            "store_without_external_id",
            "External id not found for this store in the inventory system.",
        ),
    ],
)
def test_sync_conditions(platform: Platform, fixture: str, sentence: str) -> None:
    """Each fixture unlocks its sentence, and no other."""
    named = platform.names[fixture]
    answer = platform.sync(named) if "store" in fixture else platform.sync(user_id_tps=named)
    assert answer.status_code == 409
    assert answer.json() == {"message": [sentence], "data": None}


# Send update of stock of an item


@pytest.mark.parametrize(
    "changes",
    [
        {"movement_type": 1},
        {"movement_type": 2},
        {"quantity": "0.001"},
        {"current_stock": 12.5},
        {"external_id": ...},
    ],
)
def test_stock(platform: Platform, changes: dict[str, Any]) -> None:
    """A movement gets 204 with no body and no length of one."""
    answer = platform.stock(**changes)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers.get("Content-Length", "0") == "0"


@pytest.mark.parametrize(
    "field",
    ["user_id_tps", "inventory_system_id", "current_stock", "quantity", "date", "movement_type"],
)
def test_stock_required(platform: Platform, field: str) -> None:
    """A field that is left out gets its printed sentence, whatever else is wrong."""
    answer = platform.stock("no-such-store", **{field: ...})
    assert answer.status_code == 422
    assert answer.json() == {field: [f"The {field.replace('_', ' ')} field is required."]}


@pytest.mark.parametrize("value", [0, 3, "add", "1", True, 1.5, [], {}])
def test_stock_movement_type(platform: Platform, value: object) -> None:
    """A movement type that there is not gets its printed sentence."""
    answer = platform.stock(movement_type=value)
    assert answer.status_code == 422
    assert answer.json() == {"movement_type": ["The selected movement type is invalid."]}


@pytest.mark.parametrize(
    ("fixture", "sentence"),
    [
        ("user_not_owner", "This user_id_tps does not own this inventory system."),
        (
            "store_without_integration",
            "No integration record was found between this user store and the third party system.",
        ),
        (
            "store_without_external_id",
            "External id not found for this store in the inventory system.",
        ),
        ("inventory_system_webhook_unavailable", "This type of webhook is not available."),
        (
            "inventory_system_without_webhook",
            "This inventory system does not have this type of webhook available.",
        ),
    ],
)
def test_stock_conditions(platform: Platform, fixture: str, sentence: str) -> None:
    """Each fixture unlocks its sentence, and no other."""
    named = platform.names[fixture]
    if fixture.startswith("store"):
        answer = platform.stock(named)
    else:
        field = "user_id_tps" if fixture.startswith("user") else "inventory_system_id"
        answer = platform.stock(**{field: named})
    assert answer.status_code == 409
    assert answer.json() == {"message": [sentence], "data": None}


@pytest.mark.parametrize(
    ("store", "changes", "status"),
    [
        ("no-such-store", {}, 404),
        (None, {"external_id": "no-such-item"}, 404),
        (None, {"external_id": []}, 404),
        (None, {"current_stock": {}}, 400),
    ],
)
def test_stock_passed_through(
    platform: Platform, store: str | None, changes: dict[str, Any], status: int
) -> None:
    """What only the inventory system can tell is answered in its own shape."""
    answer = platform.stock(store, **changes)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]


# Manage Webhook


@pytest.mark.parametrize("webhook_type", ["3", 3])
def test_webhook(fresh: Platform, webhook_type: object) -> None:
    """The first URL is created, the next one updated."""
    answers = [fresh.register(f"http://127.0.0.1:1/{way}", webhook_type) for way in "ab"]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json() for answer in answers] == [
        {"message": "Webhook successfully created.", "data": None},
        {"message": "Webhook successfully updated.", "data": None},
    ]


@pytest.mark.parametrize(
    ("body", "status", "answered"),
    [
        (
            {},
            422,
            {"type": ["The type field is required."], "url": ["The url field is required."]},
        ),
        ({"type": "3"}, 422, {"url": ["The url field is required."]}),
        ({"url": "http://h/"}, 422, {"type": ["The type field is required."]}),
        ({"type": "4", "url": "http://h/"}, 422, {"type": ["The selected type is invalid."]}),
        ({"type": [], "url": "http://h/"}, 422, {"type": ["The selected type is invalid."]}),
        ({"type": "3", "url": "file:///x"}, 422, {"url": ["The url format is invalid."]}),
        ({"type": "1", "url": "http://h/"}, 409, {"message": ["Invalid type."], "data": None}),
    ],
)
def test_webhook_refused(
    platform: Platform, body: dict[str, Any], status: int, answered: dict[str, Any]
) -> None:
    """Fields that are left out or wrong get the printed sentences."""
    answer = platform.http.post(MANAGE, json=body)
    assert (answer.status_code, answer.json()) == (status, answered)


# Callers and hostile bodies


@pytest.mark.parametrize("value", [None, "", "Bearer", "Bearer x", "Token {token}", "{token}"])
def test_wrong_tokens(platform: Platform, value: str | None) -> None:
    """A missing or wrong token gets 401 with a bare JSON string, on each call."""
    for path in (platform.store(None, "sync"), platform.store(None, "stock/update"), MANAGE):
        request = platform.http.build_request("POST", path, json=SYNC)
        del request.headers["Authorization"]
        if value is not None:
            token = platform.reference.credentials["token"]
            request.headers["Authorization"] = value.replace("{token}", token)
        answer = platform.http.send(request)
        assert (answer.status_code, answer.json()) == (401, "Unauthorized.")


@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_bodies(platform: Platform, raw: bytes) -> None:
    """Bodies that are no JSON object get a 4xx on each call."""
    for path in (platform.store(None, "sync"), platform.store(None, "stock/update"), MANAGE):
        answer = platform.http.post(path, content=raw, headers=LABEL)
        assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("part", ["items", "units", "suppliers"])
def test_deep_values(platform: Platform, part: str) -> None:
    """Values that nest deep, wherever they stand, get no 5xx."""
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for field in SYNC[part][0]:
        changes: dict[str, Any] = {part: [{**SYNC[part][0], field: deep}]}
        assert platform.sync(**changes).status_code < 500
    for field in STOCK:
        changes = {field: deep}
        assert platform.stock(**changes).status_code < 500
