"""Paths: where a node is, as a person reads and writes it."""

import pytest

from graphcli.engine.graph.place import path_of


@pytest.mark.parametrize(
    ("ns", "path"),
    [
        ("", "ask"),
        ("audit:1f", "audit/ask"),
        ("audit:1f|licence:2a", "audit/licence/ask"),
        ("write:1f|1", "write/ask"),  # the second graph that `write` calls
        ("write:1f|1|deep:2a", "write/deep/ask"),
        ("memory", "memory/ask"),  # one that keeps its state from call to call
        ("2", "2/ask"),
        ("2:1f", "2/ask"),
    ],
)
def test_a_path_names_the_nodes_and_no_ids(ns: str, path: str) -> None:
    assert path_of(ns, "ask") == path
