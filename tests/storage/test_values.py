"""Channel values come back right whatever the history; what is written grows with the change."""

from __future__ import annotations

import sqlite3
import tempfile
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcli.engine.values.checkpointer import Commit
from graphcli.engine.values.model import Result
from graphcli.errors import UnsupportedValueError
from graphcli.storage import Storage, open_storage, values
from tests.contract.build import begin, checkpoint, load, thread

#: What one checkpoint does to a channel: append, cut and append, set, remove, say it changed.
steps = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["append", "cut", "set", "number", "remove", "same", "unsaid"]),
        st.lists(st.integers() | st.text(max_size=30) | st.just(("t", {1})), max_size=4),
    ),
    max_size=4,
)
histories = st.lists(st.tuples(steps, st.integers(0, 9), st.booleans()), min_size=1, max_size=25)


def change(values: dict[str, Any], todo: list[Any]) -> dict[str, int]:
    """Apply steps to `values` and return the `changed` that an engine would tell."""
    changed: dict[str, int] = {}
    for name, kind, items in todo:
        old = values.get(name)
        known = len(old) if isinstance(old, list) else 0
        keep = changed.get(name, known)
        if kind == "remove":
            values.pop(name, None)
            changed[name] = 0
        elif kind == "number":
            values[name], changed[name] = len(items), 0
        elif kind == "set" or not isinstance(old, list):
            values[name], changed[name] = list(items), 0
        elif kind == "unsaid":
            values[name], changed[name] = [*old, *items], 0
        elif kind == "same":
            changed[name] = min(keep, known)
        else:
            cut = known // 2 if kind == "cut" else known
            values[name], changed[name] = [*old[:cut], *items], min(keep, cut)
    return changed


