"""The suite catches every seeded fault by its rule, accuses no liberty, and the faults are real."""

import ssl
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import httpx
import pytest

from retailspec.contract import load_contract
from retailspec.faults.in_process import InProcess
from retailspec.faults.measure import Measured
from retailspec.faults.model import CORPORA, Fault, corpus
from retailspec.faults.probe import Probe
from retailspec.reference import build
from retailspec.reference.base import Reference
from retailspec.reference.serving import Served

FAULTS = [fault for name in CORPORA for fault in corpus(name)[0]]
LIBERTIES = [liberty for name in CORPORA for liberty in corpus(name)[1]]


def test_every_fault_is_caught_by_its_rule(measured: list[Measured]) -> None:
    """Each seeded fault is reported under the rule that it breaks."""
    missed = {f"{one.contract}/{one.name}": one for one in measured if one.breaks and not one.right}
    assert not missed


def test_no_liberty_is_accused(measured: list[Measured]) -> None:
    """No liberty breaks a must, nor a should beyond those that it is declared to cost."""
    accused = {
        f"{one.contract}/{one.name}": one for one in measured if not one.breaks and not one.right
    }
    assert not accused


def test_liberties_cost_what_they_say(measured: list[Measured]) -> None:
    """A should that a liberty is declared to cost is indeed found broken."""
    for one in measured:
        if one.breaks is None:
            assert set(one.advisory) == set(one.costs), f"{one.contract}/{one.name}"


def test_every_rule_has_a_fault() -> None:
    """Each must and each should of every contract is broken by some fault of the corpus."""
    broken = {(fault.contract, fault.breaks) for fault in FAULTS}
    missing = [
        f"{name}/{rule.id}"
        for name in CORPORA
        for rule in load_contract(name).rules.values()
        if rule.judged and (name, rule.id) not in broken
    ]
    assert not missing


def test_faults_name_rules_that_exist() -> None:
    """What a fault breaks, and what a liberty costs, are judged rules of its contract."""
    for fault in FAULTS:
        assert load_contract(fault.contract).rules[fault.breaks].judged, fault.name
    for liberty in LIBERTIES:
        rules = load_contract(liberty.contract).rules
        assert all(rules[cost].level == "should" for cost in liberty.costs), liberty.name


def test_corpus_is_large_enough() -> None:
    """There are at least 250 faults and 40 liberties, each said in a sentence of its own."""
    assert len(FAULTS) >= 250
    assert len(LIBERTIES) >= 40
    for contract in CORPORA:
        said = Counter(one.says for one in FAULTS if one.contract == contract)
        said += Counter(one.says for one in LIBERTIES if one.contract == contract)
        assert [text for text, times in said.items() if times > 1 or not text.endswith(".")] == []


@contextmanager
def _probing(fault: Fault, reference: Reference) -> Iterator[Probe]:
    contract = load_contract(fault.contract)
    if fault.sockets:
        with Served(reference) as served:
            verify = ssl.create_default_context(cafile=served.ca_file)
            with httpx.Client(verify=verify) as client:
                yield Probe(contract, reference, client, served.url, served.plain_url)
        return
    transport = InProcess(reference.app)
    try:
        with httpx.Client(transport=transport) as client:
            base, plain = "https://in-process.invalid", "http://in-process.invalid"
            yield Probe(contract, reference, client, base, plain)
    finally:
        transport.stop()


def _is_seen(place: tuple[str, str]) -> tuple[str, bool]:
    contract, name = place
    fault = next(one for one in corpus(contract)[0] if one.name == name)
    with _probing(fault, build(contract, https_only=True)) as probe:
        healthy = fault.probe(probe)
    with _probing(fault, fault.server()) as probe:
        return name, fault.probe(probe) != healthy


@pytest.mark.parametrize("contract", CORPORA)
def test_faults_are_observable(contract: str, processes: int) -> None:
    """A plain call or two, outside the suite, tells each faulty server from the healthy one."""
    places = [(contract, fault.name) for fault in FAULTS if fault.contract == contract]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        seen = dict(pool.map(_is_seen, places, chunksize=8))
    assert len(seen) == len(places)
    assert [name for name, differs in seen.items() if not differs] == []
