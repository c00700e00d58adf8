"""report.html: self-contained, in order, and deaf to whatever a server answers."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import unicodedata
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from report_runs import HOSTILE, hostile, report_of, spoilt

from retailspec.report.diagram import diagram
from retailspec.report.layout import Edge, lay_out
from retailspec.report.page import page

Record = dict[str, Any]
VOID = {"meta", "br", "input", "circle", "path", "rect"}


class Parsed(HTMLParser):
    """The elements of a page, with their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = (tag, {name: value or "" for name, value in attrs}, [""])
        self.elements.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.unbalanced.append(tag)
        elif self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for _, _, text in self._open:
            text[0] += data

    def all(self, tag: str) -> list[tuple[dict[str, str], str]]:
        return [(attrs, text[0]) for name, attrs, text in self.elements if name == tag]


def asset(name: str) -> str:
    return files("retailspec.report").joinpath("templates", name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def attacked() -> str:
    """The page about a server whose every answer attacks the reader."""
    return page(report_of("omni-inventory", hostile()))


@pytest.fixture(scope="module")
def orders() -> Record:
    names = ("complete-skips-payment-of-new-orders", "complete-orders-cannot-be-cancelled")
    return report_of("omni-orders", spoilt("omni-orders", *names), fixtures={})


@pytest.fixture(scope="module")
def broken(orders: Record) -> str:
    """The page about a server that breaks the lifecycle, and is not told of another store."""
    return page(orders)


@pytest.fixture(scope="module")
def healthy() -> str:
    return page(report_of("omni-orders"))


@pytest.fixture(params=["attacked", "broken", "healthy"])
def text(request: pytest.FixtureRequest) -> str:
    made: str = request.getfixturevalue(request.param)
    return made


def test_nothing_from_outside_is_markup(attacked: str) -> None:
    """Script tags, handlers and template code in answers are text, wherever they are shown."""
    parsed = Parsed(attacked)
    assert parsed.unbalanced == []
    assert [text for _, text in parsed.all("script")] == [asset("report.js")]
    assert parsed.all("img") == []
    for _, attrs, _ in parsed.elements:
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
    assert "<img src=x onerror=window.evil=2>{{ 7*7 }}" not in attacked
    shown = "".join(text for _, text in parsed.all("pre"))
    assert "</script><script>window.evil=1</script><img src=x onerror" in shown
    assert "{{ 7*7 }}" in shown
    assert "x-evil: <script>window.evil=4</script>" in shown.lower()


def test_characters_that_act_are_written_out(attacked: str) -> None:
    """No control, bidirectional or invisible character reaches the page."""
    assert {"\u202e", "\x1b", "\x00", "\u2028"} <= set(HOSTILE)
    found = {unicodedata.category(char) for char in attacked if char != "\n"}
    assert not found & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert "\\u202eabc\\u202c" in attacked


def test_everywhere_it_is_text(orders: Record) -> None:
    """Whatever of a report's texts is hostile, the page has the same elements."""
    same = [(tag, sorted(attrs)) for tag, attrs, _ in Parsed(page(orders)).elements]
    hostile_report = _poisoned(copy.deepcopy(orders))
    parsed = Parsed(page(hostile_report))
    assert parsed.unbalanced == []
    assert [(tag, sorted(attrs)) for tag, attrs, _ in parsed.elements] == same
    assert [text for _, text in parsed.all("script")] == [asset("report.js")]


def _poisoned(value: Any, key: str = "") -> Any:
    """A report with every text in it hostile, names and ids too, but for the closed words."""
    if isinstance(value, dict):
        return {name: _poisoned(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_poisoned(one, key) for one in value]
    closed = not isinstance(value, str) or not value or key in {"verdict", "level"}
    return value if closed else f"{value}{HOSTILE}"


def test_policy_allows_only_its_own(text: str) -> None:
    """The page's policy forbids all but its own style and script, by their hashes."""
    parsed = Parsed(text)
    policy = next(
        attrs["content"]
        for attrs, _ in parsed.all("meta")
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        ((_, content),) = parsed.all(tag)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "form-action 'none'" in policy


def test_no_network(text: str) -> None:
    """Nothing is loaded, and every link leads to a place on the page."""
    parsed = Parsed(text)
    ids = [attrs["id"] for _, attrs, _ in parsed.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs, _ in parsed.elements:
        assert not {"src", "srcset", "action", "data", "ping"} & attrs.keys(), tag
        if "href" in attrs:
            assert attrs["href"].startswith("#")
            assert attrs["href"][1:] in ids
        for name in ("aria-labelledby", "for"):
            assert all(one in ids for one in attrs.get(name, "").split())
    assert "url(" not in re.sub(r"url\(#[\w.-]+\)", "", text)
    assert "@import" not in text


def test_headings_in_order(text: str) -> None:
    """Headings begin at one and skip no level; there are landmarks and a language."""
    parsed = Parsed(text)
    levels = [int(tag[1]) for tag, _, _ in parsed.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in pairwise(levels))
    for tag in ("header", "main", "nav", "footer"):
        assert len(parsed.all(tag)) == 1
    assert parsed.all("html")[0][0]["lang"] == "en"


def test_tables_have_names(text: str) -> None:
    """Every table has a caption, and every heading cell a scope."""
    parsed = Parsed(text)
    assert len(parsed.all("caption")) == len(parsed.all("table"))
    assert all(name.strip() for _, name in parsed.all("caption"))
    assert all(attrs.get("scope") in {"col", "row"} for attrs, _ in parsed.all("th"))


def test_answers_in_order(broken: str) -> None:
    """From top to bottom: the verdict, what is broken, the lifecycle, the rest, the run."""
    parsed = Parsed(broken)
    assert parsed.all("h1")[0][1].startswith("Does not conform: ")
    titles = [text for _, text in parsed.all("h2")]
    assert titles == [
        "Contracts",
        "Broken rules",
        "Lifecycle",
        "Not judged",
        "All rules",
        "The run",
    ]
    article = next(
        text
        for attrs, text in parsed.all("article")
        if attrs["id"] == "rule-omni-orders-complete.from.new-unpaid"
    )
    for part in (
        "Complete on a New/unpaid order answers 200 and shows paymentStatus 2",
        "C. Complete Order Response, first paragraph",
        "paymentStatus 2",
        "/paymentStatus",
        "curl -i -X POST",
        "$OMNI_ORDERS_TOKEN",
        "The exchange in full",
    ):
        assert part in article
    assert "To unlock: set fixtures.foreign_order" in " ".join(text for _, text in parsed.all("td"))
    assert "retailspec check --contract omni-orders" in broken


def test_healthy_says_so(healthy: str) -> None:
    """A server that conforms is said to, with every rule listed."""
    parsed = Parsed(healthy)
    assert parsed.all("h1")[0][1] == "Conforms, as far as it was judged"
    assert parsed.all("article") == []
    assert "None, as far as it was judged." in healthy


def test_diagram_has_every_transition(orders: Record) -> None:
    """Each transition is drawn once: a line to another state, or a row in the state's own box."""
    lifecycle = orders["contracts"][0]["lifecycle"]
    drawn = diagram(lifecycle)
    assert len(drawn.lines) == 13
    assert sum(len(box.stays) for box in drawn.boxes) == 15
    assert [box.title for box in drawn.boxes if box.initial] == ["New/unpaid"]
    assert {line.label for line in drawn.lines if line.verdict == "broken"} >= {"✗ complete"}
    for box in drawn.boxes:
        assert box.x >= 0
        assert box.x + box.width <= drawn.width
        assert box.y + box.height <= drawn.height


def test_diagram_does_not_overlap(orders: Record) -> None:
    """No box covers another box or a label, and no label another one."""
    drawn = diagram(orders["contracts"][0]["lifecycle"])
    areas = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in drawn.boxes]
    areas += [
        (line.x - line.width / 2, line.y - 13, line.x + line.width / 2, line.y + 5)
        for line in drawn.lines
    ]
    for number, one in enumerate(areas):
        for other in areas[number + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0]
            assert apart or one[3] <= other[1] or other[3] <= one[1], (one, other)


def test_diagram_in_words(broken: str) -> None:
    """The drawing has a title, and a description that counts and names what is broken."""
    parsed = Parsed(broken)
    assert ("State diagram of omni-orders") in [text for _, text in parsed.all("title")]
    ((_, words),) = parsed.all("desc")
    assert "7 states" in words
    assert "complete on New/unpaid" in words
    drawing = next(attrs for attrs, _ in parsed.all("svg") if attrs.get("class") == "diagram")
    assert drawing["role"] == "img"


def test_table_has_every_cell(broken: str) -> None:
    """The table has a row per state and a column per call, each cell with its verdict."""
    cells = re.findall(r'<td class="c-([a-z-]+)"', broken)
    assert len(cells) == 28
    assert cells.count("broken") >= 2


@pytest.mark.parametrize(
    ("edges", "layers"),
    [
        ([("a", "b"), ("b", "c"), ("c", "a")], {"a": 0, "b": 2, "c": 4}),
        ([("a", "b"), ("a", "b"), ("b", "a")], {"a": 0, "b": 2, "c": 0}),
        ([("a", "c"), ("a", "b"), ("b", "c")], {"a": 0, "b": 2, "c": 4}),
        ([("c", "b"), ("b", "a"), ("a", "c")], {"a": 0, "c": 2, "b": 4}),
        ([], {"a": 0, "b": 0, "c": 0}),
    ],
)
def test_layout_of_any_graph(edges: list[tuple[str, str]], layers: dict[str, int]) -> None:
    """Cycles, parallel edges and lone nodes are laid out; each edge has its ends and its label."""
    widths = {"a": 50.0, "b": 60.0, "c": 70.0}
    drawn = [Edge(one, other, 40.0) for one, other in edges]
    places, ways, width = lay_out(widths, drawn, "a")
    assert {name: place.layer for name, place in places.items()} == layers
    for edge, way in zip(drawn, ways, strict=True):
        assert way[0] is places[edge.source]
        assert way[-1] is places[edge.target]
        assert way[1].width == 40.0
        assert abs(way[1].layer - way[0].layer) == 1
    assert all(0 <= place.x <= width for place in places.values())


def test_another_lifecycle() -> None:
    """The drawing is made of the data: another vendor's lifecycle, with a way back, is drawn."""
    states = ["draft", "sent", "done"]
    moves = [
        ("draft", "send", "sent"),
        ("sent", "recall", "draft"),
        ("sent", "finish", "done"),
        ("done", "send", "done"),
    ]
    lifecycle = {
        "initial": "draft",
        "states": [{"id": one, "title": one.title(), "final": one == "done"} for one in states],
        "calls": ["send", "recall", "finish"],
        "transitions": [
            {"from": a, "call": call, "accepted": a != b, "to": b, "rule": "x", "verdict": "held"}
            for a, call, b in moves
        ],
    }
    drawn = diagram(lifecycle)
    assert [box.title for box in drawn.boxes] == ["Draft", "Sent", "Done"]
    assert [line.label for line in drawn.lines] == ["✓ send", "✓ recall", "✓ finish"]
    assert len({line.y for line in drawn.lines}) == 2


def test_long_findings_are_cut(orders: Record) -> None:
    """Of very many findings some are shown in full, some in a line, and the rest counted."""
    report = copy.deepcopy(orders)
    rule = next(r for r in report["contracts"][0]["rules"] if r["findings"])
    rule["findings"] = [rule["findings"][0]] * 100
    article = next(
        text for attrs, text in Parsed(page(report)).all("article") if rule["rule"] in attrs["id"]
    )
    assert "99 more findings" in article
    assert "And 75 more, which report.json has." in article


def test_waived_rules_are_told_apart(orders: Record) -> None:
    """A waived rule stands in a section of its own, with its reason and its last day."""
    report = copy.deepcopy(orders)
    rule = next(r for r in report["contracts"][0]["rules"] if r["verdict"] == "broken")
    rule["verdict"] = "waived"
    rule["waiver"] = {"reason": "agreed with <the vendor>", "expires": "2031-02-03"}
    parsed = Parsed(page(report))
    assert "Waived" in [text for _, text in parsed.all("h2")]
    said = next(text for _, text in parsed.all("li") if "agreed with" in text)
    assert f"omni-orders/{rule['rule']} (must): agreed with <the vendor>, until 2031-02-03" in said
    assert f"rule-omni-orders-{rule['rule']}" not in [a["id"] for a, _ in parsed.all("article")]
