"""JSON values: pointers, templates, timestamps, and what counts as the same."""

from __future__ import annotations

from typing import Any

import pytest

from retailspec.values import (
    ABSENT,
    change,
    fill,
    instant,
    lookup_in,
    pick,
    placeholders,
    remove,
    same,
    shorten,
    spread,
)

BODY: dict[str, Any] = {"a": [{"b": 1}, {"b": None}], "x/y": {"~": 2}, "": 3, "0": "zero"}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", BODY),
        ("/a/0/b", 1),
        ("/a/1/b", None),
        ("/x~1y/~0", 2),
        ("/", 3),
        ("/0", "zero"),
        ("/a/2", ABSENT),
        ("/a/-1", ABSENT),
        ("/a/b", ABSENT),
        ("/a/0/b/c", ABSENT),
        ("/missing", ABSENT),
        ("/a/²", ABSENT),
    ],
)
def test_pick_finds_what_a_pointer_names(pointer: str, value: Any) -> None:
    """A JSON pointer finds a part, with its escapes, or nothing."""
    assert pick(BODY, pointer) is value or pick(BODY, pointer) == value


def test_pick_looks_into_no_text() -> None:
    """A text has no parts."""
    assert pick("abc", "/0") is ABSENT
    assert repr(ABSENT) == "nothing"


def test_change_leaves_the_original_alone() -> None:
    """Changing makes a copy, all the way down."""
    body = {"a": [{"b": 1}]}
    assert change(body, "/a/0/b", [2]) == {"a": [{"b": [2]}]}
    assert change(body, "/c~1d", 3) == {"a": [{"b": 1}], "c/d": 3}
    assert body == {"a": [{"b": 1}]}


def test_change_appends_to_a_list() -> None:
    """The next index of a list appends, one beyond it is nowhere."""
    assert change({"a": [1]}, "/a/1", 2) == {"a": [1, 2]}
    assert change({"a": []}, "/a/0", 2) == {"a": [2]}
    for pointer in ("/a/2", "/a/x", "/a/0/b", "/b/c"):
        with pytest.raises(LookupError, match=pointer):
            change({"a": [1]}, pointer, 2)


def test_remove_takes_a_part_out() -> None:
    """A member or an element goes; what is not there cannot."""
    body = {"a": [1, 2], "x/y": 3}
    assert remove(body, "/a/0") == {"a": [2], "x/y": 3}
    assert remove(body, "/x~1y") == {"a": [1, 2]}
    assert body == {"a": [1, 2], "x/y": 3}
    for pointer in ("/b", "/a/2", "/a/x", "/a/0/b"):
        with pytest.raises(LookupError, match=pointer):
            remove(body, pointer)


def test_spread_names_every_element() -> None:
    """A star stands for every index of a list; what is missing is left out."""
    body = {"data": [{"items": [{"q": 1}, {}]}, {"items": []}, {"items": [{"q": 2}]}, 7]}
    assert list(spread(body, "/data/*/items/*/q")) == [
        ("/data/0/items/0/q", 1),
        ("/data/2/items/0/q", 2),
    ]
    assert list(spread({"data": {"a": 1}}, "/data/*")) == []


def test_fill_replaces_placeholders() -> None:
    """A whole placeholder becomes the value of its type; inside a text it becomes text."""
    values = {"number": "A1", "count": 3, "list-of": [1]}
    lookup = lookup_in(values)
    template = {"${number}": ["${count}", "n=${count}", "${list-of}", None, 5], "$x": "${"}
    assert fill(template, lookup) == {"A1": [3, "n=3", [1], None, 5], "$x": "${"}
    assert placeholders(template) == {"number", "count", "list-of"}
    with pytest.raises(KeyError, match="missing"):
        fill("${missing}", lookup)


def test_fill_does_not_fill_what_it_filled_in() -> None:
    """A value that looks like a placeholder stays as it is."""
    assert fill("${a} ${b}", lookup_in({"a": "${b}", "b": "1"})) == "${b} 1"


def test_first_of_several_sources_wins() -> None:
    """A name is looked for in one source after the other, and null is a value."""
    lookup = lookup_in({"a": None}, {"a": 1, "b": 2})
    assert (lookup("a"), lookup("b")) == (None, 2)


@pytest.mark.parametrize(
    "text",
    [
        "2019-07-25T08:43:55Z",
        "2019-07-25t08:43:55z",
        "2019-07-25T15:43:55+07:00",
        "2019-07-25T08:43:55.000Z",
        "2019-07-25T08:43:55.000000000+00:00",
        "2019-07-25T08:43:55-00:00",
    ],
)
def test_spellings_of_one_moment_are_the_same(text: str) -> None:
    """Zone, case and fraction may be spelt differently."""
    assert instant(text) is not None
    assert same(text, "2019-07-25T08:43:55Z")


@pytest.mark.parametrize(
    "text",
    [
        "2019-07-25",
        "2019-07-25T08:43:55",
        "2019-07-25T08:43Z",
        "2019-02-30T08:43:55Z",
        "2019-07-25T24:00:01Z",
        "2019-07-25T08:43:55+0700",
        "٢٠١٩-07-25T08:43:55Z",
        " 2019-07-25T08:43:55Z",
        "2019-07-25T08:43:55Z\n",
        "",
        None,
        1564044235,
    ],
)
def test_what_is_no_timestamp(text: Any) -> None:
    """Dates, local times and other spellings are no RFC 3339 timestamps."""
    assert instant(text) is None


def test_leap_seconds_and_ends_of_time() -> None:
    """A leap second is a moment; what no clock of ours can hold is none, but no failure."""
    assert instant("2016-12-31T23:59:60Z") is not None
    assert instant("0001-01-01T00:00:00+14:00") is None
    assert instant("9999-12-31T23:59:59-12:00") is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (36364.0, 36364),
        (None, None),
        ("a", "a"),
        ({"a": [1, {"b": 2.0}]}, {"a": [1.0, {"b": 2}]}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (["2019-07-25T08:43:55Z"], ["2019-07-25T10:43:55+02:00"]),
        (True, True),
    ],
)
def test_same_values(left: Any, right: Any) -> None:
    """Numbers, order of members and spellings of moments do not make values differ."""
    assert same(left, right)
    assert same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, True),
        (0, False),
        (10, "10"),
        ("", None),
        (None, ABSENT),
        (0, None),
        ([], {}),
        ([1, 2], [2, 1]),
        ([1], [1, 1]),
        ({"a": 1}, {"a": 1, "b": None}),
        ("2019-07-25T08:43:55Z", "2019-07-25T08:43:56Z"),
        ("a", "A"),
        ("1", "1.0"),
    ],
)
def test_different_values(left: Any, right: Any) -> None:
    """Types, order of elements and missing members make values differ."""
    assert not same(left, right)
    assert not same(right, left)


def test_shorten_cuts_at_the_limit() -> None:
    """A text as long as the limit stays, a longer one ends with an ellipsis."""
    assert shorten("abcde", 5) == "abcde"
    assert shorten("abcdef", 5) == "abcd…"
