"""Where fresh entries come from, and how they are lent, spent and never used twice."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from retailspec.errors import SupplyError
from retailspec.target.supply import CallSupply, CommandSupply, HttpSupply, ListSupply, Pool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Maker(BaseHTTPRequestHandler):
    """Answers what the test wants, and keeps what it was asked."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b"{}"
    asked: ClassVar[list[tuple[str, str, dict[str, str], bytes]]] = []

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked.append((self.command, self.path, headers, self.rfile.read(length)))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the names that the library calls

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def maker() -> Iterator[str]:
    """Serve `Maker` and give its address."""
    server = HTTPServer(("127.0.0.1", 0), Maker)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Maker.asked.clear()
    try:
        yield f"http://127.0.0.1:{server.server_port}/new"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answers(monkeypatch: pytest.MonkeyPatch, body: object, status: int = 200) -> None:
    monkeypatch.setattr(Maker, "status", status)
    monkeypatch.setattr(
        Maker, "body", body if isinstance(body, bytes) else json.dumps(body).encode()
    )


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def refusal(supply: ListSupply | CommandSupply | HttpSupply | CallSupply) -> str:
    with pytest.raises(SupplyError) as caught:
        supply.take()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_list_gives_its_entries_in_order_and_then_no_more() -> None:
    """A list is used from its beginning, and its end is told with its place and size."""
    supply = ListSupply(["A", "B"], "t.toml: numbers")
    assert supply.size == 2
    assert [supply.take(), supply.take()] == ["A", "B"]
    assert refusal(supply) == "t.toml: numbers: all 2 entries are used up"


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ([], "is empty; name at least one fresh entry"),
        (["A", "B", "A"], "A is named twice; each entry is used once"),
        (["A", ""], "has an entry that is empty"),
        (["A", "  "], "has an entry that is empty"),
    ],
)
def test_list_that_cannot_serve_is_refused(entries: list[str], problem: str) -> None:
    """An empty list, an entry named twice and an empty entry are told at once."""
    with pytest.raises(SupplyError) as caught:
        ListSupply(entries, "place")
    assert str(caught.value) == f"place: {problem}"


def test_list_is_not_changed_by_its_supply() -> None:
    """The list that a supply is made of stays as it was."""
    entries = ["A", "B"]
    ListSupply(entries, "place").take()
    assert entries == ["A", "B"]


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", "\n\n", "  \n"])
def test_command_prints_one_entry(ending: str) -> None:
    """White space and line ends around what a command prints do not matter."""
    supply = CommandSupply(python(f"import sys; sys.stdout.write({' N1' + ending!r})"), "place")
    assert supply.size is None
    assert supply.take() == "N1"


def test_command_may_be_a_line_for_the_shell() -> None:
    """A command that is a text is run by the shell."""
    assert CommandSupply("printf 'N%s\\n' 7 | tr N M", "place").take() == "M7"


def test_command_has_nothing_to_read() -> None:
    """A command that reads its input finds it empty, and does not hang."""
    code = "import sys; print('got' + sys.stdin.read())"
    assert CommandSupply(python(code), "place").take() == "got"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("pass", "the command gave nothing"),
        (r"print('\n\nN1')", "the command gave nothing"),
        (r"print('N1\nN2')", "the command gave more than one line; one fresh entry is asked for"),
        ("print('N' * 300)", "the command gave what cannot be an entry: 'NNNN"),
        (r"print('N\x07')", r"the command gave what cannot be an entry: 'N\x07'"),
        (r"import sys; sys.stdout.buffer.write(b'N\xff\x00')", "cannot be an entry"),
        (
            r"import sys; sys.exit('no\n orders')",
            "the command ended with status 1: no orders",
        ),
    ],
)
def test_command_that_gives_no_entry(code: str, problem: str) -> None:
    """What a command did wrong is told in one line."""
    assert problem in refusal(CommandSupply(python(code), "place"))


def test_command_that_cannot_be_run(tmp_path: Path) -> None:
    """A command that is not there, or cannot be one, is told."""
    missing = str(tmp_path / "missing")
    assert "place: the command cannot be run: No such file" in refusal(
        CommandSupply([missing], "place")
    )
    assert "status 127" in refusal(CommandSupply(shlex.quote(missing), "place"))
    assert "place: the command cannot be run" in refusal(CommandSupply([], "place"))
    assert "place: the command cannot be run" in refusal(CommandSupply(["a\0b"], "place"))


def test_command_that_takes_too_long() -> None:
    """A command is given up after its time."""
    code = "import threading; threading.Event().wait(30)"
    assert "took longer than 0.3 s" in refusal(CommandSupply(python(code), "place", timeout=0.3))


