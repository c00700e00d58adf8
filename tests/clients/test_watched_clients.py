"""Real clients under `retailspec watch`: the sound ones pass, the spoilt ones are told."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner
from client_faults import COMMANDS, FAULTS, Fault
from stages import ROOT, need, need_module, run_quietly, spoilt

from retailspec.cli import main
from retailspec.contract import load_contract, names
from retailspec.contract.model import Level

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = ROOT / "tests" / "clients" / "sources"
PRINTED = [
    (name, line.replace("ORDER", "{order}"))
    for name, lines in COMMANDS.items()
    for line in lines.splitlines()
]


def watch(name: str, *command: str, options: tuple[str, ...] = ("--strict",)) -> tuple[int, str]:
    """Watch a command, and return the exit status and what was printed."""
    done = CliRunner().invoke(main, ["watch", name, *options, "--", *command])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output


def assert_sound(name: str, *command: str, calls: int | None = None) -> None:
    """A command breaks no rule, not even a should, and calls every operation."""
    status, printed = watch(name, *command)
    assert status == 0, printed
    assert "conforms, as far as it was judged\n" in printed
    assert "advis" not in printed
    if calls is None:
        assert "never called" not in printed


# Sound clients


@pytest.mark.parametrize(("name", "line"), PRINTED)
def test_printed_command(name: str, line: str) -> None:
    """Each command line that a document prints is sound as it stands."""
    need("curl")
    assert_sound(name, *shlex.split(line), calls=1)


@pytest.mark.parametrize("name", names())
def test_python_example(name: str) -> None:
    """The example in Python is sound for every contract."""
    assert_sound(name, sys.executable, str(ROOT / "examples" / "client.py"), name)


@pytest.mark.parametrize("name", names())
def test_node_example(name: str) -> None:
    """The example for Node is sound for every contract."""
    need("node")
    assert_sound(name, "node", str(ROOT / "examples" / "client.mjs"), name)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the contracts as other tools take them."""
    folder = tmp_path_factory.mktemp("exported")
    for form in ("openapi", "openapi-3.0", "postman"):
        done = CliRunner().invoke(main, ["export", "--format", form, "--out", str(folder / form)])
        assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="session")
