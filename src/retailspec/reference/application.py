"""The ASGI application of a reference server: from a request's bytes to its answer's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response
from starlette.routing import compile_path

from retailspec.reference.wire import BODY_LIMIT, Answer, Refusal, is_local, make_call

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from starlette.types import Receive, Scope, Send

    from retailspec.reference.base import Reference
    from retailspec.reference.wire import Operation

__all__ = ["Application", "read_body"]

_NOTHING: Final[Mapping[str, str]] = {}


class Application:
    """What answers the calls of a reference server, API and control routes alike.

    Args:
        reference: The server.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        entries = [(operation, False) for operation in reference.operations()]
        entries += [(operation, True) for operation in reference.controls()]
        self._exact: dict[str, tuple[Operation, bool]] = {}
        self._patterns: list[tuple[Any, Any, Operation, bool]] = []
        for operation, local in entries:
            if "{" in operation.path:
                pattern, _, convertors = compile_path(operation.path)
                self._patterns.append((pattern, convertors, operation, local))
            else:
                self._exact.setdefault(operation.path, (operation, local))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as ASGI has it."""
        if scope["type"] != "http":
            return
        whole, body = await read_body(receive)
        if not whole:
            return
        try:
            response = await self.respond(scope, body)
        except Exception:
            await PlainTextResponse("Internal Server Error", 500)(scope, receive, send)
            raise
        await response(scope, receive, send)

    async def respond(self, scope: Scope, body: bytes) -> Response:
        """Return the response to a request that was read to its end.

        Args:
            scope: The request as ASGI has it.
            body: Its body; one longer than `BODY_LIMIT` is as good as unread.
        """
        reference = self._reference
        operation, local, params = self._find(scope["path"])
        if operation is None:
            return reference.unknown_path()
        raw = body if len(body) <= BODY_LIMIT else None
        call = make_call(scope, raw, operation, params)
        if local and not is_local(scope, call.headers):
            refusal = reference.error_body(403, "Control routes answer this machine only.")
            return reference.render(call, Answer(403, refusal))
        try:
            answer = await (reference.dispatch(call) if local else reference.respond(call))
            return reference.render(call, answer)
        except Refusal as refused:
            return reference.render(call, refused.answer)
        except Exception as error:
            return reference.render(call, reference.failed(call, error))

    def _find(self, path: str) -> tuple[Operation | None, bool, Mapping[str, str]]:
        """Return the operation of a path, whether it is a control one, and the path's parts."""
        found = self._exact.get(path)
        if found is not None:
            return *found, _NOTHING
        for pattern, convertors, operation, local in self._patterns:
            match = pattern.match(path)
            if match is not None:
                parts = match.groupdict().items()
                return operation, local, {key: convertors[key].convert(one) for key, one in parts}
        return None, False, _NOTHING


async def read_body(receive: Receive) -> tuple[bool, bytes]:
    """Return whether a request came to its end, and its body.

    The whole body is read, so that the connection stays usable, but no more is kept than one byte
    beyond `BODY_LIMIT`.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        return True, body
    kept = bytearray()
    while message["type"] == "http.request":
        kept += message.get("body", b"")[: BODY_LIMIT + 1 - len(kept)]
        if not message.get("more_body", False):
            return True, bytes(kept)
        message = await receive()
    return False, bytes(kept)
