"""Tools that other teams use take the exports: linters, code generators, newman."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import yaml
from export_tools import INSTALL, ran, served, tool, write_export

from retailspec.contract import load_contract, names
from retailspec.export.postman import collection, environment
from retailspec.reference import build
from retailspec.values import pick

if TYPE_CHECKING:
    from subprocess import CompletedProcess
    from types import ModuleType

    from retailspec.reference.base import Reference

FORMS = ("openapi", "openapi-3.0")


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Per OpenAPI format, the documents of all contracts."""
    folder = tmp_path_factory.mktemp("documents")
    return {form: write_export(folder / form, form) for form in FORMS}


def test_redocly_finds_nothing(documents: dict[str, list[Path]]) -> None:
    """The linter of the OpenAPI ecosystem has neither an error nor a warning for any of them."""
    every = [path for form in FORMS for path in documents[form]]
    done = ran(tool("redocly"), "lint", "--extends=recommended-strict", *every)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(": validated in") == len(every) == 2 * len(names())


def test_typescript_compiles(documents: dict[str, list[Path]], tmp_path: Path) -> None:
    """openapi-typescript makes types of them that compile, and that have every path."""
    apis, use = {}, []
    for form in FORMS:
        for path in documents[form]:
            made = tmp_path / f"{form.replace('.', '_')}-{path.stem}.ts"
            apis[made.stem] = {"root": str(path), "x-openapi-ts": {"output": str(made)}}
            for number, address in enumerate(yaml.safe_load(path.read_text("utf-8"))["paths"]):
                name = f"{made.stem}-{number}".replace("-", "_")
                use.append(f'import type {{ paths as {name} }} from "./{made.stem}";')
                use.append(f"export type {name}_path = {name}[{json.dumps(address)}];")
    config = tmp_path / "redocly.yaml"
    config.write_text(yaml.safe_dump({"apis": apis}), encoding="utf-8")
    (tmp_path / "use.ts").write_text("\n".join(use), encoding="utf-8")
    made_of = ran(tool("openapi-typescript"), "--redocly", config)
    assert made_of.returncode == 0, made_of.stdout + made_of.stderr
    done = ran(
        tool("tsc"), "--noEmit", "--strict", "--lib", "es2020", *sorted(tmp_path.glob("*.ts"))
    )
    assert done.returncode == 0, done.stdout
    assert len(use) > 2 * len(names())


def _imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # pydantic looks annotations up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


@pytest.mark.parametrize("form", FORMS)
def test_pydantic_models_take_the_examples(
    form: str, documents: dict[str, list[Path]], tmp_path: Path
) -> None:
    """datamodel-code-generator makes models that import, and that take each request's example."""
    generator = pytest.importorskip(
        "datamodel_code_generator", reason="pip install 'datamodel-code-generator>=0.26,<1'"
    )
    taken = 0
    for path in documents[form]:
        module = f"models_{form}_{path.stem}".replace("-", "_").replace(".", "_")
        output = tmp_path / f"{module}.py"
        generator.generate(
            path,
            input_file_type=generator.InputFileType.OpenAPI,
            output=output,
            output_model_type=generator.DataModelType.PydanticV2BaseModel,
            formatters=[],
        )
        models = _imported(output)
        for item in yaml.safe_load(path.read_text("utf-8"))["paths"].values():
            for operation in (one for one in item.values() if isinstance(one, dict)):
                media = operation.get("requestBody", {}).get("content", {}).get("application/json")
                if media is not None:
                    model = getattr(models, media["schema"]["$ref"].rsplit("/", 1)[-1])
                    model.model_validate(media["example"])
                    taken += 1
    assert taken >= len(names())


def _filled(reference: Reference, url: str, settings: Any) -> dict[str, Any]:
    """The environment of a contract's collection with what a served reference server knows."""
    made = environment(load_contract(reference.name))
    known: dict[str, Any] = {"base_url": url, **settings.fixtures, **reference.credentials}
    for value in made["values"]:
        name = value["key"]
        if name in known:
            given = known[name]
            value["value"] = given if isinstance(given, str) else json.dumps(given)
        elif name.startswith("with_"):
            value["value"] = "true"
        for supply, way in settings.supply.items():
            if name.endswith(f"_{supply}"):
                answer = httpx.post(way.http.url.replace(settings.base_url, settings.http_url))
                value["value"] = pick(answer.json(), way.http.pointer)
    return made


def _newman(name: str, folder: Path, **wrong: str) -> CompletedProcess[str]:
    reference = build(name, https_only=True)
    with served(reference) as (server, settings, environ):
        made = _filled(reference, server.url, settings)
        for value in made["values"]:
            value["value"] = wrong.get(value["key"], value["value"])
        files = {"collection": collection(load_contract(name)), "environment": made}
        for kind, content in files.items():
            (folder / f"{kind}.json").write_text(json.dumps(content), encoding="utf-8")
        return ran(
            tool("newman"),
            *("run", folder / "collection.json", "-e", folder / "environment.json"),
            *("--ssl-extra-ca-certs", environ["NODE_EXTRA_CA_CERTS"]),
            *("--reporters", "cli,json", "--reporter-json-export", folder / "run.json"),
        )


@pytest.mark.parametrize("name", names())
def test_newman_is_green(name: str, tmp_path: Path) -> None:
    """Each collection passes against its reference server, over TLS, signed where it has to be."""
    tool("newman")
    done = _newman(name, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads((tmp_path / "run.json").read_text("utf-8"))["run"]
    assert len(run["executions"]) == len(load_contract(name).calls)
    for one in run["executions"]:
        assert one["assertions"]
        assert not [claim for claim in one["assertions"] if "error" in claim]
    assert run["stats"]["requests"]["total"] == len(load_contract(name).calls)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sirclo-inventory", {"secret": "another"}),
        ("mipos-receiver", {"client_secret": "another"}),
    ],
)
def test_newman_is_red_where_it_has_to_be(name: str, wrong: dict[str, str], tmp_path: Path) -> None:
    """A wrong secret makes a collection fail, so that its signatures are proven right."""
    tool("newman")
    done = _newman(name, tmp_path, **wrong)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "AssertionError" in done.stdout


def test_newman_skips_what_an_api_lacks(tmp_path: Path) -> None:
    """An optional call is left out unless the environment says that the API has it."""
    tool("newman")
    done = _newman("omni-orders", tmp_path, with_details="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "details" in done.stdout
    run = json.loads((tmp_path / "run.json").read_text("utf-8"))["run"]
    assert run["stats"]["requests"]["total"] == len(load_contract("omni-orders").calls) - 1


def test_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a tool is missing, the reason of the skip is the line that installs it."""
    monkeypatch.setattr("export_tools.MODULES", Path("/nowhere"))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(pytest.skip.Exception, match=f"{INSTALL} newman@6"):
        tool("newman")
