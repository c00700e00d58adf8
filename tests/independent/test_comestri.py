"""comestri-inventory against a server that shares no code with the reference servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from comestri_defects import DEFECTS, Forgetful, Loose, Picky
from comestri_liberties import AUTHORIZATIONS, LIBERTIES, REFUSALS, STATUSES, KeyHeader
from comestri_server import (
    ANSWERED,
    EMAIL,
    ENUMERATIONS,
    OPTIONAL,
    READER_EMAIL,
    READER_TOKEN,
    TOKEN,
    ComestriServer,
)

from retailspec.conformance import Conformance, Settings
from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.findings import Verdict
from retailspec.target.template import template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from retailspec.runner import RuleResult

    Check = Callable[..., dict[str, RuleResult]]

CONTRACT = "comestri-inventory"
VALUES = {
    "token": TOKEN,
    "email": EMAIL,
    "forbidden_token": READER_TOKEN,
    "forbidden_email": READER_EMAIL,
}
FIXTURES = {"inventory_source": '"Oslo"', "product_id": "41", "product_code": '"P-41"'}


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Return a function that checks a server through a target file: rule id to result."""
    for name, value in VALUES.items():
        monkeypatch.setenv(f"SHOP_{name.upper()}", value)

    def run(
        server: ComestriServer,
        rules: Iterable[str] | None = None,
        settings: str = "",
        credentials: Iterable[str] = VALUES,
        fixtures: Iterable[str] = FIXTURES,
    ) -> dict[str, RuleResult]:
        lines = [f"[{CONTRACT}]", settings, f"[{CONTRACT}.credentials]"]
        lines += [f'{name} = "env:SHOP_{name.upper()}"' for name in credentials]
        lines += [f"[{CONTRACT}.fixtures]", *(f"{name} = {FIXTURES[name]}" for name in fixtures)]
        file = tmp_path / "target.toml"
        file.write_text("\n".join(lines), encoding="utf-8")
        with server.serving() as url:
            made = Conformance(Settings(contracts=(CONTRACT,), base_url=url, target_file=str(file)))
            try:
                made.prepare()
                judged = [
                    rule.id for rule in made.contracts[CONTRACT].rules.values() if rule.judged
                ]
                chosen = judged if rules is None else list(rules)
                made.select([(CONTRACT, rule) for rule in chosen])
                return {rule: made.result(CONTRACT, rule) for rule in chosen}
            finally:
                made.close()

    return run


def ended(found: dict[str, RuleResult], verdict: Verdict) -> set[str]:
    return {rule for rule, result in found.items() if result.verdict is verdict}


@pytest.mark.parametrize(("server", "advisories"), LIBERTIES)
def test_a_conforming_server_breaks_no_must(
    check: Check, server: type[ComestriServer], advisories: set[str]
) -> None:
    """Whatever the document leaves open is never a broken must, and everything is judged."""
    found = check(server())
    assert ended(found, Verdict.BROKEN) == set()
    assert ended(found, Verdict.ADVISORY) == advisories
    assert ended(found, Verdict.NOT_JUDGED) == set()


@pytest.mark.parametrize(("server", "settings", "credentials"), AUTHORIZATIONS)
def test_another_authorization_needs_only_its_own_credentials(
    check: Check, server: type[ComestriServer], settings: str, credentials: list[str]
) -> None:
    """A header's form, the path and the method follow the target file; nothing else is wanted."""
    found = check(server(), settings=settings, credentials=credentials)
    assert ended(found, Verdict.BROKEN) | ended(found, Verdict.ADVISORY) == set()
    readers = {"forbidden"} if "forbidden_token" not in credentials else set()
    assert ended(found, Verdict.NOT_JUDGED) == readers
    for rule in readers:
        assert "needs credentials.forbidden_" in found[rule].reasons[0]


@pytest.mark.parametrize(
    ("named", "silent"),
    [
        ("product_id", {"create.by-product-code", "product.both"}),
        ("product_code", {"create.by-product-id", "product.both"}),
    ],
)
def test_one_name_of_a_product_is_enough(check: Check, named: str, silent: set[str]) -> None:
    """A target that names its product one way is judged by all that does not need the other."""
    found = check(ComestriServer(), fixtures=["inventory_source", named])
    assert ended(found, Verdict.BROKEN) | ended(found, Verdict.ADVISORY) == set()
    assert ended(found, Verdict.NOT_JUDGED) == silent
    other = ({"product_id", "product_code"} - {named}).pop()
    assert all(f"needs fixtures.{other}" in found[rule].reasons[0] for rule in silent)
    assert any(f"needs fixtures.{other}" in reason for reason in found["create.nulls"].reasons)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"fixtures": ["inventory_source"]},
            r"fixtures\.product_id: is missing .*product_code does",
        ),
        (
            {"credentials": ["token"]},
            r"credentials\.email: is missing .*Authorization is made with",
        ),
        (
            {"settings": 'authorization.X = "${tokn}"'},
            r"authorization\.X.* no credential tokn\. Did",
        ),
        ({"settings": 'authorization.X = "T0ken"'}, r"authorization: names no .* literal secret"),
    ],
)
def test_a_target_file_that_lacks_something_is_refused(
    check: Check, changes: dict[str, Any], said: str
) -> None:
    """A credential or a product that has to be named is asked for, before anything is sent."""
    with pytest.raises(UsageError, match=said):
        check(ComestriServer(), **changes)


