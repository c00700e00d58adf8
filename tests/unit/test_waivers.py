"""Waiver files: what is read from them, each mistake as one line, and what a waiver changes."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from outcomes import outcome, record

from retailspec import waivers
from retailspec.checks import Options
from retailspec.command_waive import waiver_file
from retailspec.contract import load_contract
from retailspec.errors import UsageError
from retailspec.findings import Finding, Verdict
from retailspec.report.waivers import waiver_lines
from retailspec.runner import RuleResult, Run
from retailspec.target.embedded import embedded_target
from retailspec.waivers import PLACEHOLDERS, Waiver, read_waivers

if TYPE_CHECKING:
    from pathlib import Path

DAY = date(2030, 6, 15)
RULE = "omni-orders/confirm.from.cancelled-paid"
REASON = 'reason = "their ticket 41"\n'


def read(tmp_path: Path, text: str, day: date = DAY) -> dict[str, dict[str, Waiver]]:
    path = tmp_path / "w.toml"
    path.write_text(text)
    return read_waivers(path, day)


def refused(tmp_path: Path, text: str) -> str:
    with pytest.raises(UsageError) as error:
        read(tmp_path, text)
    line = str(error.value)
    assert "\n" not in line
    assert line.startswith(f"{tmp_path / 'w.toml'}: ")
    return line.removeprefix(f"{tmp_path / 'w.toml'}: ")


@pytest.mark.parametrize(
    ("keys", "expires"),
    [
        (f'rule = "{RULE}"\n', None),
        ('rule = "confirm.from.cancelled-paid"\ncontract = "omni-orders"\n', None),
        (f'rule = "{RULE}"\ncontract = "omni-orders"\n', None),
        (f'rule = "{RULE}"\nexpires = 2030-06-15\n', DAY),
        (f'rule = "{RULE}"\nexpires = "2030-12-31"\n', date(2030, 12, 31)),
    ],
)
def test_an_entry_is_read(tmp_path: Path, keys: str, expires: date | None) -> None:
    """A rule is named with its contract or beside it; the last day itself still counts."""
    found = read(tmp_path, f"[[waiver]]\n{keys}{REASON}")
    waiver = found["omni-orders"]["confirm.from.cancelled-paid"]
    assert (waiver.id, waiver.reason, waiver.expires) == (RULE, "their ticket 41", expires)
    assert waiver.place == f"{tmp_path / 'w.toml'}: waiver 1 ({RULE})"


def test_a_file_without_entries_waives_nothing(tmp_path: Path) -> None:
    """An empty file is a waiver file."""
    assert read(tmp_path, "# nothing yet\n") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[waiver]]\nrule = "omni-orders/confirm.from.canceled-paid"\n' + REASON,
            (
                "waiver 1 (omni-orders/confirm.from.canceled-paid): no such rule in omni-orders. "
                "Did you mean confirm.from.cancelled-paid? "
                "(`retailspec rules omni-orders` lists them)"
            ),
        ),
        (
            '[[waiver]]\nrule = "omni-order/https"\n' + REASON,
            "waiver 1 (omni-order/https): omni-order: no such contract. Did you mean omni-orders?",
        ),
        (
            '[[waiver]]\nrule = "store_code.unknown"\n' + REASON,
            (
                'waiver 1 (store_code.unknown): rule: name the contract too: "contract/rule.id" '
                "(one of: omni-inventory/store_code.unknown)"
            ),
        ),
        (
            f'[[waiver]]\nrule = "{RULE}"\ncontract = "omni-inventory"\n' + REASON,
            f"waiver 1 ({RULE}): contract: is not the one that rule names",
        ),
        (
            f'[[waiver]]\nrule = "{RULE}"\nexpires = 2030-06-14\n' + REASON,
            (
                f"waiver 1 ({RULE}): expired on 2030-06-14; "
                "remove the entry, or decide anew and give it a later date"
            ),
        ),
        (
            f'[[waiver]]\nrule = "{RULE}"\nexpires = "31.12.2030"\n' + REASON,
            f"waiver 1 ({RULE}): expires: '31.12.2030' is no date such as 2030-12-31",
        ),
        (
            f'[[waiver]]\nrule = "{RULE}"\nexpires = 2030-12-31T00:00:00Z\n' + REASON,
            f"waiver 1 ({RULE}): expires: is no date such as 2030-12-31",
        ),
        (
            f'[[waiver]]\nrule = "{RULE}"\nexpires = 2030\n' + REASON,
            f"waiver 1 ({RULE}): expires: is no date such as 2030-12-31",
        ),
        (f'[[waiver]]\nrule = "{RULE}"\n', f"waiver 1 ({RULE}): reason: is missing"),
        (
            f'[[waiver]]\nrule = "{RULE}"\nreason = 3\n',
            f"waiver 1 ({RULE}): reason: is no text; write it in quotation marks",
        ),
        (
            f'[[waiver]]\nrule = "{RULE}"\nreasn = "x"\n',
            (
                f"waiver 1 ({RULE}): reasn: no such key. Did you mean reason? "
                "(one of: rule, reason, contract, expires)"
            ),
        ),
        ("[[waiver]]\n" + REASON, "waiver 1: rule: is missing"),
        ("[[waver]]\n", "waver: no such key. Did you mean waiver? (one of: waiver)"),
        (
            '[waiver]\nrule = "x"\n',
            "waiver: is no list of tables; write [[waiver]] above each entry",
        ),
        ("waiver = [3]\n", "waiver 1: is no table; write [[waiver]] above its keys"),
        ("[[waiver]\n", "is no valid TOML: "),
        ("\0", "is no valid TOML: "),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    """Each mistake names the file, the entry and what to do."""
    line = refused(tmp_path, text)
    assert line == told or (told.endswith("TOML: ") and line.startswith(told))


@pytest.mark.parametrize(
    "reason", ["", "  ", "\\t", "TODO", "todo: ask", "...", "FIXME", "?", "n/a", "<reason>", "xxx"]
)
def test_a_placeholder_is_no_reason(tmp_path: Path, reason: str) -> None:
    """What a person has left unsaid is refused."""
    line = refused(tmp_path, f'[[waiver]]\nrule = "{RULE}"\nreason = "{reason}"\n')
    assert line.startswith(f"waiver 1 ({RULE}): reason: ")
    assert line.endswith("; say why this departure is put up with")


@pytest.mark.parametrize("word", sorted(PLACEHOLDERS))
def test_each_placeholder_is_refused(tmp_path: Path, word: str) -> None:
    """The listed words are refused in any case and with any marks around them."""
    refused(tmp_path, f'[[waiver]]\nrule = "{RULE}"\nreason = "- {word.upper()}!"\n')


def test_a_rule_is_waived_once(tmp_path: Path) -> None:
    """A second entry for a rule names the first."""
    bare = '[[waiver]]\nrule = "confirm.from.cancelled-paid"\ncontract = "omni-orders"\n'
    line = refused(tmp_path, f'[[waiver]]\nrule = "{RULE}"\n{REASON}{bare}{REASON}')
    assert line == f"waiver 2 ({RULE}): this rule is waived already, by waiver 1 ({RULE})"


def test_a_may_cannot_be_waived(tmp_path: Path) -> None:
    """A rule that is never judged has nothing to waive."""
    name, rule = next(
        (name, rule.id)
        for name in ("omni-orders", "sirclo-inventory", "mipos-inventory", "omni-inventory")
        for rule in load_contract(name).rules.values()
        if not rule.judged
    )
    line = refused(tmp_path, f'[[waiver]]\nrule = "{name}/{rule}"\n{REASON}')
    assert line.endswith("a may is never judged, so there is nothing to waive")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and a folder are told in one line."""
    with pytest.raises(UsageError, match=r"none.toml: cannot be read: No such file"):
        read_waivers(tmp_path / "none.toml", DAY)
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_waivers(tmp_path, DAY)


