"""Each hostile or broken target: the run ends by itself, with a verdict or one clear line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hostile_corpus import BEHAVIOURS, HELD, STOPPED, Behaviour
from hostile_run import TOKEN, Certificates, Told, checked, target_file
from hostile_server import HostileServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FEWEST = 60


def test_corpus_is_large_and_names_each_behaviour_once() -> None:
    """The corpus has no name twice, and does not shrink."""
    assert len({one.name for one in BEHAVIOURS}) == len(BEHAVIOURS) >= FEWEST


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Told]]:
    """Per behaviour how the run against it ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOSTILE_TOKEN", TOKEN)
        folder = tmp_path_factory.mktemp("hostile")
        certificates = Certificates(folder)

        def one(number: int, behaviour: Behaviour) -> Told:
            own = folder / str(number)
            own.mkdir()
            with HostileServer(behaviour.serve, certificates.context(behaviour.tls)) as server:
                url = server.url
                if behaviour.scheme:
                    url = behaviour.scheme + "://" + url.partition("://")[2]
                # what answers well may take its time: many run at once, and the machine is small
                ample = {"timeout": 5.0} if behaviour.ends == HELD else {}
                settings = {"ca_file": str(certificates.file), **ample, **behaviour.settings}
                return checked(target_file(own, url, **settings))

        with ThreadPoolExecutor(12) as threads:
            ended = threads.map(one, range(len(BEHAVIOURS)), BEHAVIOURS)
            yield dict(zip((one.name for one in BEHAVIOURS), ended, strict=True))


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda one: one.name)
def test_hostile_target(behaviour: Behaviour, told: Mapping[str, Told]) -> None:
    """The run ends with the verdict, or the line, that the corpus names; nothing raw is printed."""
    ended = told[behaviour.name]
    assert ended.ends == behaviour.ends, ended.text
    assert behaviour.says in ended.text
    assert all(char.isprintable() or char == "\n" for char in ended.text)
    assert "Traceback" not in ended.text
    assert TOKEN not in ended.text
    if ended.ends == STOPPED:
        assert "\n" not in ended.text