@given(histories)
@settings(max_examples=60, deadline=None)
def test_every_checkpoint_of_every_history_loads_right(history: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        storage = open_storage(directory)
        model: list[dict[str, Any]] = [{}]
        storage.commit(Commit("t", 0, new=thread("t"), checkpoints=(checkpoint(0),)))
        for todo, back, restart in history:
            seq = len(model)
            parent = max(0, seq - 1 - back) if back > 6 else seq - 1  # now and then a fork
            values = deepcopy(model[parent])
            changed = change(values, todo)
            model.append(values)
            point = checkpoint(seq, values, changed=changed, parent=parent)
            storage.commit(Commit("t", seq - 1, checkpoints=(point,), durable=False))
            if restart:  # another process goes on: nothing is remembered
                storage.close()
                storage = open_storage(directory)
        saved = [s.checkpoint for s in storage.history("t")]
        assert [dict(c.values) for c in reversed(saved)] == model
        by_id = storage.load("t", "", saved[-1].id)
        assert by_id is not None
        storage.close()


@dataclass
class Point:
    x: int


def rows(storage: Storage) -> list[tuple[int, int]]:
    """(keep, bytes) of each value row, in the order they were written."""
    with sqlite3.connect(storage.path) as connection:
        found = connection.execute("SELECT keep, length(body) FROM channel_values ORDER BY n")
        return found.fetchall()


def append(storage: Storage, seq: int, items: list[Any], **other: Any) -> None:
    point = checkpoint(seq, {"log": items, **other}, changed={"log": len(items) - 1})
    storage.commit(Commit("release", seq - 1, checkpoints=(point,), durable=False))


def test_only_what_changed_is_written(storage: Storage) -> None:
    begin(storage, "release", log=["a" * 100], big="b" * 10_000)
    append(storage, 1, ["a" * 100, "c"], big="b" * 10_000)
    assert [keep for keep, _ in rows(storage)] == [0, 0, 1]
    assert rows(storage)[2][1] == len(b"\x91\xa1c")


def test_a_checkpoint_that_changes_nothing_writes_no_value(storage: Storage) -> None:
    begin(storage, "release", log=["a"])
    before = rows(storage)
    same = checkpoint(1, {"log": ["a"]}, changed={"log": 1})
    storage.commit(Commit("release", 0, checkpoints=(same, checkpoint(2, {"log": ["a"]}))))
    assert rows(storage) == before
    assert load(storage).checkpoint.values == {"log": ["a"]}


def test_a_chain_that_costs_more_than_the_value_is_written_in_full(storage: Storage) -> None:
    begin(storage, "release", log=["a" * 50_000])
    # Each time the long item is dropped and one short one is kept: the old bytes are all waste.
    for seq in (1, 2):
        point = checkpoint(seq, {"log": ["b"]}, changed={"log": 0})
        storage.commit(Commit("release", seq - 1, checkpoints=(point,)))
    items: list[Any] = ["b"]
    for seq in range(3, 400):
        items = [*items, seq]
        append(storage, seq, items)
    written = rows(storage)[1:]
    assert len(written) == 399
    # Small values are repeated, but never so often that it adds up to more than the rows do.
    assert sum(size for _, size in written) < values._ROW * len(written)
    last_full = max(n for n, (keep, _) in enumerate(written) if keep == 0)
    short = 2 * written[last_full][1] + values._ROW
    assert (len(written) - last_full) * values._ROW < short
    assert load(storage).checkpoint.values == {"log": ["b", *range(3, 400)]}


def test_a_refused_item_is_named_by_its_place_in_the_whole_list(storage: Storage) -> None:
    begin(storage, "release", log=["a", "b"])
    point = checkpoint(1, {"log": ["a", "b", {"fn": len}]}, changed={"log": 2})
    with pytest.raises(UnsupportedValueError, match=r"^log\[2\]\.fn: a function"):
        storage.commit(Commit("release", 0, checkpoints=(point,)))
    assert load(storage).checkpoint.seq == 0


@pytest.mark.parametrize("neighbours", [False, True])
def test_a_long_chat_stays_small(storage: Storage, neighbours: bool) -> None:
    begin(storage, "chat", messages=[])
    if neighbours:  # threads that come later must not make the earlier one's pages sparse
        for n in range(50):
            begin(storage, f"other-{n}", x="y" * 200)
    chat(storage, 1000)
    size = storage.path.stat().st_size
    others = 50 * 2000 if neighbours else 0
    assert size - others < 3 * 2**20
    saved = load(storage, "chat")
    assert len(saved.checkpoint.values["messages"]) == 2000


def chat(storage: Storage, turns: int) -> None:
    """Each turn: a message of a person, and the node's answer to it; 700 bytes together."""
    messages: list[Any] = []
    for turn in range(turns):
        seq = 2 * turn
        for role, text in (("user", "q" * 100), ("ai", "a" * 560)):
            seq += 1
            message = {"role": role, "content": text}
            messages = [*messages, message]
            point = checkpoint(
                seq,
                {"messages": messages},
                f"task-{seq:032}",
                changed={"messages": len(messages) - 1},
            )
            result = Result(
                f"task-{seq - 1:032}", "bot", "done", (("messages", [message]),), ("end",)
            )
            storage.commit(
                Commit(
                    "chat",
                    seq - 1,
                    checkpoints=(point,),
                    results=(result,) if role == "ai" else (),
                    durable=False,
                )
            )
    storage.close()
    storage.__init__(  # type: ignore[misc] # the same storage, opened again
        storage.path, open_storage(storage.path)._database, storage._claims, (), storage._now
    )


def test_a_fork_leaves_the_line_that_it_left_alone(storage: Storage) -> None:
    begin(storage, "release", log=["a"])
    append(storage, 1, ["a", "b"])
    append(storage, 2, ["a", "b", "c"])
    fork = checkpoint(3, {"log": ["a", "X"]}, changed={"log": 1}, parent=0)
    storage.commit(Commit("release", 2, checkpoints=(fork,)))
    append(storage, 4, ["a", "X", "Y"])
    values = [s.checkpoint.values["log"] for s in storage.history("release")]
    assert values == [["a", "X", "Y"], ["a", "X"], ["a", "b", "c"], ["a", "b"], ["a"]]


def test_a_store_of_two_processes_keeps_one_line(tmp_path: Path) -> None:
    with open_storage(tmp_path) as one, open_storage(tmp_path) as two:
        begin(one, "release", log=["a"])
        append(one, 1, ["a", "b"])
        append(two, 2, ["a", "b", "c"])
        append(one, 3, ["a", "b", "c", "d"])  # what it remembers is not the head any more
        assert load(two).checkpoint.values == {"log": ["a", "b", "c", "d"]}


def test_a_list_that_was_read_is_not_believed_of_a_later_thread_with_the_same_rows(
    storage: Storage,
) -> None:
    begin(storage, "release", log=["of the first"])
    assert load(storage).checkpoint.values == {"log": ["of the first"]}
    before = rows(storage)
    storage.delete("release")
    begin(storage, "release", log=["of the other"])
    assert len(rows(storage)) == len(before)
    assert load(storage).checkpoint.values == {"log": ["of the other"]}


def test_a_list_that_was_read_is_read_again_once_its_classes_are_known(storage: Storage) -> None:
    storage.register([Point])
    begin(storage, "release", log=[Point(1)])
    with open_storage(storage.path) as other:
        assert load(other).checkpoint.values["log"] != [Point(1)]
        other.register([Point])
        assert load(other).checkpoint.values["log"] == [Point(1)]


def test_of_a_list_that_was_read_only_the_tail_is_read_again(storage: Storage) -> None:
    long = "a" * 1000
    begin(storage, "release", log=[long])
    append(storage, 1, [long, "b"])
    first = load(storage).checkpoint.values["log"]
    append(storage, 2, [long, "b", "c"])
    assert [keep for keep, _ in rows(storage)] == [0, 1, 2]
    with sqlite3.connect(storage.path) as connection:
        connection.execute("DELETE FROM channel_values WHERE prev = 0")
    assert load(storage).checkpoint.values == {"log": [long, "b", "c"]}
    assert first == [long, "b"]