def test_http_call_is_made_as_said(maker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Method, headers and body go out as the target file has them; a pointer finds the entry."""
    answers(monkeypatch, {"data": [{"no": "N1"}]})
    supply = HttpSupply(
        "PUT", maker + "?kind=a%20b", "/data/0/no", "place", headers={"X-Key": "k"}, body={"n": 1}
    )
    assert supply.size is None
    assert supply.take() == "N1"
    supply.close()
    method, path, headers, body = Maker.asked[0]
    assert (method, path, body) == ("PUT", "/new?kind=a%20b", b'{"n": 1}')
    assert headers["x-key"] == "k"
    assert headers["content-type"] == "application/json"


def test_http_call_without_a_body_has_none(maker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No body and no label are made up; null is a body all the same."""
    answers(monkeypatch, "N1")
    plain = HttpSupply("POST", maker, "", "place")
    null = HttpSupply("POST", maker, "", "place", body=None)
    assert [plain.take(), null.take()] == ["N1", "N1"]
    plain.close()
    null.close()
    assert [body for *_, body in Maker.asked] == [b"", b"null"]
    assert "content-type" not in Maker.asked[0][2]


def test_http_call_may_give_a_number(maker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A JSON number is an entry, in its own digits."""
    answers(monkeypatch, {"id": 90071992547409931})
    supply = HttpSupply("GET", maker, "/id", "place")
    assert supply.take() == "90071992547409931"
    supply.close()


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"id": "N1"}, 500, "answered 500"),
        ({"id": "N1"}, 302, "answered 302"),
        (b"<html>", 200, "answered no JSON"),
        (b"\xff\xfe\xfd", 200, "answered no JSON"),
        (b"[" * 100_000, 200, "answered no JSON"),
        ({"no": "N1"}, 200, "the answer has no text at /id"),
        ({"id": None}, 200, "the answer has no text at /id"),
        ({"id": True}, 200, "the answer has no text at /id"),
        ({"id": ["N1"]}, 200, "the answer has no text at /id"),
        ({"id": ""}, 200, "the answer gave nothing"),
        ({"id": "N1\nN2"}, 200, "more than one line"),
    ],
)
def test_http_answer_that_gives_no_entry(
    maker: str, monkeypatch: pytest.MonkeyPatch, body: object, status: int, problem: str
) -> None:
    """What is wrong with an answer is told in one line."""
    answers(monkeypatch, body, status)
    supply = HttpSupply("POST", maker, "/id", "place")
    said = refusal(supply)
    supply.close()
    assert said.startswith("place: ")
    assert problem in said


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/new", "nonsense", "http://[::1/new", "http://a b/", "ftp://host/x"]
)
def test_http_address_that_does_not_answer(url: str) -> None:
    """An address that nothing answers at, or that is none, is told."""
    supply = HttpSupply("POST", url, "/id", "place")
    assert f"place: {url} " in refusal(supply)
    supply.close()


def test_function_gives_entries() -> None:
    """A function is called for each entry; nothing, and a failure of its own, are told."""
    made = iter(["N1", "N2", None])
    supply = CallSupply(lambda: next(made), "the hook")
    assert [supply.take(), supply.take()] == ["N1", "N2"]
    assert refusal(supply) == "the hook gave nothing"
    assert "the hook failed: StopIteration" in refusal(supply)


def test_function_that_fails_is_told_in_one_line() -> None:
    """A failing function is no stack trace for the user."""

    def fail() -> str:
        raise ValueError("no\nsandbox")

    assert refusal(CallSupply(fail, "the hook")) == "the hook failed: ValueError: no sandbox"


def test_pool_lends_what_came_back() -> None:
    """A borrowed entry that came back is lent again before a fresh one is taken."""
    pool = Pool(ListSupply(["A", "B"], "place"))
    first = pool.borrow()
    pool.give_back(first)
    assert pool.borrow() == first == "A"
    assert pool.borrow() == "B"
    assert pool.spent == ["A", "B"]
    assert pool.lent == {"A", "B"}


def test_pool_keeps_fresh_ones_fresh() -> None:
    """Who wants to use an entry up gets one that was never lent, unless a lent one will do."""
    pool = Pool(ListSupply(["A", "B", "C"], "place"))
    pool.give_back(pool.borrow())
    assert pool.take() == "B"
    assert pool.take(lent=True) == "A"
    assert pool.take(lent=True) == "C"
    assert pool.spent == ["A", "B", "C"]


def test_pool_notices_an_entry_that_comes_twice() -> None:
    """A supply that gives the same entry twice would spoil a run, so it is stopped."""
    pool = Pool(CallSupply(lambda: "A", "the hook"))
    assert pool.take() == "A"
    with pytest.raises(SupplyError, match="the supply gave A twice; each entry is used once"):
        pool.take()
