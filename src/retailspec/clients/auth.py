"""Whether a request carries its contract's credentials, in their documented form and right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retailspec.match import Mismatch
from retailspec.signers import signatures
from retailspec.signing import same_signature, unencoded_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Contract
    from retailspec.exchange import Request

__all__ = ["REDACTED", "Credentials"]

_PLACE = re.compile(r"\$\{([^}]+)\}")
REDACTED = re.compile(r"\$\{\w+\}|\$\w+|[*xX]{3,}|\[?redacted\]?|<redacted>", re.IGNORECASE)
"""What stands for a credential in a recording that leaves it out."""

_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"})


@dataclass(frozen=True)
class _Form:
    """One header of the contract's credentials.

    Args:
        header: Its name.
        template: How the contract prints it, with placeholders for credentials.
        pattern: What each value looks like, a group named after each credential.
    """

    header: str
    template: str
    pattern: re.Pattern[str]


class Credentials:
    """The credentials that a contract's calls carry.

    Args:
        contract: The contract.
        values: The right values by name; empty where they are not known.
    """

    def __init__(self, contract: Contract, values: Mapping[str, str]) -> None:
        self._contract = contract
        self._values = values
        rule = contract.clients.get("client.auth")
        own = {} if rule is None else rule.options.get("form", {})
        self._forms = [
            _form(header, template, own.get(header))
            for header, template in contract.authorization.items()
        ]
        self._signing = contract.signing
        pattern = contract.signing.get("form", ".+")
        self._signature = re.compile(pattern)

    @property
    def headers(self) -> list[str]:
        """The names of the headers that carry credentials."""
        signed = [self._signing["header"]] if self._signing else []
        return [form.header for form in self._forms] + signed

    def absent(self, request: Request) -> str | None:
        """Return the name of the first credential header that a request lacks, or None."""
        return next((name for name in self.headers if request.header(name) is None), None)

    def mismatch(self, request: Request, start: int = 0) -> Mismatch | None:
        """Return how a request's credentials depart from what is documented, or None.

        Args:
            request: The request.
            start: Where the documented path begins in the request's path.
        """
        return next(self._mismatches(request, start), None)

    def found(self, request: Request) -> Iterator[tuple[str, str]]:
        """Yield name and value of each credential that a request shows."""
        for header, value in request.headers:
            for name, start, end in self.spans(header, value):
                yield name, value[start:end]

    def spans(self, header: str, value: str) -> Iterator[tuple[str, int, int]]:
        """Yield name, start and end of what is secret within a header's value.

        In a header that is no credential in the documented form, but usually one, that is all that
        follows its first word, or all of it where it has one word.
        """
        shift = len(value) - len(value.lstrip())
        own = [form for form in self._forms if form.header.lower() == header.lower()]
        for form in own:
            match = form.pattern.fullmatch(value.strip())
            if match is not None:
                for name in match.groupdict():
                    yield name, match.start(name) + shift, match.end(name) + shift
                return
        if own or header.lower() in _SECRET:
            text = value.strip()
            start = text.find(" ") + 1
            if text:
                yield "redacted", start + shift, len(text) + shift

    def _mismatches(self, request: Request, start: int) -> Iterator[Mismatch]:
        for form in self._forms:
            value = request.header(form.header)
            if value is None:
                yield Mismatch(f"the header {form.header}: {form.template}", "no such header")
                continue
            match = form.pattern.fullmatch(value.strip())
            if match is None:
                yield Mismatch(
                    f"{form.header}: {form.template}", f"{form.header}: {_masked(value)}"
                )
                continue
            yield from self._wrong(form, match)
        if self._signing:
            yield from self._signed(request, start)

    def _wrong(self, form: _Form, match: re.Match[str]) -> Iterator[Mismatch]:
        for name, given in match.groupdict().items():
            right = self._values.get(name)
            if right is not None and not same_signature(right, given) and not _is_redacted(given):
                yield Mismatch(f"{form.header} with the target's {name}", f"another {name}")

    def _signed(self, request: Request, start: int) -> Iterator[Mismatch]:
        header = self._signing["header"]
        value = request.header(header)
        if value is None:
            yield Mismatch(f"the header {header}: the request's signature", "no such header")
            return
        if _is_redacted(value.strip()):
            return
        if self._signature.fullmatch(value.strip()) is None:
            yield Mismatch(
                f"{header} in the form of {self._signature.pattern}", f"{header}: {value}"
            )
            return
        key = self._values.get(self._signing["key"])
        if key is not None and value.strip() not in self._right(key, request, start):
            yield Mismatch(
                f"{header}: the signature of the bytes that were received",
                f"{header}: {value}, which is that of something else",
            )

    def _right(self, key: str, request: Request, start: int) -> list[str]:
        parts = urlsplit(request.url)
        paths = dict.fromkeys([parts.path, parts.path[start:]])
        return [
            one
            for path in paths
            for one in signatures(
                self._signing["scheme"],
                key,
                request.method,
                unencoded_uri(path, parts.query),
                request.body,
            )
        ]


def _form(header: str, template: str, pattern: str | None) -> _Form:
    if pattern is None:
        literals = [re.sub(r"(\\ )+", " +", re.escape(it)) for it in _PLACE.split(template)[::2]]
        groups = [rf"(?P<{name}>\S+)" for name in _PLACE.findall(template)]
        pattern = "".join(it for pair in zip(literals, [*groups, ""], strict=True) for it in pair)
    compiled = re.compile(pattern, re.IGNORECASE)
    return _Form(header, template, compiled)


def _is_redacted(value: str) -> bool:
    return REDACTED.fullmatch(value) is not None


def _masked(value: str) -> str:
    """Return a header's value with all but its first word left out: it may hold a secret."""
    first, blank, rest = value.strip().partition(" ")
    return f"{first} ..." if blank and rest else "another form"