def test_control_characters_do_not_reach_a_message(tmp_path: Path) -> None:
    """What a file holds is shown without what a terminal would obey."""
    text = '[[waiver]]\nrule = "omni-orders/\\u001b[31mx"\nreason = "y"\n"\\u0007" = 1\n'
    assert refused(tmp_path, text).isprintable()
    fine = read(tmp_path, f'[[waiver]]\nrule = "{RULE}"\nreason = "their\\n \\u001bticket"\n')
    assert fine["omni-orders"]["confirm.from.cancelled-paid"].reason == "their \\x1bticket"


def test_today_is_a_day() -> None:
    """The one place that asks a clock gives a date, from which a file's entries are reckoned."""
    assert isinstance(waivers.today(), date)


# What a waiver makes of a result

WAIVER = Waiver("omni-orders", "confirm.from.cancelled-paid", "their ticket", None, "w.toml: 1")


def ended(verdict: Verdict, **changes: Any) -> RuleResult:
    rule = load_contract("omni-orders").rules["confirm.from.cancelled-paid"]
    broken = (Finding(rule, "a", "b"),) if verdict in {Verdict.BROKEN, Verdict.ADVISORY} else ()
    return RuleResult(rule, verdict, broken, judged=1, **changes)


@pytest.mark.parametrize("verdict", [Verdict.BROKEN, Verdict.ADVISORY])
def test_a_broken_rule_is_waived(verdict: Verdict) -> None:
    """The verdict becomes waived; the findings stay, and it is not stale."""
    result = ended(verdict).waived(WAIVER, whole=True)
    assert (result.verdict, result.waiver, result.stale) == (Verdict.WAIVED, WAIVER, False)
    assert result.findings == ended(verdict).findings


def test_no_waiver_changes_nothing() -> None:
    """Without an entry the result is what it was."""
    assert ended(Verdict.BROKEN).waived(None, whole=True) == ended(Verdict.BROKEN)


