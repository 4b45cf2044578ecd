from collections.abc import Iterator
from pathlib import Path

import pytest

from graphcli.storage import Storage, open_storage


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(tmp_path / "data") as opened:
        yield opened
