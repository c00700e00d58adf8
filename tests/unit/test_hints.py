"""What a user is told where a mistake is likelier theirs than the server's."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from retailspec.cli import main
from retailspec.clients.judging import View
from retailspec.clients.tally import Tally
from retailspec.contract import load_contract, locate
from retailspec.errors import UsageError
from retailspec.exchange import Exchange, Request, Response
from retailspec.hints import hints as probable
from retailspec.report.curl import curl_line
from retailspec.report.terminal import summary_lines


def hints(*statuses: int | None) -> list[str]:
    request = Request("POST", "https://sandbox.example/")
    answers = [None if status is None else Response(status) for status in statuses]
    return probable([Exchange(request, answer) for answer in answers])


def cli(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "credentials"),
        (403, "credentials"),
        (404, "base URL"),
        (301, "redirects"),
        (500, "well"),
    ],
)
def test_target_that_accepts_nothing_gets_a_hint(status: int, says: str) -> None:
    """Where every call is answered alike, the note says what that usually means."""
    (hint,) = hints(*[status] * 20, 405)
    assert says in hint
    assert f"20 of 21 were answered {status}" in hint


def test_signed_calls_that_are_refused_get_a_further_hint() -> None:
    """Where calls are signed, the option that says how is named too."""
    refused = [Exchange(Request("POST", "https://a/"), Response(401))] * 9
    (hint,) = probable(refused, "leading_slash")
    assert hint.endswith("are the credentials the right ones? does options.leading_slash fit?")


def test_target_that_never_answers_gets_a_hint() -> None:
    """A run without a single answer says so."""
    (hint,) = hints(*[None] * 9, 400)
    assert "9 of 10 got no answer: is that the API's address" in hint


@pytest.mark.parametrize("statuses", [[401] * 20 + [200], [401] * 4, [400] * 20, []])
def test_others_get_none(statuses: list[int]) -> None:
    """One success is enough; a few answers, or refusals of another kind, tell nothing."""
    assert hints(*statuses) == []


def test_folder_of_contracts_has_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is named and holds no rules is a mistake, not nothing."""
    monkeypatch.setenv(locate.CONTRACTS_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="nowhere: has no folder rules/"):
        locate.data_folders()


def test_options_that_would_be_ignored_are_refused() -> None:
    """A plain port without TLS, and a contract beside --all, are one line each."""
    for words, says in (
        (["serve", "omni-orders", "--plain-port", "0"], "--plain-port: is for --tls"),
        (["rules", "omni-orders", "--all"], "not both"),
    ):
        done = cli(*words)
        assert done.exit_code == 2
        assert says in done.output
        assert done.output.count("\n") == 1


def test_stale_waivers_are_in_the_verdict() -> None:
    """A target that keeps everything, its waived rules too, does not simply conform."""
    contract = load_contract("omni-inventory")
    record = {"contract": "omni-inventory", "rule": "update.ok", "verdict": "held", "stale": "go"}
    lines = [line for line, _ in summary_lines([record], [], {contract.name: contract})]
    assert lines[-1] == "omni-inventory: conforms, but 1 waiver must go"


def secret_call(value: str) -> Exchange:
    headers = (("partner-id", "p-1"), ("secret", value))
    request = Request("GET", "https://a.example/v1/partner/inventory/history", headers)
    return Exchange(request, Response(401, (), f"secret is missing or {value}".encode()))


def test_words_of_an_answer_are_not_taken_for_credentials() -> None:
    """A short wrong secret is shown; one as long as real ones are is not."""
    tally = Tally(load_contract("sirclo-inventory"), View())
    short, long = secret_call("wrong"), secret_call("much-longer-wrong-secret")
    assert tally.secrets(short).redact("missing or wrong") == "missing or wrong"
    assert tally.secrets(long).redact("much-longer-wrong-secret") == "<redacted>"


def test_placeholders_of_a_recording_are_expanded_by_the_shell() -> None:
    """What stands for a credential in a file is the variable again in the curl line."""
    tally = Tally(load_contract("omni-orders"), View())
    headers = (("Authorization", "token ${token}"),)
    request = Request("POST", "https://a.example/api/store/orders/paid", headers)
    line = curl_line(request, tally.secrets(Exchange(request, None)).split)
    assert '"Authorization: token $OMNI_ORDERS_TOKEN"' in line