def generated(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages that openapi-python-client makes."""
    if importlib.util.find_spec("openapi_python_client") is None:
        pytest.skip("openapi-python-client is missing: pip install openapi-python-client")
    folder = tmp_path_factory.mktemp("generated")
    config = folder / "config.yaml"
    config.write_text("post_hooks: []\n", encoding="utf-8")
    for name in names():
        printed = run_quietly(
            [
                *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"),
                *("--path", str(exported / "openapi-3.0" / f"{name}.yaml")),
                *("--config", str(config), "--fail-on-warning"),
                *("--output-path", str(folder / name.replace("-", "_"))),
            ],
            {},
        )
        assert "arning" not in printed, printed
    return folder


@pytest.mark.parametrize("name", names())
def test_generated_python_client(
    name: str, generated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What openapi-python-client makes of our OpenAPI is a sound client."""
    monkeypatch.setenv("PYTHONPATH", str(generated))
    assert_sound(name, sys.executable, str(SOURCES / "generated_client.py"), name)


@pytest.fixture(scope="session")
def typed(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the types that openapi-typescript makes, and the client that uses them."""
    folder = tmp_path_factory.mktemp("typed")
    apis = {
        name: {
            "root": str(exported / "openapi" / f"{name}.yaml"),
            "x-openapi-ts": {"output": str(folder / f"{name}.d.ts")},
        }
        for name in names()
    }
    (folder / "redocly.yaml").write_text(yaml.safe_dump({"apis": apis}), encoding="utf-8")
    printed = run_quietly(
        [
            need_module("openapi-typescript", "openapi-typescript@7"),
            *("--redocly", str(folder / "redocly.yaml")),
        ],
        {"REDOCLY_TELEMETRY": "off"},
    )
    assert (folder / f"{names()[-1]}.d.ts").exists(), printed
    return folder


def compiled(folder: Path, code: str, name: str) -> str:
    """Compile a TypeScript client beside the types, and return what the compiler says."""
    (folder / f"{name}.ts").write_text(code, encoding="utf-8")
    return run_quietly(
        [
            *(need_module("tsc", "typescript@5"), "--strict", "--exactOptionalPropertyTypes"),
            *(
                "--skipLibCheck",
                "--target",
                "es2022",
                "--module",
                "es2022",
                "--moduleResolution",
                "bundler",
            ),
            *("--lib", "es2022,dom", "--outDir", str(folder / "out")),
            str(folder / f"{name}.ts"),
        ],
        {},
    )


@pytest.fixture(scope="session")
def typed_client(typed: Path) -> Path:
    """The client in TypeScript, checked against the types and compiled."""
    (typed / "out").mkdir()
    (typed / "out" / "package.json").write_text(json.dumps({"type": "module"}), encoding="utf-8")
    code = (SOURCES / "typed_client.ts").read_text(encoding="utf-8")
    assert compiled(typed, code, "client") == ""
    return typed / "out" / "client.js"


@pytest.mark.parametrize("name", names())
def test_typed_client(name: str, typed_client: Path) -> None:
    """Node's fetch with bodies of the types of openapi-typescript is a sound client."""
    assert_sound(name, "node", str(typed_client), name)


def test_types_know_the_fields(typed: Path) -> None:
    """A body with another field, another type or a unit that is none does not compile."""
    code = (SOURCES / "typed_client.ts").read_text(encoding="utf-8")
    edits = [
        ("{ number: order }", "{ order }"),
        ("qty: 0", 'qty: "0"'),
        ("out_of_stock: false", "out_of_stock: 0"),
        ("movement_type: 2", "movement_type: 3"),
        ('type: "3"', 'type: "4"'),
        ("offset: 0, ", ""),
    ]
    for old, new in edits:
        assert code.count(old) == 1
        code = code.replace(old, new)
    printed = compiled(typed, code, "spoilt")
    assert printed.count("error TS") == len(edits), printed


@pytest.mark.parametrize("name", names())
def test_newman(name: str, exported: Path) -> None:
    """Newman, running the exported collection, is a sound client, and its own tests hold."""
    newman = need_module("newman", "newman@6")
    folder = exported / "postman"
    environment = folder / f"{name}.postman_environment.json"
    keys = [one["key"] for one in json.loads(environment.read_text("utf-8"))["values"]]
    command = [newman, "run", str(folder / f"{name}.postman_collection.json"), "--bail"]
    command += ["-e", str(environment), "--ssl-extra-ca-certs", "{ca_file}"]
    optional = {"details_order", "with_details"}
    for key in keys:
        if key not in optional:
            value = "{order}" if key.endswith("_order") else f"{{{key}}}"
            command += ["--env-var", f"{key}={value}"]
    status, printed = watch(name, *command)
    assert status == 0, printed
    assert "exit status" not in printed, printed
    assert "advis" not in printed


# Spoilt clients

WATCHED = {
    ("omni-orders", "curl", "labelled as curl does by itself"),
    ("omni-orders", "curl", "asks for 100 Continue"),
    ("omni-orders", "curl", "plain HTTP"),
    ("omni-inventory", "curl", "price in words"),
    ("omni-orders", "python", "call after cancel"),
    ("omni-orders", "python", "wrong field"),
    ("comestri-inventory", "python", "both names"),
    ("sirclo-inventory", "python", "signed the encoded query"),
    ("mipos-inventory", "python", "unit not in the list"),
    ("omni-orders", "node", "paid twice"),
    ("sirclo-inventory", "node", "signed another layout"),
    ("sirclo-inventory", "node", "hex for base64"),
    ("mipos-receiver", "node", "movement type 0"),
}


@pytest.mark.parametrize(
    "fault",
    [one for one in FAULTS if (one.contract, one.kind, one.name) in WATCHED],
    ids=lambda fault: f"{fault.contract}-{fault.kind}-{fault.name}",
)
def test_spoilt_client(fault: Fault, tmp_path: Path) -> None:
    """A fault is told by its rule, and by the exit status where that is a must."""
    need(fault.kind)
    code = spoilt(fault)
    if fault.kind == "curl":
        command = shlex.split(code.splitlines()[0].replace("ORDER", "{order}"))
    else:
        file = tmp_path / {"python": "client.py", "node": "client.mjs"}[fault.kind]
        file.write_text(code, encoding="utf-8")
        runner = sys.executable if fault.kind == "python" else "node"
        command = [runner, str(file), fault.contract]
    status, printed = watch(fault.contract, *command, options=())
    rules = load_contract(fault.contract).clients
    must = any(rules[rule].level is Level.MUST for rule in (fault.rule, *fault.also))
    assert status == (1 if must else 0), printed
    for rule in (fault.rule, *fault.also):
        mark = "BROKEN" if rules[rule].level is Level.MUST else "advisory"
        assert f"{mark:<10} {rule} " in printed, printed
    marks = ("    BROKEN ", "    advisory ")
    told = [line for line in printed.splitlines() if line.startswith(marks)]
    assert len(told) == 1 + len(fault.also), printed


def test_watched_faults_are_there() -> None:
    """Each watched fault is one of the table, at least two of each kind of client."""
    known = {(one.contract, one.kind, one.name) for one in FAULTS}
    assert known >= WATCHED
    kinds = [kind for _, kind, _ in WATCHED]
    assert min(kinds.count(kind) for kind in ("curl", "python", "node")) >= 2
    assert len(WATCHED) >= 12


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("omni-orders", 'f"token {key', 'f"Bearer {key', "client.auth"),
        ("omni-orders", '{"number": order})', '{"number": "", "order": order})', "client.schema"),
        (
            "comestri-inventory",
            '"product_code": None',
            '"product_code": "OIL"',
            "client.product.both",
        ),
        (
            "sirclo-inventory",
            "unquote(request.url.raw_path.decode())",
            "request.url.raw_path.decode()",
            "client.auth",
        ),
        ("mipos-inventory", '_id": "mill",\n', '_id": "baker",\n', "client.references"),
        ("mipos-receiver", "digest.hex()", "digest.hex().upper()", "client.auth"),
    ],
)
def test_spoilt_generated_client(
    name: str,
    old: str,
    new: str,
    rule: str,
    generated: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a generator cannot keep its user from doing wrong is told."""
    monkeypatch.setenv("PYTHONPATH", str(generated))
    code = (SOURCES / "generated_client.py").read_text(encoding="utf-8")
    start = code.index(f"def {name.replace('-', '_')}()")
    assert old in code[start:]
    file = tmp_path / "client.py"
    file.write_text(code[:start] + code[start:].replace(old, new, 1), encoding="utf-8")
    status, printed = watch(name, sys.executable, str(file), name, options=())
    assert status == 1, printed
    assert f"BROKEN     {rule} " in printed, printed


def test_command_line_as_a_whole() -> None:
    """The command itself, in a process of its own, gives the same verdict."""
    need("node")
    example = str(ROOT / "examples" / "client.mjs")
    command = [sys.executable, "-m", "retailspec", "watch", "sirclo-inventory", "--", "node"]
    done = subprocess.run(
        [*command, example, "sirclo-inventory"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "calls: 2 (1 history, 1 update)" in done.stdout
