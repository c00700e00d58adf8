"""The target file, and the target that is made of it: every mistake is one clear line."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.contract import load_contract, names
from retailspec.errors import SupplyError, UsageError
from retailspec.secrets import Secrets
from retailspec.target.config import TargetConfig, credentials_of, read_target, target_config
from retailspec.target.embedded import embedded_target
from retailspec.target.supply import CommandSupply, HttpSupply, ListSupply
from retailspec.target.target import Target, make_target
from retailspec.target.template import filled, template

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "token-of-the-test"
SECRETS = Secrets({"token": TOKEN}, {"token": "T"})
ORDERS = load_contract("omni-orders")
INVENTORY = load_contract("omni-inventory")
STOCK = {"store_code": "Store1", "variant_code": "BURGER01"}


def refused(table: Any, contract: str = "omni-orders") -> str:
    with pytest.raises(UsageError) as caught:
        target_config(table, load_contract(contract), f"t.toml: [{contract}]")
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith(f"t.toml: [{contract}]")
    return told.removeprefix(f"t.toml: [{contract}]").strip()


def made(table: dict[str, Any] | None = None, **options: Any) -> Target:
    config = TargetConfig.model_validate({"supply": {"order": {"numbers": ["A"]}}, **(table or {})})
    options = {"base_url": "https://api.example", "secrets": SECRETS, **options}
    return make_target(ORDERS, config, "t.toml: [omni-orders]", **options)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (5, ": is no table"),
        ([], ": is no table"),
        ({"base_ulr": "x"}, "base_ulr: no such key. Did you mean base_url? (one of: base_url, "),
        ({"token": "x"}, "token: no such key."),
        ({"timeout": "5"}, "timeout: input should be a valid number"),
        ({"timeout": 0}, "timeout: input should be greater than 0"),
        ({"timeout": True}, "timeout: input should be a valid number"),
        ({"patience": -1}, "patience: input should be greater than or equal to 0"),
        ({"rate": 0}, "rate: input should be greater than 0"),
        ({"production": "yes"}, "production: input should be a valid boolean"),
        ({"credentials": 5}, "credentials: input should be a table"),
        ({"credentials": {"tokn": "env:A"}}, "credentials.tokn: omni-orders knows no such name."),
        ({"credentials": {"token": 5}}, "credentials.token: input should be a valid string"),
        ({"base_url": "ftp://a"}, "base_url: is no http:// or https:// address"),
        ({"base_url": "api.example"}, "base_url: is no http:// or https:// address"),
        ({"base_url": "https://u:p@a"}, "base_url: holds a user name or password; credentials go"),
        ({"http_url": "http://a/?b=c"}, "http_url: has a query or a fragment; only scheme, host,"),
        ({"http_url": "http://a:99999"}, "http_url: port out of range"),
        ({"http_url": "http://a b"}, "http_url: has a port, or white space,"),
        ({"http_url": "http://[::1"}, "http_url: invalid IPv6 URL"),
        ({"supply": {"orders": {"numbers": []}}}, "Did you mean order? (one of: order)"),
        ({"supply": {"order": {}}}, "exactly one of numbers, file, command, http; there is none"),
        (
            {"supply": {"order": {"numbers": ["A"], "file": "f"}}},
            "exactly one of numbers, file, command, http; there is numbers and file",
        ),
        ({"supply": {"order": {"number": ["A"]}}}, "number: no such key. Did you mean numbers?"),
        ({"supply": {"order": {"numbers": ["A", 5]}}}, "supply.order.numbers.1: input should be a"),
        ({"supply": {"order": {"http": {}}}}, "supply.order.http.url: field required"),
        ({"supply": {"order": {"http": {"ulr": "x"}}}}, "http.ulr: no such key. Did you mean url?"),
        ({"fixtures": {"foreign_ordr": "A"}}, "Did you mean foreign_order? (one of: "),
        ({"fixtures": {"foreign_order": 5}}, "fixtures.foreign_order: is no text; write it in"),
        ({"paths": {"confrim": "/x"}}, "paths.confrim: omni-orders knows no such name. Did you"),
        ({"paths": {"confirm": "x"}}, "paths.confirm: is no path; it begins with /"),
        ({"methods": {"confirm": "DELETE"}}, "methods.confirm: input should be 'GET', 'POST'"),
    ],
)
def test_wrong_table(table: Any, told: str) -> None:
    """A wrong key or value is told with its place and the nearest valid name."""
    assert told in refused(table)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"[omni-orders", "is no valid TOML: Expected ']'"),
        (b"[omni-orders]\na = 1\na = 2", "is no valid TOML: Cannot overwrite a value"),
        (b"\xff\xfe\x00", "is no valid TOML: 'utf-8' codec"),
        (b"a = " + b"[" * 5_000 + b"]" * 5_000, "is no valid TOML: "),
        (b"[omni-ordres]", "[omni-ordres]: no such contract. Did you mean omni-orders?"),
        (b"omni-orders = 5", "[omni-orders]: is no table"),
        (b"# " + b"x" * 1_100_000, "is larger than it can be (1 MB)"),
    ],
)
def test_wrong_file(tmp_path: Path, text: bytes, told: str) -> None:
    """A file that is no TOML, or no target file, is told in one line with its name."""
    file = tmp_path / "t.toml"
    file.write_bytes(text)
    with pytest.raises(UsageError) as caught:
        read_target(file, {"omni-orders": ORDERS})
    assert str(caught.value).startswith(f"{file}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and a folder are told."""
    for path, told in ((tmp_path / "none.toml", "No such file"), (tmp_path, "Is a directory")):
        with pytest.raises(UsageError, match=f"cannot be read: {told}"):
            read_target(path, {"omni-orders": ORDERS})


