"""What keeps the threads of a test: the memory, or a real file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphcli import InMemorySaver
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.storage import open_storage


@pytest.fixture(params=["memory", "file"])
def saver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkpointer]:
    if request.param == "memory":
        yield InMemorySaver()
        return
    with open_storage(tmp_path / "t.db") as storage:
        yield storage
