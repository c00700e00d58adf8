"""What GitHub Actions reads: annotations that nothing can slip into, and the job summary."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt
from outcomes import finding, outcome, record

from retailspec.contract import load_contract
from retailspec.outputs import Outputs
from retailspec.report.github import command, commands
from retailspec.report.markdown import code, fenced, inline, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from markdown_it.token import Token

NASTY = "100%\r\n::error::mine\n```\n````\n</details><script>|x|\n[a](http://e.example) @all"


def parsed(line: str) -> tuple[str, str, str]:
    """Read a workflow command as the runner does: name, title and message."""
    found = re.fullmatch(r"::(\w+) title=([^,:\r\n]*)::([^\r\n]*)", line)
    assert found is not None, line
    name, title, message = found.groups()
    for code_, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        title = title.replace(code_, char)
        if code_ not in {"%3A", "%2C"}:
            message = message.replace(code_, char)
    return name, title, message


def test_a_command_is_one_line_that_gives_back_its_text() -> None:
    """Title and message are escaped by the runner's rules, and read back as they were."""
    title = "a:b, 100%\n::error::x"
    assert parsed(command("warning", title, NASTY)) == ("warning", title, NASTY)


def test_a_long_message_is_cut() -> None:
    """A message is no longer than GitHub shows."""
    _, _, message = parsed(command("error", "t", "x" * 100_000))
    assert len(message) == 3_000
    assert message.endswith("…")


def test_each_verdict_has_its_kind() -> None:
    """Broken is an error, advisory a warning, waived a notice; held is silent."""
    results = outcome(
        [
            record("update.ok", "broken"),
            record("auth.scheme", "advisory"),
            record("update.many", "waived"),
            record("https", "not judged"),
            record("update.price", "held"),
        ],
        stale={"omni-inventory/update.price": "w.toml: waiver 1: stale"},
    )
    told = [parsed(line) for line in commands(results)]
    assert [(name, title) for name, title, _ in told] == [
        ("error", "omni-inventory/update.ok (must) broken"),
        ("error", "stale waiver"),
        ("warning", "omni-inventory/auth.scheme (should) advisory"),
        ("notice", "omni-inventory/update.many (must) waived"),
        ("notice", "not judged"),
    ]
    assert told[0][2].splitlines()[2:] == [
        "expected: status 401",
        "got: status 200",
        "call: curl -i https://shop.example/x",
    ]
    assert "waived: shop-123 says so" in told[3][2]


def test_strict_makes_an_advisory_an_error() -> None:
    """Under --strict what fails the run is an error."""
    results = outcome([record("auth.scheme", "advisory")], strict=True)
    assert [parsed(line)[0] for line in commands(results)] == ["error"]


def test_one_defect_is_one_annotation_and_no_kind_has_more_than_ten() -> None:
    """Findings are grouped by rule, and the last annotation of a kind counts the rest."""
    rules = [rule.id for rule in load_contract("omni-inventory").rules.values() if rule.judged]
    many = [record(rule, "broken", findings=[finding()] * 7) for rule in rules[:25]]
    told = [parsed(line) for line in commands(outcome(many))]
    assert len(told) == 10
    assert told[-1][1] == "and 16 more"
    assert told[0][2].endswith("7 calls show it")
    assert len(list(commands(outcome(many[:10])))) == 10


def test_a_rule_outside_the_selection_is_told() -> None:
    """What the calls showed of other rules is annotated, too."""
    results = outcome([record("update.ok", "held")], also=[record("no-server-error", "broken")])
    assert [parsed(line)[1] for line in commands(results)] == [
        "omni-inventory/no-server-error (must) broken"
    ]


# The job summary


@pytest.mark.parametrize("text", ["a", "```", "a `b` ``c``", "````\n```", NASTY])
def test_a_fence_is_longer_than_any_in_its_text(text: str) -> None:
    """No line of the text closes the block that holds it."""
    first, *inside, last = fenced(text).split("\n")
    mark = first.removesuffix("text")
    assert set(mark) == {"`"}
    assert last == mark
    assert not any(line.strip().startswith(mark) for line in inside)
    assert "\n".join(inside) == text


def test_text_in_a_line_makes_no_markup() -> None:
    """Marks of Markdown and of HTML are escaped, and line breaks are gone."""
    made = inline(NASTY)
    assert "\n" not in made
    assert re.search(r"(?<!\\)[<>`|\[\]*_@]", made) is None
    assert code("a|b`c") == "``a\\|b`c``"