def test_credentials_that_change_nothing_are_not_judged(check: Check) -> None:
    """Wrong credentials that the target's header does not carry are never sent as wrong ones."""
    rules = ["auth.wrong", "auth.missing"]
    found = check(KeyHeader(EMAIL), rules, settings='authorization.X-Api-Key = "${email}"')
    assert found["auth.wrong"].verdict is Verdict.NOT_JUDGED
    assert "does not depend on token" in found["auth.wrong"].reasons[0]
    assert found["auth.missing"].verdict is Verdict.HELD


@pytest.mark.parametrize(("server", "broken"), DEFECTS)
def test_a_defect_breaks_its_rule(
    check: Check, server: type[ComestriServer], broken: set[str]
) -> None:
    """A server that departs from the document in one point breaks the rules about that point."""
    assert ended(check(server()), Verdict.BROKEN) == broken


@pytest.mark.parametrize("refusal", [one for one in REFUSALS if not one.endswith("missing")])
def test_a_field_that_is_not_looked_at_is_found(check: Check, refusal: str) -> None:
    """For each field a rule of its own sees that wrong values are taken."""
    field = refusal.partition(".")[0]
    rule = f"refuse.{refusal}"
    assert check(Loose(field), [rule])[rule].verdict is Verdict.BROKEN


@pytest.mark.parametrize("field", OPTIONAL)
def test_a_null_that_is_refused_is_found(check: Check, field: str) -> None:
    """A server that refuses null for one of the sixteen fields breaks create.nulls."""
    found = check(Picky(field, None), ["create.nulls"])["create.nulls"]
    assert found.verdict is Verdict.BROKEN
    assert [finding.note for finding in found.findings] == [f"the case: {field}"]


@pytest.mark.parametrize(
    ("field", "value"), [(field, one) for field, values in ENUMERATIONS.items() for one in values]
)
def test_an_enumeration_value_that_is_refused_is_found(
    check: Check, field: str, value: str
) -> None:
    """A server that refuses one value of one enumeration breaks create.enums."""
    found = check(Picky(field, value), ["create.enums"])["create.enums"]
    assert [finding.note for finding in found.findings] == [f"the case: {field} {value}"]


@pytest.mark.parametrize("field", ["qty", *ANSWERED, "support_shipping", "inventory_source"])
def test_a_field_that_is_left_out_is_found(check: Check, field: str) -> None:
    """An answer without one of the printed fields breaks response.fields."""
    found = check(Forgetful(field), ["create.full", "response.fields", "echo.optional"])
    assert ended(found, Verdict.BROKEN) == {"response.fields"}
    assert ended(found, Verdict.ADVISORY) == set()


@pytest.mark.parametrize("field", ANSWERED)
def test_a_value_that_is_lost_costs_an_advisory(check: Check, field: str) -> None:
    """An optional field that was sent and is answered as null breaks the should about it."""
    found = check(Forgetful(field, null=True), ["create.full", "response.fields", "echo.optional"])
    assert ended(found, Verdict.BROKEN) == set()
    assert ended(found, Verdict.ADVISORY) == {"echo.optional"}
    assert found["echo.optional"].findings[0].pointer == f"/{field}"


def test_each_refusal_has_a_narrower_status() -> None:
    """The statuses of the refusals are rules of their own."""
    rules = load_contract(CONTRACT).rules
    assert {rule for rule in rules if rule.startswith("refuse.") and rule.endswith("status")} == (
        STATUSES
    )
    assert {rule.removesuffix(".status") for rule in STATUSES} == {
        f"refuse.{refusal}" for refusal in REFUSALS
    }


def test_the_template_asks_for_what_the_header_carries() -> None:
    """The commented target file wants token and address, and shows the header's form."""
    lines = template(load_contract(CONTRACT)).splitlines()
    assert 'email = "env:COMESTRI_INVENTORY_EMAIL"' in lines
    assert '# forbidden_email = "env:COMESTRI_INVENTORY_FORBIDDEN_EMAIL"' in lines
    assert any(line.startswith("# authorization.Authorization = ") for line in lines)
    assert any(line.startswith("# methods.create = ") for line in lines)
