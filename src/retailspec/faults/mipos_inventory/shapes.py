"""Answers whose shape is not the documented one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from retailspec.faults.mipos_inventory.probes import asked, variant
from retailspec.faults.model import fault
from retailspec.reference.base import Answer, Refusal
from retailspec.reference.mipos import MiposInventory

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from starlette.responses import Response

    from retailspec.reference.base import Call

__all__: list[str] = []

_CONFLICTS: Final = {
    "sync": asked("sync", without="/items/0/name"),
    "stock": asked("stock", change={"/user_id_tps": "32"}),
    "webhook": asked("webhook", change={"/type": "1"}),
}
_ERRORS: Final = {
    "sync": asked("sync", without="/items"),
    "stock": asked("stock", without="/date"),
    "webhook": asked("webhook", without="/url"),
}


class _Conflicts(MiposInventory):
    """Has its own bodies of a 409."""

    def conflict_body(self, sentences: list[str]) -> object:
        return self.body(sentences)

    def body(self, sentences: list[str]) -> object:
        """Return the body of a 409."""
        raise NotImplementedError


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictWithoutData(_Conflicts):
    """A conflict has no `data`, since it would be null."""

    def body(self, sentences: list[str]) -> object:
        return {"message": sentences}


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictDataIsAnObject(_Conflicts):
    """The `data` of a conflict is an empty object."""

    def body(self, sentences: list[str]) -> object:
        return {"message": sentences, "data": {}}


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictDataIsAList(_Conflicts):
    """The `data` of a conflict is an empty list."""

    def body(self, sentences: list[str]) -> object:
        return {"message": sentences, "data": []}


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictIsOneText(_Conflicts):
    """The message of a conflict is one text, in which the sentences stand in a row."""

    def body(self, sentences: list[str]) -> object:
        return {"message": " ".join(sentences), "data": None}


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictSaysMore(_Conflicts):
    """A conflict has a sentence beside the printed ones that is not printed anywhere."""

    def body(self, sentences: list[str]) -> object:
        return {"message": [*sentences, "Please correct this."], "data": None}


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictsAreNumbered(_Conflicts):
    """The sentences of a conflict are values of an object whose keys are numbers."""

    def body(self, sentences: list[str]) -> object:
        return {"message": {str(one): text for one, text in enumerate(sentences)}, "data": None}


@fault("conflict.shape", _CONFLICTS["sync"])
class ConflictsAreObjects(_Conflicts):
    """Each sentence of a conflict is an object with a text."""

    def body(self, sentences: list[str]) -> object:
        return {"message": [{"text": text} for text in sentences], "data": None}


_SEVERAL: Final = asked("sync", change={"/items/0": {}})


@fault("conflict.shape", _SEVERAL)
class SentencesAreJoined(_Conflicts):
    """The sentences of a conflict stand in a list, but as one text."""

    def body(self, sentences: list[str]) -> object:
        return {"message": [" ".join(sentences)], "data": None}


@fault("conflict.shape", _SEVERAL)
class SentencesAreCounted(_Conflicts):
    """A conflict with several sentences says how many it leaves out."""

    def body(self, sentences: list[str]) -> object:
        rest = [f"And {len(sentences) - 1} more."] if len(sentences) > 1 else []
        return {"message": [*sentences[:1], *rest], "data": None}


class _Shaped(MiposInventory):
    """Changes the body of one status of one call."""

    operation: ClassVar[str]
    status: ClassVar[int]
    changes: ClassVar[Callable[[dict[str, object]], object]]

    def render(self, call: Call, answer: Answer) -> Response:
        concerned = (call.operation.name, answer.status) == (self.operation, self.status)
        if concerned and isinstance(answer.body, dict):
            answer = replace(answer, body=type(self).changes(answer.body))
        return super().render(call, answer)


for _operation in ("sync", "stock"):
    fault("conflict.shape", _CONFLICTS[_operation])(
        variant(
            _Shaped,
            f"{_operation.title()}ConflictHasACode",
            f"In conflicts of {_operation}, `data` holds a code.",
            operation=_operation,
            status=409,
            changes=staticmethod(lambda body: {**body, "data": 409}),
        )
    )

for _operation in ("sync", "stock", "webhook"):
    for _name, _says, _changes in (
        (
            "ErrorsAreTexts",
            "a text, not a list, for each field",
            lambda body: {name: said[0] for name, said in body.items()},
        ),
        (
            "ErrorsHaveATitle",
            "a text of its own beside the fields",
            lambda body: {"title": "The given data was invalid.", **body},
        ),
        (
            "ErrorsAreBelow",
            "the fields below `errors`, with the framework's message beside them",
            lambda body: {"message": "The given data was invalid.", "errors": body},
        ),
        (
            "ErrorsAreAList",
            "a list with the sentences and without the fields",
            lambda body: [said for one in body.values() for said in one],
        ),
    ):
        fault("validation.shape", _ERRORS[_operation])(
            variant(
                _Shaped,
                f"{_operation.title()}{_name}",
                f"The 422 of {_operation} has {_says}.",
                operation=_operation,
                status=422,
                changes=staticmethod(_changes),
            )
        )


@fault("validation.shape", _ERRORS["sync"])
class ErrorsTellStatus(MiposInventory):
    """Each 422 has its status as a number beside the fields."""

    def invalid(self, errors: dict[str, list[str]]) -> NoReturn:
        raise Refusal(Answer(422, {**errors, "status": 422}))


for _operation in ("sync", "stock", "webhook"):
    fault("validation.shape", asked(_operation, raw=lambda _: b"{}"))(
        variant(
            _Shaped,
            f"{_operation.title()}ErrorsAreCounted",
            f"Where several fields of {_operation} are missing, a number says how many.",
            operation=_operation,
            status=422,
            changes=staticmethod(
                lambda body: {**body, "count": len(body)} if len(body) > 1 else body
            ),
        )
    )
