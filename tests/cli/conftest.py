from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.graphs import FILES
from tests.cli.terminal import Terminal, at_terminal
from tests.conftest import Shell
from tests.launcher import Launcher


@pytest.fixture
def here(graphcli: Shell) -> Shell:
    """A shell in a folder that has the graphs of `tests/cli/graphs.py`."""
    for name, text in FILES.items():
        graphcli.write(name, text)
    return graphcli


@pytest.fixture
def terminal(here: Shell) -> Iterator[Terminal]:
    """`terminal("run", "ask.py")` in a real terminal; what still runs at the end is killed."""
    with at_terminal(here) as spawn:
        yield spawn


@pytest.fixture
def launcher() -> Iterator[Launcher]:
    """Starts commands that run at once."""
    started = Launcher()
    yield started
    started.close()
