"""Faults in the bytes that are read and written: labels, JSON, statuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from retailspec.faults.omni.probes import headed, posted, sent
from retailspec.faults.omni.shared import shared_fault
from retailspec.reference.base import NO_BODY, Answer
from retailspec.reference.omni import Omni

if TYPE_CHECKING:
    from starlette.responses import Response

    from retailspec.reference.base import Call

__all__: list[str] = []


# What is read


@shared_fault("wrong-content-type", posted("text/plain"))
class TextPassesForJson(Omni):
    """A JSON body labelled as plain text is taken."""

    def check_content_type(self, call: Call) -> None:
        if not call.headers.get("content-type", "").startswith("text/plain"):
            super().check_content_type(call)


@shared_fault("missing-content-type", posted(None))
class NoLabelPassesForJson(Omni):
    """A JSON body without a label is taken."""

    def check_content_type(self, call: Call) -> None:
        if "content-type" in call.headers:
            super().check_content_type(call)


@shared_fault("no-server-error", posted(None))
class MissingLabelCrashes(Omni):
    """The label of a body is read before anybody looks whether there is one."""

    def check_content_type(self, call: Call) -> None:
        call.headers["content-type"].lower()
        super().check_content_type(call)


@shared_fault("malformed-json", posted(change=lambda body: body[:-1]))
class CompletesCutBodies(Omni):
    """A body that lost its last brace on the way is completed and taken."""

    def decode(self, raw: bytes) -> object:
        try:
            return super().decode(raw)
        except ValueError:
            return super().decode(raw + b"}")


@shared_fault("malformed-json", posted(change=lambda body: body[:-1]))
class CutBodyCrashes(Omni):
    """A body that is not JSON is not expected at all."""

    def parse(self, call: Call) -> dict[str, object]:
        json.loads(call.raw or b"{}")
        return super().parse(call)


class _Crash(Omni):
    """Lets a kind of body through to where nothing is prepared for it."""

    def unprepared(self, raw: bytes) -> bool:
        """Tell whether the body is of that kind."""
        raise NotImplementedError

    def parse(self, call: Call) -> dict[str, object]:
        if self.unprepared(call.raw or b""):
            raise TypeError("a body that nobody thought of")
        return super().parse(call)


@shared_fault("no-server-error", posted(change=lambda _: b"null"))
class NullBodyCrashes(_Crash):
    """A body that is `null` makes the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return raw.strip() == b"null"


@shared_fault("no-server-error", posted(change=lambda _: b"[]"))
class ListBodyCrashes(_Crash):
    """A body that is a list makes the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return raw.strip()[:2] == b"[]"


@shared_fault("no-server-error", posted(change=lambda _: b'"word"'))
class WordBodyCrashes(_Crash):
    """A body that is a string makes the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return raw.strip().startswith(b'"')


@shared_fault("no-server-error", posted(change=lambda _: b""))
class NoBodyCrashes(_Crash):
    """A body of no bytes makes the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return not raw


@shared_fault("no-server-error", posted(change=lambda _: b'{"number": "\xc3\x28"}'))
class BrokenTextCrashes(_Crash):
    """Bytes that are not UTF-8 make the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return raw.decode("utf-8", "replace").encode() != raw


@shared_fault("no-server-error", posted(change=lambda _: b"[" * 9000 + b"]" * 9000))
class DeepBodyCrashes(_Crash):
    """A body that nests too deep for the reader makes the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return raw.count(b"[") > 1000


@shared_fault("no-server-error", posted(change=lambda _: b'{"number": ' + b"9" * 4900 + b"}"))
class HugeNumberCrashes(_Crash):
    """A number of some thousand digits makes the server fail."""

    def unprepared(self, raw: bytes) -> bool:
        return re.search(rb"[0-9]{4301}", raw) is not None


# What is written


@shared_fault("response.content-type", headed("Content-Type"))
class LabelsJsonAsHtml(Omni):
    """Every answer is labelled as HTML."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        response.headers["Content-Type"] = "text/html; charset=utf-8"
        return response


@shared_fault("response.content-type", headed("Content-Type", scheme=""))
class LabelsErrorsAsText(Omni):
    """JSON is labelled as such on successes only; errors are labelled as plain text."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        if answer.status >= 400:
            response.headers["Content-Type"] = "text/plain"
        return response


@shared_fault("response.content-type", headed("Content-Type"))
class LabelsNothing(Omni):
    """Answers have no label at all."""

    def render(self, call: Call, answer: Answer) -> Response:
        response = super().render(call, answer)
        del response.headers["Content-Type"]
        return response


@shared_fault("response.status", sent())
class SuccessIsCreated(Omni):
    """A success is answered 201, as if something new were there."""

    def render(self, call: Call, answer: Answer) -> Response:
        status = 201 if answer.status == 200 else answer.status
        return super().render(call, replace(answer, status=status))


@shared_fault("response.schema", sent())
class SuccessIsEmpty(Omni):
    """A success has a body of no bytes."""

    def render(self, call: Call, answer: Answer) -> Response:
        if answer.status == 200 and call.method == "POST":
            answer = replace(answer, body=NO_BODY)
        return super().render(call, answer)
