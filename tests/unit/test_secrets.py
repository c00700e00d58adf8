"""How credentials are read, spoiled and kept out of print."""

from __future__ import annotations

import base64
import json
import re
import time
from urllib.parse import quote

import pytest

from retailspec.errors import UsageError
from retailspec.secrets import Secrets, random_other, read_secret, variable

TOKEN = "vE53k50FVtct50ll8iHB"


def secrets(value: str = TOKEN) -> Secrets:
    return Secrets({"token": value}, {"token": "SHOP_TOKEN"})


def test_reads_what_the_environment_holds() -> None:
    """`env:NAME` stands for the variable's value."""
    assert read_secret("env:A_1", "place", {"A_1": "x y"}) == ("A_1", "x y")


@pytest.mark.parametrize(
    "reference", ["", "s3cr3t", "env:", "env:A-B", "env:1A", "env: A", "ENV:A"]
)
def test_refuses_literal_secrets_without_repeating_them(reference: str) -> None:
    """What is no `env:NAME` is refused, and a secret that stands there is not printed."""
    with pytest.raises(UsageError) as caught:
        read_secret(reference, "place", {"A": "x"})
    assert str(caught.value).startswith('place: write "env:NAME"')
    assert not reference or reference not in str(caught.value).replace("env:NAME", "")


@pytest.mark.parametrize("value", [None, ""])
def test_variable_that_is_not_set(value: str | None) -> None:
    """A variable that is missing, or empty, is named."""
    environ = {} if value is None else {"A": value}
    with pytest.raises(
        UsageError, match=r"^place: the environment variable A is not set, or empty$"
    ):
        read_secret("env:A", "place", environ)


@pytest.mark.parametrize("value", [f"{TOKEN}\n", f" {TOKEN}", f"{TOKEN}\r", f"{TOKEN}\0x"])
def test_value_that_no_header_can_hold(value: str) -> None:
    """A line end or white space around a value is told, and the value is not."""
    with pytest.raises(UsageError, match="control characters or white space") as caught:
        read_secret("env:A", "place", {"A": value})
    assert TOKEN not in str(caught.value)


def test_wrong_kinds_are_wrong() -> None:
    """Each way to spoil a credential gives another one, or none where it cannot."""
    values = {"token": "aB1", "digits": "123", "one": "x"}
    made = Secrets(values, {"token": "T", "digits": "D", "one": "O"})
    assert made.spoiled("token", "truncated") == "aB"
    assert made.spoiled("token", "extended") == "aB1x"
    assert made.spoiled("token", "preceded") == "xaB1"
    assert made.spoiled("token", "swapped") == "Ab1"
    assert made.spoiled("token", "random") not in {"aB1", None, ""}
    assert made.spoiled("digits", "swapped") is None
    assert made.spoiled("one", "truncated") is None


def test_random_other_is_another_of_the_same_length() -> None:
    """A random credential has the length of the right one, and is never it."""
    for value in ("", "a", TOKEN):
        made = random_other(value)
        assert made != value
        assert len(made) == max(len(value), 8)
        assert made.isalnum()


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (f"token {TOKEN}", "token $SHOP_TOKEN"),
        (TOKEN[:-1], "${SHOP_TOKEN%?}"),
        (TOKEN + "x", "${SHOP_TOKEN}x"),
        (TOKEN.swapcase(), "${SHOP_TOKEN~~}"),
        (TOKEN.lower(), "$SHOP_TOKEN"),
        (TOKEN.upper(), "$SHOP_TOKEN"),
        (f"{TOKEN}{TOKEN}", "$SHOP_TOKEN$SHOP_TOKEN"),
        (f"a{TOKEN}b", "a$SHOP_TOKENb"),
        (base64.b64encode(TOKEN.encode()).decode(), "$SHOP_TOKEN"),
        ("nothing of it", "nothing of it"),
        ("", ""),
    ],
)
def test_credentials_are_replaced(text: str, printed: str) -> None:
    """A credential, its spoiled forms and its usual encodings are replaced."""
    assert secrets().redact(text) == printed


