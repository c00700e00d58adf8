"""Answers that a contract's own files print, for a stub that has to give one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retailspec.contract.schemas import read_data

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retailspec.contract.model import Contract, Operation

__all__ = ["documented_answer", "refusal_of_strangers"]

_STRANGERS = "auth.missing"


def documented_answer(contract: Contract, operation: Operation, status: int) -> Any:
    """Return the example of an answer's body in the OpenAPI document; None where there is none."""
    if contract.openapi is None:
        return None
    document = read_data(contract.openapi)
    spec = document["paths"][operation.path][operation.method.lower()]
    answers = {str(key): answer for key, answer in spec["responses"].items()}
    key = operation.documents(status)
    answer = _resolved(document, answers.get(key or "", {}))
    media = answer.get("content", {}).get("application/json", {})
    if "example" in media:
        return media["example"]
    examples = media.get("examples", {})
    first = _resolved(document, next(iter(examples.values()), {}))
    return first.get("value")


def refusal_of_strangers(
    contract: Contract, operation: Operation
) -> tuple[int, Mapping[str, str], Any]:
    """Return status, headers and body of the answer to a call without credentials.

    The rule on such calls says it where its file does, otherwise the OpenAPI document's 401 does.
    """
    rule = contract.rules.get(_STRANGERS)
    wanted = {} if rule is None else _expected(rule.expect)
    status = wanted.get("status", 401)
    body = wanted.get("body")
    if body is None:
        body = documented_answer(contract, operation, status)
    template = contract.authorization.get("Authorization", "")
    scheme = template.partition(" ")[0]
    return status, {"WWW-Authenticate": scheme} if scheme else {}, body


def _expected(expect: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an expectation says literally."""
    found: dict[str, Any] = {}
    status = expect.get("status")
    if isinstance(status, list):
        status = status[0]
    if isinstance(status, int):
        found["status"] = status
    if "body" in expect and "$" not in str(expect["body"]):
        found["body"] = expect["body"]
    return found


def _resolved(document: Any, node: Any) -> Any:
    while "$ref" in node:
        pointer = node["$ref"]
        node = document
        for part in pointer.removeprefix("#/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
    return node
