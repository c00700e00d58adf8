"""`retailspec traffic` as a user calls it: statuses, clear lines, and no secret anywhere."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from retailspec.cli import main

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "f3c1a9d27b5e4480b6d0"
ORDER = {
    "id": 3,
    "number": "A1",
    "total": 1000.0,
    "tax": 100.0,
    "serviceCharge": 0.0,
    "grandTotal": 1100.0,
    "tableNumber": "B16",
    "channel": 4,
    "notes": "",
    "status": 10,
    "deliveryStatus": 10,
    "statusText": "Confirmed",
    "storeName": "Burger God",
    "userID": 15,
    "created": 1795265272,
    "paymentMethod": 1,
    "paymentStatus": 1,
    "user": {"id": 15, "name": "user", "phone": "+628111111111"},
    "delivery_info": None,
}


def named(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def entry(
    body: Any = None, url: str = "https://orders.example/api/store/orders/confirm", **headers: str
) -> dict[str, Any]:
    """Return an entry of an archive: a confirmation, accepted."""
    text = json.dumps({"number": "A1"} if body is None else body)
    sent = {"Content-Type": "application/json", "Authorization": f"token {SECRET}", **headers}
    answer = json.dumps(ORDER)
    return {
        "startedDateTime": "2026-03-01T08:15:30.250Z",
        "time": 40,
        "request": {
            "method": "POST",
            "url": url,
            "headers": named(sent),
            "bodySize": len(text),
            "postData": {"mimeType": "application/json", "text": text},
        },
        "response": {
            "status": 200,
            "headers": named({"Content-Type": "application/json", "Allow": "POST, OPTIONS"}),
            "content": {"size": len(answer), "text": answer},
        },
    }


def refused(body: Any) -> dict[str, Any]:
    """Return an entry of an archive: a confirmation, refused for what it lacks."""
    made = entry(body)
    answer = json.dumps({"error_message": "No number", "error_code": "required"})
    made["response"] |= {"status": 400, "content": {"size": len(answer), "text": answer}}
    return made


@pytest.fixture
def har(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive with a sound call, in a folder to work in."""
    monkeypatch.chdir(tmp_path)
    return archive(tmp_path / "capture.har", entry())


def archive(path: Path, *entries: Any) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8")
    return path


