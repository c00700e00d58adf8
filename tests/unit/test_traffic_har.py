"""Archives as different tools write them."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retailspec.clients import har_entries
from retailspec.clients.har import BrokenEntry, NoCall, entry_exchange
from retailspec.clients.har_entries import HarEntries, NoEntries
from retailspec.clients.lost import ANSWER_LOST, BODY_LOST

if TYPE_CHECKING:
    from retailspec.exchange import Exchange

URL = "https://orders.example/api/store/orders/confirm"


def entry(**changes: Any) -> dict[str, Any]:
    """Return an entry as a browser writes it; `request` and `response` are merged."""
    made: dict[str, Any] = {
        "startedDateTime": "2026-03-01T08:15:30.250Z",
        "time": 41.5,
        "request": {
            "method": "POST",
            "url": URL,
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "queryString": [],
            "bodySize": 19,
            "postData": {"mimeType": "application/json", "text": '{"number": "XK83P"}'},
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
            "bodySize": 2,
        },
        "cache": {},
        "timings": {},
    }
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(made.get(key), dict)
        made[key] = {**made[key], **value} if both else value
        if both:
            made[key] = {name: one for name, one in made[key].items() if one is not None}
    return made


def exchange(**changes: Any) -> Exchange:
    return entry_exchange(json.dumps(entry(**changes)).encode())


def test_a_browser_s_entry() -> None:
    """Method, URL, headers, bodies, times: each is taken over as it stands."""
    made = exchange()
    assert (made.request.method, made.request.url) == ("POST", URL)
    assert made.request.json == {"number": "XK83P"}
    assert (made.status, made.response and made.response.body) == (200, b"{}")
    assert (made.started, made.seconds) == (1772352930.25, 0.0415)
    assert not made.tags


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T15:15:30.2500000+07:00", 1772352930.25),  # Fiddler: seven digits
        ("2026-03-01T08:15:30Z", 1772352930.0),
        ("some time", None),
        (None, None),
    ],
)
def test_times_in_every_spelling(text: str | None, moment: float | None) -> None:
    """A time that cannot be read is unknown; it breaks nothing."""
    assert exchange(startedDateTime=text).started == moment


def test_pseudo_headers_of_http2_are_no_headers() -> None:
    """Names that begin with a colon are left out, lower-case ones are found."""
    headers = [
        {"name": ":authority", "value": "orders.example"},
        {"name": ":path", "value": "/"},
        {"name": "content-type", "value": "application/json"},
    ]
    made = exchange(request={"httpVersion": "h2", "headers": headers})
    assert made.request.headers == (("content-type", "application/json"),)
    assert made.request.header("Content-Type") == "application/json"


@pytest.mark.parametrize("headers", [None, [], "none"], ids=["absent", "empty", "no list"])
def test_headers_that_were_left_out(headers: Any) -> None:
    """A body's own label stands for the Content-Type; an answer without any is no whole one."""
    made = exchange(request={"headers": headers}, response={"headers": []})
    assert made.request.headers == (("Content-Type", "application/json"),)
    assert made.tags == {ANSWER_LOST}
    bare = exchange(
        request={"headers": headers, "postData": {"text": "{}"}},
        response={"headers": [], "content": {"size": 2, "text": "{}"}},
    )
    assert bare.request.headers == ()
    assert bare.tags == {ANSWER_LOST}


@pytest.mark.parametrize("status", [0, "0", -1])
def test_status_0_is_no_answer(status: Any) -> None:
    """As browsers write a call that was blocked or reset; the reason is kept."""
    made = exchange(response={"status": status, "_error": "net::ERR_CONNECTION_RESET"})
    assert made.response is None
    assert made.error == "net::ERR_CONNECTION_RESET"
    assert exchange(response=None).response is None


def test_base64_of_both_bodies() -> None:
    """`encoding: base64` is undone: by the format in an answer, by some tools in a request too."""
    text = base64.b64encode(b"\xff\xfe{}").decode()
    made = exchange(
        request={"postData": {"text": text, "encoding": "base64"}},
        response={"content": {"size": 4, "text": text, "encoding": "base64"}},
    )
    assert made.request.body == b"\xff\xfe{}"
    assert made.response is not None
    assert made.response.body == b"\xff\xfe{}"


def test_a_form_s_fields_are_its_body() -> None:
    """`params` without a text make the form; files of a multipart form do not."""
    fields = [{"name": "number", "value": "A 1&2"}, {"name": "b"}]
    form = {"mimeType": "application/x-www-form-urlencoded; charset=UTF-8", "params": fields}
    assert exchange(request={"postData": form}).request.body == b"number=A+1%262&b="
    parts = {"mimeType": "multipart/form-data; boundary=x", "params": fields}
    assert exchange(request={"postData": parts}).tags == {BODY_LOST}


