"""The signatures against the vectors of the vendors' pages."""

import hashlib
import hmac
from base64 import b64decode
from pathlib import Path

import pytest

from retailspec.signing import (
    hex_hmac,
    same_signature,
    sirclo_message,
    sirclo_secret,
    sirclo_secret_hex,
    unencoded_uri,
)

SECRET = "1IieSn9qXCYu3FeEG1eH05QxTMldKEiNIkLSN/5xtgc="
GET_URI = (
    "/v1/partner/order?since=2018-10-13T13:34:52Z&until=2018-10-16T19:22:39Z&limit=100&offset=0"
)
GET_VECTOR = "XoPRRDtfNWaGm4nbw7A0LY/c2U0+jg3F3Ay2d3VR3bM="
POST_VECTOR = "CxWnlMigAoSQgKcFIxVme0bXYk8Ftk99daJXssYCXC8="
POST_BODY = (Path(__file__).parent / "data" / "sirclo-post-vector.json").read_bytes()


def test_get_vector() -> None:
    """The printed GET secret is reproduced with the leading slash, and only with it."""
    assert sirclo_secret(SECRET, GET_URI, b"") == GET_VECTOR
    assert sirclo_secret(SECRET, GET_URI, b"", leading_slash=False) != GET_VECTOR


@pytest.mark.parametrize("uri", ["/v1/partner/order", "v1/partner/order"])
def test_post_vector(uri: str) -> None:
    """The printed POST secret is reproduced without the leading slash, however the URI is given."""
    assert sirclo_secret(SECRET, uri, POST_BODY, leading_slash=False) == POST_VECTOR
    assert sirclo_secret(SECRET, uri, POST_BODY) != POST_VECTOR


def test_hex_variant() -> None:
    """The hex variant is the same digest as the base64 one."""
    digest = sirclo_secret_hex(SECRET, GET_URI, b"")
    assert digest == b64decode(GET_VECTOR).hex()
    assert sirclo_secret_hex(SECRET, GET_URI, b"", leading_slash=False) != digest


@pytest.mark.parametrize(
    ("path", "query", "plain"),
    [
        ("/v1/x", "", "/v1/x"),
        ("/v1/x", "since=2018-10-13T13%3A34%3A52Z", "/v1/x?since=2018-10-13T13:34:52Z"),
        ("/v1/x", "at=2018-10-13T13:34:52%2B07:00", "/v1/x?at=2018-10-13T13:34:52+07:00"),
        (b"/v1/x", b"at=13:34:52+07:00", "/v1/x?at=13:34:52+07:00"),
        ("/v1/a%20b", "q=%C3%A9", "/v1/a b?q=é"),
    ],
)
def test_unencoded_uri(path: str | bytes, query: str | bytes, plain: str) -> None:
    """Percent-encoding is undone in path and query, and a plus sign is left alone."""
    assert unencoded_uri(path, query) == plain


def test_bytes_that_are_no_text_survive() -> None:
    """A query that is not UTF-8 is signed as the bytes it stands for."""
    assert sirclo_message(unencoded_uri("/x", "q=%ff"), b"\x00") == b"/x?q=\xff\x00"


def test_hex_hmac_is_lower_case_hex_over_the_bytes() -> None:
    """The webhook's signature is the lower-case hex HMAC-SHA256, and one byte changes it."""
    body = b'{"pos_id": "1"}'
    assert hex_hmac("key", body) == hmac.new(b"key", body, hashlib.sha256).hexdigest()
    assert hex_hmac("key", body) != hex_hmac("key", body.replace(b" ", b""))


def test_same_signature() -> None:
    """Only the very same text is an equal signature."""
    assert same_signature("abc", "abc")
    for other in ("ABC", "ab", "abcd", "", "äbc", "\udcff", None):
        assert not same_signature("abc", other)