def test_file_holds_several_contracts(tmp_path: Path) -> None:
    """Each table is read for its contract; paths in it are relative to the file."""
    file = tmp_path / "t.toml"
    file.write_text(
        "[omni-orders]\nca_file = 'ca.pem'\nsupply.order.file = 'n.txt'\n"
        "[omni-inventory]\nca_file = '/etc/ca.pem'\nbase_url = 'https://a.example/api/'\n"
    )
    both = read_target(file, {"omni-orders": ORDERS, "omni-inventory": INVENTORY})
    assert both["omni-orders"].ca_file == str(tmp_path / "ca.pem")
    assert both["omni-orders"].supply["order"].file == str(tmp_path / "n.txt")
    assert both["omni-inventory"].ca_file == "/etc/ca.pem"
    assert read_target(file, {"omni-orders": ORDERS}).keys() == {"omni-orders"}


def test_credentials_come_from_the_environment() -> None:
    """A credential is named in the file, or has its usual name, and is never in the file."""
    named = TargetConfig(credentials={"token": "env:MY_TOKEN"})
    environ = {"MY_TOKEN": "one", "OMNI_ORDERS_TOKEN": "two"}
    assert credentials_of(named, ORDERS, "w", environ) == ({"token": "one"}, {"token": "MY_TOKEN"})
    assert credentials_of(TargetConfig(), ORDERS, "w", environ) == (
        {"token": "two"},
        {"token": "OMNI_ORDERS_TOKEN"},
    )
    with pytest.raises(UsageError, match=r"^w credentials.token: is missing \(the store's token\)"):
        credentials_of(TargetConfig(), ORDERS, "w", {})
    with pytest.raises(UsageError, match=r"write \"env:NAME\""):
        credentials_of(TargetConfig(credentials={"token": "s3cr3t"}), ORDERS, "w", {})


def test_target_has_the_contracts_defaults() -> None:
    """Fixtures that the file does not name have their defaults, and a slash at the end goes."""
    target = made({"fixtures": {"foreign_order": "X"}}, base_url="https://api.example/v1/")
    assert target.base_url == "https://api.example/v1"
    assert target.fixtures == {"unknown_number": "RETAILSPEC0", "foreign_order": "X"}
    assert target.http_url is None
    assert target.production is None


def test_address_given_wins_over_the_file() -> None:
    """--base-url wins over base_url; without either there is nothing to check."""
    assert made({"base_url": "https://file.example"}).base_url == "https://api.example"
    assert made({"base_url": "https://file.example"}, base_url=None).base_url.endswith(
        "file.example"
    )
    with pytest.raises(UsageError, match="base_url: is missing; give it there or as --base-url"):
        made(base_url=None)


@pytest.mark.parametrize(
    "address",
    ["api.example", "ftp://a", "http://[::1", "http://a?b", "http://u:pw123@a", "https://"],
)
def test_address_that_is_none(address: str) -> None:
    """An address given on the command line is looked at like one in the file."""
    with pytest.raises(UsageError, match=r"^--base-url") as caught:
        made(base_url=address)
    assert "pw123" not in str(caught.value)


def test_what_a_contract_needs_is_asked_for() -> None:
    """A missing fixture or supply is told with what it is for."""
    with pytest.raises(UsageError, match=r"fixtures.store_code: is missing \(a store that the"):
        make_target(INVENTORY, TargetConfig(), "w", base_url="https://a", secrets=SECRETS)
    with pytest.raises(UsageError, match=r"supply.order: is missing \(the number of a fresh order"):
        make_target(ORDERS, TargetConfig(), "w", base_url="https://a", secrets=SECRETS)


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    """A missing file of certificates, or one without any, is told."""
    (tmp_path / "empty.pem").write_text("nothing")
    for name in ("none.pem", "empty.pem"):
        with pytest.raises(UsageError, match=rf"ca_file: .*{name}:? cannot be (used|read): "):
            made({"ca_file": str(tmp_path / name)})


def test_each_way_of_supply(tmp_path: Path) -> None:
    """A list, a file, a command and an HTTP call each make their supply."""
    file = tmp_path / "n.txt"
    file.write_text("# one a line\n\n A1 \r\nA2\n")
    kinds = {
        ListSupply: {"numbers": ["A1", "A2"]},
        CommandSupply: {"command": "echo A1"},
        HttpSupply: {"http": {"url": "http://127.0.0.1:9"}},
    }
    for kind, table in kinds.items():
        assert isinstance(made({"supply": {"order": table}}).pools["order"].supply, kind)
    pool = made({"supply": {"order": {"file": str(file)}}}).pools["order"]
    assert pool.supply.size == 2
    assert [pool.take(), pool.take()] == ["A1", "A2"]


