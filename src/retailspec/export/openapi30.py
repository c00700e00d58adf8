"""A bundled OpenAPI 3.1 document as 3.0.3, for tools that know no later version."""

from __future__ import annotations

from typing import Any

from retailspec.export.nodes import MAPS, at, is_literal, rebuild
from retailspec.export.schema30 import UNKNOWN, schema30
from retailspec.export.weaken import Weakener

__all__ = ["openapi30"]

LOSSES = "x-retailspec-losses"
"""Where the document lists what 3.0 cannot say."""


def openapi30(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document of OpenAPI 3.0.3 that accepts at least what a 3.1 document accepts.

    Webhooks, which 3.0 has not, are kept under `x-webhooks`.

    Args:
        document: An OpenAPI 3.1 document without references to other files, and without `$defs`.

    Returns:
        The document; its `x-retailspec-losses` names each thing that 3.0 cannot say.
    """
    return _Converter(document).converted()


class _Converter:
    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._weakener = Weakener(UNKNOWN, lambda reference: at(document, reference[1:]))

    def converted(self) -> dict[str, Any]:
        left = {"openapi", "info", "jsonSchemaDialect", "webhooks"}
        rest = {key: value for key, value in self._document.items() if key not in left}
        made: dict[str, Any] = {
            "openapi": "3.0.3",
            "info": _info(self._document["info"]),
            **self._walk(rest, ""),
        }
        made.setdefault("paths", {})
        losses = []
        if "webhooks" in self._document:
            made["x-webhooks"] = self._walk(self._document["webhooks"], "/webhooks", names=True)
            names = ", ".join(self._document["webhooks"])
            losses.append(f"webhooks: 3.0 has none; kept under x-webhooks: {names}")
        losses += self._parts(made)
        losses += self._weakener.losses
        if losses:
            made[LOSSES] = losses
            made["info"]["description"] = _told(made["info"].get("description", ""), losses)
        return _bare_references(made)

    def _parts(self, made: dict[str, Any]) -> list[str]:
        """Take out what components and operations have only since 3.1."""
        components = made.get("components", {})
        losses = []
        if components.pop("pathItems", None):
            losses.append("components/pathItems: left out")
        schemes = components.get("securitySchemes", {})
        for name in [n for n, scheme in schemes.items() if scheme.get("type") == "mutualTLS"]:
            del schemes[name]
            losses.append(f"components/securitySchemes/{name}: mutualTLS left out")
        return losses

    def _walk(self, node: Any, where: str, *, names: bool = False) -> Any:
        if isinstance(node, list):
            return [self._walk(one, where) for one in node]
        if not isinstance(node, dict):
            return node
        made = {}
        for key, value in node.items():
            below = f"{where}/{key}"
            if not names and is_literal(key, value):
                made[key] = value
            elif not names and key == "schema":
                made[key] = self._schema(value, where)
            elif below == "/components/schemas":
                made[key] = {n: self._schema(one, f"{below}/{n}") for n, one in value.items()}
            else:
                made[key] = self._walk(value, below, names=not names and key in MAPS)
        return made

    def _schema(self, schema: Any, where: str) -> Any:
        return schema30(self._weakener.weakened(schema, where.lstrip("/")))


def _bare_references(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document whose references have nothing beside them: 3.0 would not read it."""

    def change(node: dict[str, Any]) -> dict[str, Any]:
        return {"$ref": node["$ref"]} if isinstance(node.get("$ref"), str) else node

    made: dict[str, Any] = rebuild(document, change)
    return made


def _info(info: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in info.items() if key != "summary"}
    told = [info[key].strip() for key in ("summary", "description") if info.get(key)]
    if told:
        made["description"] = "\n\n".join(told) + "\n"
    identifier = info.get("license", {}).get("identifier")
    if identifier:
        kept = {key: value for key, value in info["license"].items() if key != "identifier"}
        made["license"] = {"url": f"https://spdx.org/licenses/{identifier}.html", **kept}
    return made


def _told(description: str, losses: list[str]) -> str:
    lines = "\n".join(f"- {loss}" for loss in losses)
    return f"{description.strip()}\n\nWhat OpenAPI 3.0 cannot say of this contract:\n\n{lines}\n"