@pytest.mark.parametrize(
    ("verdict", "reasons", "whole", "stale"),
    [
        (Verdict.HELD, (), True, True),
        (Verdict.HELD, (), False, False),
        (Verdict.HELD, ("needs a fixture",), True, False),
        (Verdict.NOT_JUDGED, ("needs a fixture",), True, False),
    ],
)
def test_only_a_rule_judged_in_full_makes_a_waiver_stale(
    verdict: Verdict, reasons: tuple[str, ...], whole: bool, stale: bool
) -> None:
    """A rule that held in part, or in a part of a run, may still be broken in the rest."""
    result = ended(verdict, reasons=reasons).waived(WAIVER, whole=whole)
    assert (result.verdict, result.stale) == (verdict, stale)


def test_a_run_knows_whether_it_makes_every_call_of_a_rule() -> None:
    """A standing rule wants the whole contract or itself alone; one repeated request is never all.

    Other rules are judged by calls of their own, which any selection makes.
    """
    contract = load_contract("omni-inventory")
    judged = frozenset(rule.id for rule in contract.rules.values() if rule.judged)
    with embedded_target(contract) as target:
        run = Run(target, Options(profile="off"))
        for selected, standing, whole in [
            (judged, True, True),
            (frozenset({"response.schema"}), True, True),
            (frozenset({"response.schema", "update.ok"}), True, False),
            (frozenset({"response.schema", "update.ok"}), False, True),
        ]:
            run.selected = selected
            assert run._whole(standing=standing) is whole
        run.options = Options(replay="one request")
        assert not run._whole(standing=False)
        run.session.close()


def test_waivers_that_did_nothing_are_told(tmp_path: Path) -> None:
    """What was not judged, not selected or not checked is told; what was waived is not."""
    rules = ["price.empty", "price.invalid", "price.missing", "price.valid", "store_code.empty"]
    rules = [rule for rule in load_contract("omni-inventory").rules if rule in rules]
    broken, silent, held, stale, *_ = [*rules, "update.ok"]
    names = [f"omni-inventory/{rule}" for rule in (broken, silent, held, stale, "update.many")]
    text = "".join(f'[[waiver]]\nrule = "{name}"\n{REASON}' for name in [*names, RULE])
    found = read(tmp_path, text)
    told = outcome(
        [
            record(broken, "waived"),
            record(silent, "not judged"),
            record(held, "held"),
            record(stale, "held"),
        ],
        stale={names[3]: "w.toml: stale"},
    )
    lines = [line.removeprefix(f"{tmp_path}/") for line, _ in waiver_lines(found, told)]
    assert lines == [
        f"w.toml: waiver 2 ({names[1]}): not used: the rule could not be judged in this run",
        (
            f"w.toml: waiver 3 ({names[2]}): not used: the rule held, as far as it was judged in "
            "this run"
        ),
        f"w.toml: waiver 5 ({names[4]}): not used: the rule was not part of this run",
        f"w.toml: waiver 6 ({RULE}): not used: the contract was not part of this run",
        "w.toml: stale",
    ]


# Writing a file from a run


def test_a_written_file_is_refused_until_its_reasons_are_given(tmp_path: Path) -> None:
    """Comments say what the rule says; the empty reason is refused, a given one is read."""
    rules = [record("update.ok", "broken"), record("auth.scheme", "advisory")]
    text = waiver_file(rules)
    assert 'reason = ""' in text
    assert load_contract("omni-inventory").rules["update.ok"].says[:60] in text
    assert "reason: is empty" in refused(tmp_path, text)
    found = read(tmp_path, text.replace('reason = ""', 'reason = "their ticket 41"'))
    assert set(found["omni-inventory"]) == {"update.ok", "auth.scheme"}


def test_a_written_file_keeps_what_was_waived(tmp_path: Path) -> None:
    """A rule that the run had waived keeps its reason and its last day."""
    found = read(tmp_path, waiver_file([record("update.ok", "waived")]))
    waiver = found["omni-inventory"]["update.ok"]
    assert (waiver.reason, waiver.expires) == ("shop-123 says so", date(2031, 5, 1))


def test_a_reports_text_stays_in_its_comment() -> None:
    """Line breaks, quotes and control characters of a report make no TOML of their own."""
    nasty = 'a\n[[waiver]]\nrule = "x"\r\u2028\x1b[31m\x00 "'
    made = record("update.ok", "waived", says=nasty, where=nasty)
    made["waiver"] = {"reason": nasty + "\\", "expires": None}
    made["findings"][0]["actual"] = nasty
    tables = tomllib.loads(waiver_file([made]))
    assert list(tables) == ["waiver"]
    assert [one["rule"] for one in tables["waiver"]] == ["omni-inventory/update.ok"]
    assert tables["waiver"][0]["reason"].endswith('"\\')