@pytest.mark.parametrize(
    ("request_", "lost"),
    [
        ({"postData": None, "bodySize": 19}, True),
        ({"postData": None, "bodySize": -1}, True),
        ({"postData": None, "bodySize": 0}, False),
        ({"postData": {"mimeType": "application/json", "text": ""}, "bodySize": 19}, True),
        ({"postData": {"mimeType": "application/json", "text": ""}, "bodySize": 0}, False),
        ({"postData": {"mimeType": "application/json"}, "bodySize": 19}, True),
        ({"postData": None, "bodySize": -1, "method": "GET"}, False),
        (
            {
                "postData": None,
                "bodySize": -1,
                "headers": [{"name": "content-length", "value": "0"}],
            },
            False,
        ),
    ],
)
def test_request_bodies_that_nobody_kept(request_: dict[str, Any], lost: bool) -> None:
    """A body that the sizes speak of and that is not there was not recorded."""
    assert (BODY_LOST in exchange(request=request_).tags) == lost


@pytest.mark.parametrize(
    ("response", "lost"),
    [
        ({"content": {"size": 40, "mimeType": "application/json"}}, True),
        ({"content": {"mimeType": "application/json"}}, True),
        ({"content": None}, True),
        ({"content": {"size": 0}}, False),
        ({"content": {"size": -1}, "status": 204}, False),
        ({"content": {"size": 40, "text": '{"cut": "her'}}, True),
        ({"content": {"size": 9000, "text": '{"size": "of what was transferred"}'}}, False),
    ],
)
def test_answers_bodies_that_nobody_kept(response: dict[str, Any], lost: bool) -> None:
    """So with answers; a size that is plainly another one's is not believed."""
    assert (ANSWER_LOST in exchange(response=response).tags) == lost


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"request": "none"}, "request is no object"),
        ({"request": {"method": None}}, "request.method is missing"),
        ({"request": {"url": 7}}, "request.url is no text"),
        ({"request": {"url": "https://[a"}}, "request.url cannot be read"),
        ({"response": {"status": "fine"}}, "response.status is no number"),
        ({"response": {"status": 99_999}}, "response.status is 99999"),
        ({"response": {"content": {"text": "%", "encoding": "base64"}}}, "a body's base64"),
    ],
)
def test_broken_entries_say_what_is_wrong(broken: dict[str, Any], problem: str) -> None:
    """Each is refused with what is missing, and nothing of what it holds."""
    with pytest.raises(BrokenEntry, match=problem):
        exchange(**broken)


def test_what_is_no_json_is_broken_and_half_a_surrogate_is_not() -> None:
    """Some tools cut a text within a character; that is read as far as it can be."""
    with pytest.raises(BrokenEntry, match="no JSON"):
        entry_exchange(b'{"request": ')
    with pytest.raises(BrokenEntry, match="the entry is no object"):
        entry_exchange(b"[]")
    text = json.dumps(entry()).replace("XK83P", "\\ud83d")
    assert entry_exchange(text.encode()).request.body == b'{"number": "\xed\xa0\xbd"}'


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"request": {"url": "data:text/plain,a"}}, "no call over HTTP"),
        ({"request": {"url": "wss://a.example/"}}, "no call over HTTP"),
        ({"_fromCache": "disk"}, "cache"),
    ],
)
def test_what_is_no_call(changes: dict[str, Any], reason: str) -> None:
    """Nobody is judged by what never reached a server."""
    with pytest.raises(NoCall, match=reason):
        exchange(**changes)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    entries=st.lists(json_values, max_size=4),
    around=st.dictionaries(st.sampled_from(["version", "pages", "_x"]), json_values),
    chunk=st.sampled_from([1, 2, 3, 7, 64]),
    indent=st.sampled_from([None, 2]),
    cut=st.floats(0, 1),
)
def test_entries_are_found_in_pieces_of_any_size(
    entries: list[Any], around: dict[str, Any], chunk: int, indent: int | None, cut: float
) -> None:
    """What is found is what stands there; cut anywhere, it is the first of it."""
    document = {"a": 1, "log": {**around, "entries": entries, "comment": ""}}
    text = json.dumps(document, indent=indent).encode()
    before = har_entries._CHUNK
    har_entries._CHUNK = chunk
    try:
        whole = HarEntries(io.BytesIO(text))
        assert [json.loads(one or b"") for one in whole] == entries
        assert not whole.cut
        part = HarEntries(io.BytesIO(text[: int(len(text) * cut)]))
        try:
            found = list(part)
        except NoEntries:
            return
        kept = [json.loads(one or b"") for one in found[: len(found) - part.cut]]
        assert kept == entries[: len(kept)]
    finally:
        har_entries._CHUNK = before


def test_an_entry_that_is_too_large_is_left_out() -> None:
    """It is told as such, and the ones around it are found."""
    text = b'{"log": {"entries": [{"a": 1}, {"b": "%s"}, {"c": 3}]}}' % (b'\\"{[' * 500)
    assert list(HarEntries(io.BytesIO(text), largest=100)) == [b'{"a": 1}', None, b'{"c": 3}']


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"[]", "no HTTP Archive"),
        (b'{"log": []}', "no HTTP Archive"),
        (b'{"log": {"version": 1}}', "no entries"),
        (b'{"log": {"entries": {}}}', "no list"),
        (b'{"log": {"pag', "ends before"),
        (b'{"log" 1}', "no JSON"),
    ],
)
def test_what_is_no_archive(text: bytes, problem: str) -> None:
    """Says what is wrong."""
    with pytest.raises(NoEntries, match=problem):
        list(HarEntries(io.BytesIO(text)))
