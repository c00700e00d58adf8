"""What is drawn: choices, requests inside and outside the contract, trips, and their texts."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from retailspec.contract import load_contract, names
from retailspec.contract.properties import PropertySpec, build_properties
from retailspec.errors import ContractError, UsageError
from retailspec.faults.in_process import in_process_target
from retailspec.properties.choices import Choices, Numbers, replayed, seeded, trimmed
from retailspec.properties.examples import examples
from retailspec.properties.lifecycle import draw_trip
from retailspec.properties.profiles import PROFILES, profile_of
from retailspec.properties.replay import Replay
from retailspec.properties.request import Drawer
from retailspec.properties.shrink import shrink
from retailspec.properties.values import WRONG, wild
from retailspec.properties.wild import wild_request
from retailspec.reference import build
from retailspec.values import fill

DRAWN = [(name, call) for name in names() for call in load_contract(name).properties]


@pytest.fixture(params=DRAWN, ids="/".join)
def drawer(request: pytest.FixtureRequest) -> Iterator[Drawer]:
    contract = load_contract(request.param[0])
    with in_process_target(contract, build(contract.name)) as target:
        yield Drawer(contract, target, contract.properties[request.param[1]])


def test_choices_can_be_made_again(drawer: Drawer) -> None:
    """The numbers of an example make the same example, without the zeros at their end too."""
    for seed in range(40):
        choices = seeded(str(seed))
        first = drawer.valid(choices)
        assert drawer.valid(replayed(choices.log)) == first
        assert drawer.valid(replayed(trimmed(choices.log))) == first


def test_valid_requests_fit_the_schema(drawer: Drawer) -> None:
    """Each request that is promised to be taken is one of the operation's request schema."""
    contract = drawer.contract
    call = contract.calls[drawer.spec.call]
    schema = contract.operations[call.operation].request_schema
    known = {**call.variables, **drawer.target.fixtures}
    known |= dict.fromkeys(contract.supplies, "A1B2C3D4")
    for seed in range(200):
        parts = drawer.valid(seeded(str(seed))).parts
        if schema is not None:
            body = fill(parts["body"], known.__getitem__)
            violation = contract.schemas.violation(schema, body)
            assert violation is None, (seed, body)


def test_broken_requests_differ_in_one_place(drawer: Drawer) -> None:
    """Each constraint can be broken, and the request is then not the valid one."""
    for constraint in drawer.spec.breaks:
        for seed in range(30):
            parts = drawer.broken(seeded(str(seed)), constraint).parts
            assert parts != drawer.valid(seeded(str(seed))).parts


def test_wild_requests_use_nothing_up(drawer: Drawer) -> None:
    """No request that nothing is promised for names an entry of a supply."""
    for seed in range(60):
        drawn = str(wild_request(drawer, seeded(str(seed))).parts)
        assert not any(f"${{{supply}}}" in drawn for supply in drawer.contract.supplies)


def test_fields_that_vary_are_in_the_schema(drawer: Drawer) -> None:
    """Each pointer of the rule file into a body is a part that the request schema describes."""
    contract = drawer.contract
    schema = contract.operation_of(drawer.spec.call).request_schema
    pointers = [*drawer.spec.vary, *(drawer.place(one.at) for one in drawer.spec.breaks)]
    for pointer in pointers:
        if pointer.startswith("/body/") and schema is not None:
            pattern = "/".join(
                "*" if part.isdecimal() or part == "-" else part for part in pointer.split("/")
            )
            assert contract.schemas.part(schema, pattern.removeprefix("/body"))[0], pointer


def test_lists_name_nothing_twice() -> None:
    """Values that stand for one thing each are drawn once per list."""
    contract = load_contract("omni-inventory")
    with in_process_target(contract, build(contract.name)) as target:
        drawer = Drawer(contract, target, contract.properties["update"])
        sizes = Counter[int]()
        for seed in range(60):
            items = drawer.valid(seeded(str(seed))).parts["body"]["inventories"]
            sizes[len(items)] += 1
            assert len({item["variant_code"] for item in items}) == len(items)
    assert sizes.keys() == {1, 2}


def test_what_is_open_is_marked() -> None:
    """A page that may lie past the end of a history may be refused."""
    contract = load_contract("sirclo-inventory")
    with in_process_target(contract, build(contract.name)) as target:
        drawer = Drawer(contract, target, contract.properties["history"])
        drawn = [drawer.valid(seeded(str(seed))) for seed in range(60)]
    for one in drawn:
        assert one.may_be_refused is (one.parts["query"]["offset"] != 0)


def test_words_are_no_numbers() -> None:
    """A word that stands in the place of a number cannot be read as one, nor as a boolean."""
    for seed in range(300):
        text = WRONG["word"](seeded(str(seed)))
        assert text.isalpha()
        with pytest.raises(ValueError, match="could not convert"):
            float(text)
        assert text not in {"true", "false", "yes", "no", "on", "off", "null", "none"}
    assert not any(
        isinstance(value, int) and abs(value) < 2**53
        for seed in range(300)
        if (value := wild(seeded(str(seed)), "no number")) is not None
    )


