"""The format of recordings: its schema, its document, and what is written agree."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import traffic_samples as samples
from jsonschema import Draft202012Validator

from retailspec.clients.auth import Credentials
from retailspec.clients.lost import ANSWER_LOST, BODY_LOST
from retailspec.clients.recording import RecordedLine, exchange_of, line_of, read_line
from retailspec.exchange import Exchange, Request, Response

DOCUMENT = Path(__file__).parents[2] / "docs" / "recording.md"


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    text = files("retailspec.clients").joinpath("exchange.schema.json").read_text("utf-8")
    loaded = json.loads(text)
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.fixture
def documented() -> str:
    found = re.search(r"```json\n(.*?)\n```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_what_is_written_keeps_the_schema(schema: Draft202012Validator) -> None:
    """Each exchange of a run against each reference server, and odd ones, as they are recorded."""
    contract = samples.contracts()["omni-orders"]
    odd = [
        Exchange(Request("POST", "https://a.example/", (), b"\xff\x00"), None, error="reset"),
        Exchange(Request("GET", "https://a.example/?a=b"), Response(200, (), b"\xfe", "OK")),
        Exchange(
            Request("POST", "https://a.example/", (("X", "\udc80"),), b""),
            Response(200, (("A", "1"), ("A", "2")), b"{", truncated=True),
            tags=frozenset({BODY_LOST}),
            started=1_772_000_000.25,
            seconds=0.5,
        ),
    ]
    lines = [
        line
        for name, exchanges in samples.healthy().items()
        for line in samples.recorded(exchanges, name)
    ]
    lines += [
        line_of(
            one,
            contract=None,
            credentials=Credentials(contract, {}),
            secrets=samples.NO_SECRETS,
        )
        for one in odd
    ]
    for line in lines:
        schema.validate(json.loads(line))


def test_the_documented_example_is_one(schema: Draft202012Validator, documented: str) -> None:
    """The line that the document prints keeps the schema, and is read as what it says."""
    schema.validate(json.loads(documented))
    exchange = exchange_of(read_line(documented.encode()))
    assert (exchange.request.json, exchange.status) == ({"number": "XK83PLQ2"}, 401)
    assert exchange.started == 1772352930.25
    assert not exchange.tags


def test_schema_and_reader_know_the_same_fields(schema: Draft202012Validator) -> None:
    """What the reader looks at is what the schema lists, and the document's table has it."""
    properties: dict[str, Any] = schema.schema["properties"]  # type: ignore[index]  # an object
    assert properties.keys() == set(RecordedLine.__struct_fields__)
    assert schema.schema["additionalProperties"] is False  # type: ignore[index]  # as above
    text = DOCUMENT.read_text("utf-8")
    assert all(f"| `{name}` |" in text for name in properties)


@pytest.mark.parametrize(
    "change",
    [
        {"retailspec": 2},
        {"more": 1},
        {"started": "yesterday"},
        {"seconds": -1},
        {"request": {"method": "GET"}},
        {"request": {"method": "GET", "url": "/", "body": "", "body_base64": ""}},
        {"response": {"status": "200"}},
        {"response": {"status": 200, "headers": {"a": "b"}}},
    ],
    ids=str,
)
def test_the_schema_is_closed(
    schema: Draft202012Validator, documented: str, change: dict[str, Any]
) -> None:
    """A line with another field, or a field of another kind, does not keep it."""
    assert not schema.is_valid(json.loads(documented) | change)


def test_bodies_that_were_not_recorded_are_marked() -> None:
    """Without a body on either side, both sides are marked; an empty one is none that is lost."""
    line = {
        "retailspec": 1,
        "request": {"method": "POST", "url": "https://a.example/"},
        "response": {"status": 200},
    }
    lost = exchange_of(read_line(json.dumps(line).encode()))
    assert lost.tags == {BODY_LOST, ANSWER_LOST}
    line["request"]["body"] = line["response"]["body"] = ""  # type: ignore[index]  # objects
    assert not exchange_of(read_line(json.dumps(line).encode())).tags