def test_hook_serves_where_the_file_names_nothing() -> None:
    """A function makes fresh entries unless the file says where they come from."""
    fresh = {"order": lambda: "F1"}
    assert made(fresh=fresh).pools["order"].take() == "A"
    config = TargetConfig()
    target = make_target(ORDERS, config, "w", base_url="https://a", secrets=SECRETS, fresh=fresh)
    assert target.pools["order"].take() == "F1"


@pytest.mark.parametrize("text", ["", "# only a remark\n\n"])
def test_empty_supply_is_an_error(tmp_path: Path, text: str) -> None:
    """A list or file with no entry is told at once."""
    file = tmp_path / "n.txt"
    file.write_text(text)
    with pytest.raises(SupplyError, match="is empty; name at least one fresh entry"):
        made({"supply": {"order": {"file": str(file)}}})
    with pytest.raises(SupplyError, match="numbers: is empty"):
        made({"supply": {"order": {"numbers": []}}})


def test_supply_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and a binary file are told."""
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
    for name, told in (("none", "No such file"), (".", "Is a directory"), ("b", "is no text file")):
        with pytest.raises(UsageError, match=told):
            made({"supply": {"order": {"file": str(tmp_path / name)}}})


def test_production_is_noticed() -> None:
    """The host that the document prints, in any case and at any port, is production."""
    for address in ("https://orders.upnormal.co.id", "http://ORDERS.upnormal.co.id:8443/x"):
        told = made(base_url=address).production
        assert told == "orders.upnormal.co.id is the production host that the document prints"
    assert made({"production": True}).production == "its target file says production = true"
    assert made(base_url="https://orders.upnormal.co.id.example").production is None


def test_paths_and_methods_may_differ() -> None:
    """The target's own paths and methods take the place of the contract's, for it alone."""
    target = made({"paths": {"confirm": "/v2/confirm"}, "methods": {"confirm": "PUT"}})
    confirm = target.contract.operations["confirm"]
    assert (confirm.path, confirm.method) == ("/v2/confirm", "PUT")
    assert ORDERS.operations["confirm"].path == "/api/store/orders/confirm"
    assert "details" not in target.contract.operations
    assert "details" in made({"paths": {"details": "/d"}}).contract.operations


def test_authorization_names_a_credential() -> None:
    """Another form of the header has to use a credential that the contract knows."""
    target = made({"authorization": {"X-Api-Key": "${token}"}})
    assert target.contract.authorization == {"X-Api-Key": "${token}"}
    with pytest.raises(UsageError, match=r"a literal secret does not belong into a file"):
        made({"authorization": {"X-Api-Key": "abc"}})
    with pytest.raises(UsageError, match=r"knows no credential tokn. Did you mean token\?"):
        made({"authorization": {"X-Api-Key": "${tokn}"}})


@pytest.mark.parametrize("name", ["omni-orders", "omni-inventory"])
def test_template_is_a_target_file(tmp_path: Path, name: str) -> None:
    """What `retailspec target` prints is a target file as it stands, secrets left out."""
    file = tmp_path / "t.toml"
    contract = load_contract(name)
    file.write_text(template(contract))
    config = read_target(file, {name: contract})[name]
    assert config.base_url == "https://sandbox.example"
    assert all(value.startswith("env:") for value in config.credentials.values())
    assert config.credentials.keys() == {
        key for key, c in contract.credentials.items() if c.required
    }


def test_template_names_how_a_target_signs() -> None:
    """Where a document leaves open how calls are signed, its template has the option for it."""
    texts = {name: template(load_contract(name)) for name in names()}
    said = {name for name, text in texts.items() if "# options.leading_slash = " in text}
    assert said == {"sirclo-inventory"}


@pytest.mark.parametrize("name", ["omni-orders", "omni-inventory"])
def test_file_for_a_reference_server_can_be_read(tmp_path: Path, name: str) -> None:
    """The target file of a reference server says what the embedded target knows of it."""
    contract = load_contract(name)
    with embedded_target(contract) as target:
        file = tmp_path / "t.toml"
        file.write_text(filled(contract, target.config))
        config = read_target(file, {name: contract})[name]
        assert TOKEN not in file.read_text()
    assert (config.base_url, config.http_url) == (target.config.base_url, target.config.http_url)
    assert dict(config.fixtures) == dict(target.config.fixtures)
    assert config.supply == target.config.supply


def test_a_target_is_closed_with_its_supplies() -> None:
    """Closing a target closes what its supplies hold open, twice as well as once."""
    target = made({"supply": {"order": {"http": {"url": "http://127.0.0.1:9"}}}})
    with pytest.raises(SupplyError):
        target.pools["order"].take()
    target.close()
    dataclasses.replace(target).close()
