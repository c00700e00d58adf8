"""A reference server that answers programs, and pages of this machine, but no foreign web page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send

    from retailspec.clients.guard import Guard
    from retailspec.reference.application import Application

__all__ = ["Guarded", "refusal"]


class Guarded:
    """An ASGI application around a reference server's: calls of foreign web pages are refused.

    Args:
        app: The server's application.
        guard: Tells such calls.
    """

    def __init__(self, app: Application, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as ASGI has it."""
        if scope["type"] == "http" and self._guard.objection(scope["headers"]):
            await refusal()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def respond(self, scope: Scope, body: bytes) -> Response:
        """Return the response to a request that was read to its end.

        Args:
            scope: The request as ASGI has it.
            body: Its body.
        """
        if self._guard.objection(scope["headers"]):
            return refusal()
        return await self._app.respond(scope, body)


def refusal() -> Response:
    """Return the answer to a call of a foreign web page."""
    return JSONResponse({"detail": "This server answers no web page of another site."}, 403)