def traffic(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Call the command in this process; return status, output and errors."""
    with pytest.raises(SystemExit) as ended:
        main.main(["traffic", *arguments], prog_name="retailspec")
    captured = capfd.readouterr()
    assert SECRET not in captured.out + captured.err
    assert "Traceback" not in captured.err
    return int(ended.value.code or 0), captured.out, captured.err


def test_a_sound_session_conforms(har: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Both sides, by the contract that the path tells; status 0."""
    status, out, _ = traffic(capfd, "capture.har")
    assert status == 0
    assert out.startswith("capture.har: a HAR file: 1 entry, 1 judged\n")
    assert "omni-orders, the client: conforms" in out
    assert "omni-orders, the server: conforms" in out


def test_a_broken_call_fails_with_its_place(har: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Status 1, the entry's number, and the call to paste, its credential as a variable."""
    archive(har, entry(), refused({"order": "A1"}))
    status, out, _ = traffic(capfd, "capture.har")
    assert status == 1
    assert "BROKEN omni-orders/client.schema (must)" in out
    assert "entry 2" in out
    assert "$OMNI_ORDERS_TOKEN" in out
    assert traffic(capfd, "capture.har", "--side", "server")[0] == 0


def test_a_server_that_takes_a_broken_call_fails_too(
    har: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """What no server may take shows itself, whatever else is known of the server."""
    archive(har, entry(), entry({"order": "A1"}))
    status, out, _ = traffic(capfd, "capture.har", "--side", "server")
    assert status == 1
    assert "BROKEN omni-orders/number.wrong-key (must)" in out


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": SECRET},
        {"Authorization": f"token  {SECRET} and more"},
        {"Cookie": f"session={SECRET}"},
        {"X-Api-Key": SECRET},
    ],
    ids=lambda headers: next(iter(headers)),
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_credential_is_printed_in_whatever_form(
    har: Path, capfd: pytest.CaptureFixture[str], headers: dict[str, str], form: str
) -> None:
    """Not in the documented form, not in a wrong one, not in other headers, not in the URL."""
    url = f"https://orders.example/api/store/orders/confirm?token={SECRET}"
    archive(har, entry({"order": "A1"}, url, **headers))
    assert traffic(capfd, "capture.har", "--format", form)[0] == 1


def test_a_should_fails_where_that_is_asked_for(
    har: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An advisory is told, and fails under --strict."""
    archive(har, entry(Expect="100-continue"))
    status, out, _ = traffic(capfd, "capture.har")
    assert (status, "client.expect-header" in out) == (0, True)
    assert traffic(capfd, "capture.har", "--strict")[0] == 1


def test_what_could_not_be_judged_is_counted(har: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Foreign hosts, broken entries with their places, bodies that nobody kept, questions."""
    lost = entry()
    lost["request"]["postData"] = None
    question = entry()
    question["request"]["method"] = "OPTIONS"
    archive(har, entry(), lost, question, {"request": 1}, entry(url="https://cdn.example/a.js"))
    _, out, _ = traffic(capfd, "capture.har", "--format", "json")
    told = json.loads(out)
    (read,) = told["files"]
    assert (read["entries"], read["judged"], read["broken"]) == (5, 2, 1)
    assert read["broken_at"] == [{"position": "entry 4", "problem": "request is no object"}]
    assert read["skipped"] == {"no path of any contract: cdn.example": 1}
    (contract,) = told["contracts"]
    assert sum(contract["not_judged"].values()) == 2
    assert told["exit_status"] == 0
    assert {"client", "server"} <= contract.keys()


def test_nothing_of_a_contract_is_status_3(har: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With a line that says so, also where there are no entries at all."""
    archive(har, entry(url="https://cdn.example/a.js"))
    status, _, errors = traffic(capfd, "capture.har")
    assert status == 3
    assert "capture.har: nothing in it belongs to a contract" in errors
    archive(har)
    assert traffic(capfd, "capture.har")[0] == 3


def test_the_contract_can_be_named(har: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Then all else is foreign."""
    assert traffic(capfd, "capture.har", "--contract", "omni-orders")[0] == 0
    status, out, _ = traffic(capfd, "capture.har", "--contract", "omni-inventory")
    assert status == 3
    assert "no path of the contract: orders.example" in out
    status, _, errors = traffic(capfd, "capture.har", "--contract", "omni-order")
    assert (status, errors.count("\n")) == (2, 1)
    assert "omni-orders" in errors


def test_a_target_file_tells_credentials_and_hosts(
    har: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another token than the target's is told; another host than the target's is foreign."""
    monkeypatch.setenv("SHOP_TOKEN", "anothertokenofthetest")
    file = har.with_name("target.toml")
    table = '[omni-orders]\nbase_url = "https://orders.example"\n'
    file.write_text(table + 'credentials.token = "env:SHOP_TOKEN"\n', encoding="utf-8")
    status, out, _ = traffic(capfd, "capture.har", "--target", "target.toml")
    assert status == 1
    assert "another token" in out
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    assert traffic(capfd, "capture.har", "--target", "target.toml")[0] == 0
    file.write_text('[omni-orders]\nbase_url = "https://other.example"\n', encoding="utf-8")
    assert traffic(capfd, "capture.har", "--target", "target.toml")[0] == 3
    file.write_text("[omni-orders]\nbase_ur = 1\n", encoding="utf-8")
    assert traffic(capfd, "capture.har", "--target", "target.toml")[0] == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n\x00", "is neither a HAR file nor"),
        (b'{"log": {"version": "1.2"}}', "is no HAR file: it has no entries"),
    ],
)
def test_a_wrong_file_is_one_line(
    har: Path, capfd: pytest.CaptureFixture[str], text: bytes | None, problem: str
) -> None:
    """Status 2, also where other files are fine; nothing is judged then."""
    wrong = har.with_name("wrong")
    if text is not None:
        wrong.write_bytes(text)
    status, out, errors = traffic(capfd, "capture.har", "wrong")
    assert (status, out) == (2, "")
    assert errors.startswith(f"retailspec: wrong: {problem}")
    assert errors.count("\n") == 1


def test_several_files_and_the_standard_input(
    har: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their findings name the file; `-` is read once, compressed or not."""
    archive(har.with_name("second.har"), entry({"order": "A1"}))
    text = gzip.compress(har.read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    status, out, _ = traffic(capfd, "capture.har", "second.har", "-")
    assert status == 1
    assert "standard input: a HAR file: 1 entry, 1 judged" in out
    assert "second.har, entry 1" in out
    assert traffic(capfd, "-", "-")[0] == 2


def test_a_large_recording_is_judged_by_the_command(tmp_path: Path) -> None:
    """In a process of its own, with a helper: one that conforms but for one line at its end."""
    line = {
        "retailspec": 1,
        "request": {
            "method": "POST",
            "url": "https://orders.example/api/store/orders/confirm",
            "headers": [["Content-Type", "application/json"], ["Authorization", f"token {SECRET}"]],
            "body": '{"number": "A%d"}',
        },
        "response": {
            "status": 400,
            "headers": [["Content-Type", "application/json"], ["Allow", "POST, OPTIONS"]],
            "body": json.dumps({"error_message": "x" * 4000, "error_code": "invalid"}),
        },
    }
    text = json.dumps(line)
    file = tmp_path / "large.jsonl"
    with file.open("w", encoding="utf-8") as out:
        for number in range(11_500):
            out.write(text.replace("%d", str(number)) + "\n")
        out.write(text.replace('{\\"number', '{\\"numbre') + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "retailspec", "traffic", str(file), "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert SECRET not in done.stdout
    told = json.loads(done.stdout)
    assert told["files"][0]["judged"] == 11_501
    (schema,) = [one for one in told["contracts"][0]["client"] if one["rule"] == "client.schema"]
    assert (schema["judged"], schema["times"]) == (11_501, 1)
    assert schema["findings"][0]["note"] == "line 11501"