@pytest.mark.parametrize(
    "value", ['p"a\\s/s w+rd&<é>', "a/b/c+d==", "pässwörd-ß", "x'y'z'w", "tok:en;1,2"]
)
def test_encodings_of_odd_credentials_are_replaced(value: str) -> None:
    """However an answer writes a credential down, it is found."""
    made = secrets(value)
    written = [
        value,
        quote(value),
        quote(value, safe=""),
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        json.dumps(value).replace("/", "\\/"),
        base64.b64encode(value.encode()).decode(),
        "".join(char if char.isalnum() else f"\\u{ord(char):04X}" for char in value),
    ]
    for text in written:
        assert value not in made.redact(text)
        assert "$SHOP_TOKEN" in made.redact(f"<{text}>"), text


def test_cut_credentials_are_replaced() -> None:
    """Where an ellipsis has cut a text inside a credential, what is left of it goes too."""
    made = secrets()
    assert made.redact(f"xx {TOKEN[:9]}…") == "xx $SHOP_TOKEN…"
    assert (
        made.redact(f"{TOKEN[:5].lower()}… and {TOKEN}… b…") == "$SHOP_TOKEN… and $SHOP_TOKEN… b…"
    )
    assert made.redact(f"{TOKEN[:3]}…") == f"{TOKEN[:3]}…"
    assert made.redact("a cut text…") == "a cut text…"


def test_longer_credentials_go_first() -> None:
    """A credential that is part of another does not leave the rest of that behind."""
    made = Secrets({"a": "abcd", "b": "abcdef"}, {"a": "A", "b": "B"})
    assert made.redact("abcdef abcd xabcdefx") == "$B $A x${B}x"


def test_very_short_values_are_no_secrets() -> None:
    """A name of three letters is not hunted in every word."""
    made = Secrets({"partner": "abc"}, {"partner": "P"})
    assert made.redact("abcabc") == "abcabc"


def test_split_tells_expressions_from_text() -> None:
    """Pieces put together are the redacted text, and a `$` of the text itself is no expression."""
    made = secrets()
    text = f"a $HOME {TOKEN} b"
    assert made.split(text) == [("a $HOME ", False), ("$SHOP_TOKEN", True), (" b", False)]
    assert "".join(piece for piece, _ in made.split(text)) == made.redact(text)


def test_hidden_later_is_hidden_too() -> None:
    """A signature that is made during the run can be hidden when it is made."""
    made = secrets()
    made.hide("c2lnbmF0dXJl", "$SECRET")
    assert made.redact("secret: c2lnbmF0dXJl") == "secret: $SECRET"


def test_variables_of_reference_servers() -> None:
    """A reference server's credential has a variable of a plain name."""
    assert variable("sirclo-inventory", "partner-id") == "SIRCLO_INVENTORY_PARTNER_ID"


@pytest.mark.parametrize("before", [b"", b"t", b"to", b"token ", b"x" * 7])
def test_credential_amid_base64_is_replaced(before: bytes) -> None:
    """Wherever a credential begins in what was encoded, what it became is found."""
    written = base64.b64encode(before + TOKEN.encode() + b" and more").decode()
    redacted = secrets().redact(written)
    assert re.search(r"\$\{?SHOP_TOKEN", redacted)
    left = redacted.partition("$")[0]
    assert TOKEN not in base64.b64decode(left[: len(left) // 4 * 4]).decode("latin-1")


@pytest.mark.parametrize("size", [14, 16, 18])
def test_most_of_a_credential_is_replaced(size: int) -> None:
    """Where others have cut a credential short, what they left is an expression for it."""
    assert secrets().redact(f"<{TOKEN[:size]}>") == f"<${{SHOP_TOKEN:0:{size}}}>"
    assert secrets().redact(f"<{TOKEN[:6]}>") == f"<{TOKEN[:6]}>"


def test_many_ellipses_are_looked_through_soon() -> None:
    """A text of nothing but ellipses, and thousands of signatures, do not hold a run up."""
    made = secrets()
    for number in range(2_000):
        made.hide(f"signature-{number}-of-the-run", "$SECRET")
    text = "…" * 600
    began = time.perf_counter()
    assert made.redact(text) == text
    assert time.perf_counter() - began < 5


def test_secrets_are_not_shown() -> None:
    """What stands for the credentials in a debugger, or a traceback, names their variables."""
    assert repr(secrets()) == "<Secrets SHOP_TOKEN>"
