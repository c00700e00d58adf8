"""Whether a request carries its contract's credentials, in their documented form and right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retailspec.clients.hiding import (
    REDACTED,
    is_redacted,
    is_secret_header,
    scheme_end,
    secrets_in,
)
from retailspec.clients.lost import BODY_LOST
from retailspec.clients.routes import plain_path
from retailspec.match import Mismatch
from retailspec.signers import signatures
from retailspec.signing import same_signature, unencoded_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retailspec.contract.model import Contract
    from retailspec.exchange import Exchange, Request, Response

__all__ = ["REDACTED", "Credentials"]

_PLACE = re.compile(r"\$\{([^}]+)\}")


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
        live: Whether what stands in a header was sent; a recorder may write something in its place.
        own_server: Whether it is the reference server that is called: it takes no other scheme,
            where the document names none.
    """

    def __init__(
        self,
        contract: Contract,
        values: Mapping[str, str],
        *,
        live: bool = False,
        own_server: bool = False,
    ) -> None:
        self._values = values
        self._live = live
        rule = contract.clients.get("client.auth")
        options = {} if rule is None else rule.options
        own = options.get("form", {})
        self._open = bool(options.get("open")) and not own_server
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

    def mismatch(self, exchange: Exchange, start: int = 0) -> Mismatch | None:
        """Return how a request's credentials depart from what is documented, or None.

        Args:
            exchange: The exchange.
            start: Where the documented path begins in the request's path, as `plain_path` has it.
        """
        return next(self._mismatches(exchange, start), None)

    def found(
        self, request: Request, response: Response | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield name and value of each credential that is shown, wherever it stands.

        Args:
            request: The request.
            response: Its answer, where that is looked at too.
        """
        answered = () if response is None else response.headers
        for header, value in (*request.headers, *answered):
            for name, start, end in self.spans(header, value):
                yield name, value[start:end]
        texts = [request.url, request.body.decode("utf-8", "replace")]
        if response is not None:
            texts.append(response.body.decode("utf-8", "replace"))
        for text in texts:
            for start, end in secrets_in(text):
                yield "redacted", text[start:end]

    def spans(self, header: str, value: str) -> Iterator[tuple[str, int, int]]:
        """Yield name, start and end of what is secret within a header's value.

        In a header that is no credential in the documented form, but usually one, that is all that
        follows the name of an authentication scheme, or all of it where there is none.
        """
        signs = header.lower() == self._signing.get("header", "").lower()
        if signs and self._signature.fullmatch(value.strip()):
            return  # a signature gives nothing away
        shift = len(value) - len(value.lstrip())
        text = value.strip()
        own = [form for form in self._forms if form.header.lower() == header.lower()]
        for form in own:
            match = form.pattern.fullmatch(text)
            if match is not None:
                for name in match.groupdict():
                    yield name, match.start(name) + shift, match.end(name) + shift
                return
        if text and (own or is_secret_header(header)):
            yield "redacted", scheme_end(text) + shift, len(text) + shift

    def _sent(self, request: Request, header: str) -> str | None:
        """Return what a header says: one that is repeated word for word says it once."""
        values = dict.fromkeys(
            value.strip() for name, value in request.headers if name.lower() == header.lower()
        )
        return ", ".join(values) if values else None

    def _mismatches(self, exchange: Exchange, start: int) -> Iterator[Mismatch]:
        for form in self._forms:
            value = self._sent(exchange.request, form.header)
            if value is None:
                yield Mismatch(f"the header {form.header}: {form.template}", "no such header")
                continue
            match = form.pattern.fullmatch(value)
            if match is not None:
                yield from self._wrong(form, match)
            elif not self._stands_in(value) and not self._may_be(form, value):
                yield Mismatch(
                    f"{form.header}: {form.template}", f"{form.header}: {_masked(value)}"
                )
        if self._signing:
            yield from self._signed(exchange, start)

    def _may_be(self, form: _Form, value: str) -> bool:
        """Tell whether a header has another scheme where the document leaves it open."""
        scheme = value[: scheme_end(value)].lower()
        return self._open and bool(scheme) and not form.template.lower().startswith(scheme)

    def _stands_in(self, value: str) -> bool:
        """Tell whether a recorder wrote a value; our own writes this one for another form."""
        text = value[scheme_end(value) :]
        return not self._live and text != "${redacted}" and is_redacted(text)

    def _wrong(self, form: _Form, match: re.Match[str]) -> Iterator[Mismatch]:
        for name, given in match.groupdict().items():
            right = self._values.get(name)
            if (
                right is not None
                and not same_signature(right, given)
                and not self._stands_in(given)
            ):
                yield Mismatch(f"{form.header} with the target's {name}", f"another {name}")

    def _signed(self, exchange: Exchange, start: int) -> Iterator[Mismatch]:
        header, request = self._signing["header"], exchange.request
        value = self._sent(request, header)
        if value is None:
            yield Mismatch(f"the header {header}: the request's signature", "no such header")
            return
        if self._stands_in(value):
            return
        if self._signature.fullmatch(value) is None:
            yield Mismatch(
                f"{header} in the form of {self._signature.pattern}",
                f"{header}: {_masked(value)}",
            )
            return
        key = self._values.get(self._signing["key"])
        if key is None or BODY_LOST in exchange.tags:
            return
        if value not in self._right(key, request, start):
            yield Mismatch(
                f"{header}: the signature of the bytes that were received",
                f"{header}: that of something else, or made with another key",
            )

    def _right(self, key: str, request: Request, start: int) -> Iterator[str]:
        parts = urlsplit(request.url)
        path = plain_path(parts.path)
        queries = dict.fromkeys([parts.query, parts.query.replace("+", "%20")])
        for one in dict.fromkeys([path, path[start:]]):
            for query in queries:  # a plus may be meant as itself, or as a blank
                uri = unencoded_uri(one, query)
                scheme = self._signing["scheme"]
                yield from signatures(scheme, key, request.method, uri, request.body)


def _form(header: str, template: str, pattern: str | None) -> _Form:
    if pattern is None:
        literals = [re.sub(r"(\\ )+", " +", re.escape(it)) for it in _PLACE.split(template)[::2]]
        groups = [rf"(?P<{name}>\S+)" for name in _PLACE.findall(template)]
        pattern = "".join(it for pair in zip(literals, [*groups, ""], strict=True) for it in pair)
    compiled = re.compile(pattern, re.IGNORECASE)
    return _Form(header, template, compiled)


def _masked(value: str) -> str:
    """Return a header's value without what may be secret in it."""
    end = scheme_end(value)
    if end:
        return f"{value[:end]}..."
    return "another form" if is_redacted(value) else f"{_size(value)} of another form"


def _size(value: str) -> str:
    return (
        f"{len(value)} {'character' if len(value) == 1 else 'characters'}" if value else "nothing"
    )