def test_the_summary_tells_all() -> None:
    """The verdict, a row per contract, the lifecycle, broken rules, waived and not judged ones."""
    broken = record(
        "confirm.from.cancelled-paid",
        "broken",
        "omni-orders",
        findings=[finding(answer=NASTY, note="confirm on an order", pointer="/status")],
    )
    results = outcome(
        [
            broken,
            record("confirm.from.new-unpaid", "held", "omni-orders"),
            record("update.ok", "waived"),
            record("https", "not judged"),
        ],
        stale={"omni-inventory/update.price": "w.toml: stale"},
    )
    text = summary(results)
    assert text.startswith(
        "## omni\\-orders, omni\\-inventory: does not conform\\: 1 must rule broken\n"
    )
    assert "| `omni-orders` | `https://shop.example` | 3 | 1 | 1 | 0 | 0 | 0 |\n" in text
    assert "| `omni-inventory` | `https://shop.example` | 3 | 0 | 0 | 0 | 1 | 1 |\n" in text
    assert "| Cancelled/paid | **BROKEN** |  |  |  |\n" in text
    assert "### broken: `omni-orders/confirm.from.cancelled-paid` (must)\n" in text
    assert "`````text\nexpected: status 401   (at /status)\ngot:      status 200\n" in text
    assert "- w\\.toml\\: stale\n" in text
    assert "- `omni-inventory/update.ok`: shop\\-123 says so \\(until 2031\\-05\\-01\\)\n" in text
    assert "- `omni-inventory/https`: needs fixtures\\.x\\: a thing\n" in text
    assert text.endswith("\n\n")


def test_a_reader_of_markdown_finds_no_markup_of_a_server() -> None:
    """What a server, a waiver or a target says is text and code: no link, heading or HTML."""
    said = finding(answer=NASTY, actual=NASTY, expected=NASTY, note=NASTY, curl=NASTY)
    results = outcome(
        [
            record("update.ok", "broken", findings=[said]),
            record("update.many", "waived", waiver={"reason": NASTY, "expires": None}),
            record("https", "not judged", reasons=[NASTY]),
        ],
        stale={"omni-inventory/update.price": NASTY},
    )
    tokens = list(flat(MarkdownIt("commonmark").enable("table").parse(summary(results))))
    kinds = Counter(token.type for token in tokens)
    assert kinds["fence"] == 1
    fence = next(token.content for token in tokens if token.type == "fence")
    assert fence.count("::error::mine") == 5
    assert kinds["heading_open"] == 2
    assert not kinds.keys() & {"link_open", "image", "html_inline", "code_block"}
    html = {token.content.strip() for token in tokens if token.type == "html_block"}
    assert html == {
        "<details><summary>waived: 1</summary>",
        "<details><summary>not judged: 1</summary>",
        "</details>",
    }


def flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or ())


def test_the_summary_is_no_larger_than_github_takes() -> None:
    """What has no room is counted."""
    huge = [finding(answer="ü" * 100_000)]
    results = outcome([record("update.ok", "broken", findings=huge) for _ in range(10)])
    text = summary(results)
    assert len(text.encode()) < 1_000_000
    assert "And 6 more rules, for which there is no room here." in text


# Where they go


def test_elsewhere_nothing_is_printed(tmp_path: Path) -> None:
    """Without GITHUB_ACTIONS there is neither an annotation nor a stopped command nor a file."""
    told: list[str] = []
    made = Outputs(environ={"GITHUB_STEP_SUMMARY": str(tmp_path / "s.md")})
    results = outcome([record("update.ok", "broken")])
    with made.quoting(told.append):
        told.append("text")
    made.annotate(results, told.append)
    made.write(results, told.append)
    assert told == ["text"]
    assert not list(tmp_path.iterdir())


def test_commands_are_stopped_while_a_server_is_quoted(tmp_path: Path) -> None:
    """The text stands between a stop with a fresh token and that token; annotations follow."""
    tokens = set()
    for _ in range(2):
        told: list[str] = []
        made = Outputs(environ={"GITHUB_ACTIONS": "true"})
        with made.quoting(told.append):
            told.append("::error::mine")
        made.annotate(outcome([record("update.ok", "broken")]), told.append)
        token = told[0].removeprefix("::stop-commands::")
        assert told[1:3] == ["::error::mine", f"::{token}::"]
        assert told[3].startswith("::error title=omni-inventory/update.ok ")
        tokens.add(token)
    assert len(tokens) == 2


def test_the_summary_is_appended(tmp_path: Path) -> None:
    """What earlier steps wrote stays."""
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    made = Outputs(environ={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(file)})
    made.write(outcome([record("update.ok", "held")]), pytest.fail)
    assert file.read_text().startswith("before\n## omni\\-inventory: conforms")


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    """One line, and the run goes on."""
    told: list[str] = []
    place = tmp_path / "none" / "summary.md"
    made = Outputs(environ={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(place)})
    made.check()
    made.write(outcome([record("update.ok", "held")]), told.append)
    assert told == [
        f"warning: $GITHUB_STEP_SUMMARY {place}: cannot be written: No such file or directory"
    ]