@pytest.mark.parametrize("profile", ["sandbox", "ci"])
def test_examples_depend_on_the_seed_alone(profile: str) -> None:
    """The same seed draws the same examples, none of them twice, and another seed draws others."""

    def make(choices: Choices) -> object:
        return [choices.below(1000) for _ in range(3)]

    def drawn(seed: str) -> list[Numbers]:
        return examples(make, 15, seed, PROFILES[profile])

    assert drawn("a") == drawn("a") != drawn("b")
    assert len(set(drawn("a"))) == len(drawn("a"))


def test_shrinking_finds_the_simplest() -> None:
    """What a failure does not need is made zero, and what it needs as small as it can be."""

    def fails(numbers: Numbers) -> bool:
        return len(numbers) > 4 and numbers[4] >= 17

    assert shrink((3, 99, 0, 5, 80, 7, 1), fails, lambda: True) == (0, 0, 0, 0, 17)


def test_shrinking_leaves_out_whole_units() -> None:
    """Where choices belong together, they are left out together."""

    def fails(numbers: Numbers) -> bool:
        units = [numbers[at : at + 2] for at in range(1, len(numbers), 2)]
        return (5, 6) in units

    assert shrink((1, 2, 3, 5, 6, 7, 8), fails, lambda: True, head=1, unit=2) == (0, 5, 6)


@pytest.mark.parametrize("most", [0, 1, 7])
def test_shrinking_keeps_its_budget(most: int) -> None:
    """No more attempts are made than may be."""
    left = iter(range(most))
    tried: list[Numbers] = []

    def fails(numbers: Numbers) -> bool:
        tried.append(numbers)
        return False

    assert shrink((9, 9, 9, 9), fails, lambda: next(left, None) is not None) == (9, 9, 9, 9)
    assert len(tried) == len(set(tried)) == most


def test_trips_follow_the_lifecycle() -> None:
    """A trip has no more orders and calls than it may, and mixes its orders."""
    spec = load_contract("omni-orders").lifecycle
    assert spec is not None
    trips = [draw_trip(seeded(str(seed)), spec, 3, 6) for seed in range(80)]
    assert {trip.orders for trip in trips} == {1, 2, 3}
    for trip in trips:
        assert len(trip.steps) <= 6 * trip.orders
        assert {number for number, _ in trip.steps} <= set(range(trip.orders))
    assert {call for trip in trips for _, call in trip.steps} == set(spec.calls)


@pytest.mark.parametrize("numbers", [(), (3,), (0, 0, 12, 0, 5)])
def test_replay_texts_are_read_again(numbers: Numbers) -> None:
    """The text of an example stands for that example."""
    one = Replay("omni-orders", "lifecycle", "refusal.own", numbers)
    again = Replay.parse(str(one))
    assert trimmed(again.numbers) == numbers
    assert again.rule == "refusal.own"


@pytest.mark.parametrize("text", ["", "a/b:1", "a/b/c", "a/b/c:1-2", "a/b/c:" + "9" * 30])
def test_other_texts_are_no_replays(text: str) -> None:
    """What no finding prints is refused with the option's name."""
    with pytest.raises(UsageError, match="--replay"):
        Replay.parse(text)


def test_unknown_profiles_name_the_nearest() -> None:
    """A misspelt profile is refused with the one that was meant."""
    with pytest.raises(UsageError, match="Did you mean sandbox"):
        profile_of("sandbx")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"other": {}}, "no such call"),
        ({"update": {"accepts": "update.okay"}}, "has no case of this call"),
        (
            {"update": {"breaks": [{"rule": "effects", "at": "/body/a", "kinds": ["word"]}]}},
            "has no case of this call",
        ),
        (
            {
                "update": {
                    "breaks": [
                        {"rule": "price.invalid", "at": "/body/a", "kinds": ["word"], "later": "x"}
                    ]
                }
            },
            "there is no rule x",
        ),
    ],
)
def test_wrong_tables_are_refused(entry: dict[str, object], said: str) -> None:
    """An entry that names what is not there is a mistake of the rule file."""
    contract = load_contract("omni-inventory")
    raw = {"contract": "omni-inventory", "properties": entry}
    with pytest.raises(ContractError, match=said):
        build_properties(raw, contract.rules, contract.calls)


def test_calls_without_a_table_are_left_alone() -> None:
    """An entry may say nothing: the base call is then the one request."""
    contract = load_contract("omni-inventory")
    with in_process_target(contract, build(contract.name)) as target:
        drawn = Drawer(contract, target, PropertySpec("update")).valid(seeded("0"))
    assert drawn.parts["body"] == contract.calls["update"].body


def _check(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "retailspec", "check", "--contract", "mipos-receiver"]
    return subprocess.run(
        [*command, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_the_options_reach_the_run() -> None:
    """A profile changes how much is sent, and a replay sends one request."""
    off = _check("--profile", "off", "--plan").stdout
    default = _check("--plan").stdout
    assert "33 calls in all" in off
    assert "37 calls in all" in default
    again = _check("--replay", "mipos-receiver/deliver/receiver.accepts:1")
    assert again.returncode == 0
    assert "calls: 1 (1 deliver)" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--profile", "citadel"), "no such profile"),
        (("--seed", "x"), "--seed x: is no whole number"),
        (("--replay", "x"), "--replay: is not a text that a finding prints"),
    ],
)
def test_wrong_options_are_refused(arguments: tuple[str, ...], said: str) -> None:
    """A mistake in an option ends the run with one line and status 2."""
    done = _check(*arguments)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
