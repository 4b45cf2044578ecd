from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graphcli.engine.face.memory import InMemorySaver
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.storage import open_storage

#: Every implementation of the protocol, by name: each keeps every promise in this directory.
KEEPERS: dict[str, Callable[[Path], Checkpointer]] = {
    "sqlite": open_storage,
    "memory": lambda _directory: InMemorySaver(),
}


@pytest.fixture(params=KEEPERS)
def checkpointer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkpointer]:
    keeper = KEEPERS[request.param](tmp_path)
    yield keeper
    if close := getattr(keeper, "close", None):
        close()
