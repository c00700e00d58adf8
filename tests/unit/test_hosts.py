"""Which hosts count as this machine itself."""

import pytest

from retailspec.hosts import is_own
from retailspec.wire import is_loopback


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]
)
def test_own(host: str) -> None:
    """Loopback by its name or any of its addresses is this machine."""
    assert is_own(host)
    assert is_loopback(f"http://[{host}]:80/x" if ":" in host else f"http://{host}:80/x")


@pytest.mark.parametrize("host", ["", "example.com", "127.0.0.1.example.com", "10.0.0.1", "::2"])
def test_others(host: str) -> None:
    """Another host, or a name that begins like loopback, is not."""
    assert not is_own(host)
