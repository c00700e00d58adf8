"""The hook that a conftest.py, or another plugin, may implement.

pytest itself takes only functions that are called `pytest_...` for hooks, so it is looked for here.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

__all__ = ["HOOK", "fresh_maker"]

HOOK = "retailspec_fresh_order"
"""`retailspec_fresh_order(target, supply)` returns a fresh entry of a supply, or None.

`target` is the contract's name, `supply` the supply's, e.g. `order`; either may be left out.
"""


def fresh_maker(config: pytest.Config) -> Callable[[str, str], str | None] | None:
    """Return what makes fresh entries of a contract's supply, or None where nobody does.

    The function that was registered last is asked first; the first answer that is not None counts.

    Args:
        config: pytest's configuration, with the plugins and the conftest.py files it has loaded.
    """
    plugins = [plugin for _, plugin in config.pluginmanager.list_name_plugin()]
    makers: list[Callable[..., str | None]] = [
        getattr(plugin, HOOK)
        for plugin in reversed(plugins)
        if inspect.getattr_static(plugin, HOOK, None) is not None
    ]
    if not makers:
        return None

    def make(target: str, supply: str) -> str | None:
        given: dict[str, Any] = {"target": target, "supply": supply}
        for maker in makers:
            wanted = inspect.signature(maker).parameters
            made = maker(**{name: value for name, value in given.items() if name in wanted})
            if made is not None:
                return made
        return None

    return make
