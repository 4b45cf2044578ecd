"""A storage that goes, fills up or is locked while a command works: what is said, what is kept."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest
from inline_snapshot import snapshot

import graphcli.storage
from graphcli.storage import open_storage, sqlite
from tests.cli.graphs import FILES
from tests.cli.inside import Inside, inside
from tests.cli.session import play, steady
from tests.cli.terminal import Terminal, ended
from tests.conftest import Shell

#: A node does to the storage what `mode` says, and the next superstep has to be kept.
HARMS = """\
import os, resource, shutil
from typing import TypedDict

from graphcli import START, StateGraph

class State(TypedDict, total=False):
    mode: str
    big: str

def harm(state):
    path = os.environ["GRAPHCLI_STORAGE"]
    if state["mode"] == "remove":
        shutil.rmtree(os.path.dirname(path))
    if state["mode"] == "replace":
        os.rename(path, path + ".old")
        open(path, "w").close()
    if state["mode"] == "full":
        size = os.stat(path + "-wal").st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    return {"big": "x" * 100_000}

builder = StateGraph(State).add_node("harm", harm).add_node("after", lambda state: {"big": ""})
graph = builder.add_edge(START, "harm").add_edge("harm", "after").compile()
"""


@pytest.fixture
def quick(
    graphcli: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inside]:
    """The shell `here`, with its commands run in this process."""
    for name, text in FILES.items():
        graphcli.write(name, text)
    graphcli.write("harms.py", HARMS)
    yield from inside(graphcli, capfd, monkeypatch)


def test_a_storage_that_goes_during_a_run_ends_it(quick: Inside) -> None:
    assert play(quick, "run harms.py --thread one -i mode=remove") == snapshot("""\
$ graphcli run harms.py --thread one -i mode=remove
! ✓ harm  0.0 s
! error: storage `STORAGE` was removed or moved away while it was in use; nothing more was kept
!   put back what was there, or a backup, and see how far it had got: graphcli list --storage STORAGE
[7]
""")
    assert play(quick, "run harms.py --thread one -i mode=replace") == snapshot("""\
$ graphcli run harms.py --thread one -i mode=replace
! ✓ harm  0.0 s
! error: storage `STORAGE` was replaced by another file while it was in use; nothing more was kept
!   put back what was there, or a backup, and see how far it had got: graphcli list --storage STORAGE
[7]
""")


def test_a_storage_that_goes_while_a_person_thinks(here: Shell, terminal: Terminal) -> None:
    child = terminal("run", "ask.py", "--thread", "one", columns=200)
    child.expect("Approve[?]")
    child.expect("approve")
    here.storage.rename(here.storage.with_name("moved.db"))
    child.send("\r")
    said, code = ended(child)
    assert code == 7
    assert "was removed or moved away while it was in use; nothing more was kept" in said
    assert "finished" not in said
    assert not (here.cwd / "effects").exists()
    # Put back, as it was told to be, it waits as before.
    here.storage.with_name("moved.db").rename(here.storage)
    assert here("resume", "one", "--value", "approve", "-q").code == 0


def test_where_nothing_more_fits_the_thread_is_named_with_what_goes_on(here: Shell) -> None:
    here.write("harms.py", HARMS)
    done = here("run", "harms.py", "--thread", "one", "-i", "mode=full", "-o", "json")
    assert (done.code, done.json["status"], done.json["thread"]) == (7, "uncertain", "one")
    told = steady(done.stderr, here)
    assert told == snapshot("""\
✓ harm  0.0 s
error: storage `STORAGE` cannot be used: disk I/O error
  see whether its disk is full or fails, or a quota or size limit is reached
  thread `one` is uncertain; go on with
    graphcli resume one --storage STORAGE
""")
    command = done.stderr.splitlines()[-1].split()
    assert here(*command[1:]).code == 9


def test_a_lock_is_waited_for_aloud_and_then_refused(
    quick: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert quick("run", "ask.py", "--thread", "one").code == 8
    monkeypatch.setattr(sqlite, "NOTICE", 0.02)
    quickly = partial(open_storage, patience=0.05)
    monkeypatch.setattr(graphcli.storage, "open_storage", quickly)
    with closing(sqlite3.connect(quick.storage, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert play(quick, "resume one --value approve", "list", "cancel one -q") == snapshot("""\
$ graphcli resume one --value approve
! graph: DIR/ask.py:graph
! answering ID (review): Approve?
! waiting for another process, which keeps storage `STORAGE` locked
! error: storage `STORAGE` has been locked by another process for 0.05 s
!   see which process has it open (`fuser` tells), then try again
!   thread `one` is waiting; go on with
!     graphcli resume one --storage STORAGE
[7]
$ graphcli list
> one	ask	waiting	TIME	1
$ graphcli cancel one -q
! error: storage `STORAGE` has been locked by another process for 0.05 s
!   see which process has it open (`fuser` tells), then try again
[7]
""")
        other.execute("ROLLBACK")
    assert not (quick.cwd / "effects").exists()
    assert quick("resume", "one", "--value", "approve").code == 0


@pytest.mark.parametrize(
    "command", ["list", "inspect one", "inbox", "cancel one", "prune --keep 0"]
)
def test_where_there_is_none_yet_it_says_where_it_looked(quick: Inside, command: str) -> None:
    done = quick(*command.split())
    assert done.code == (4 if "one" in command else 0)
    assert done.stderr.startswith(f"there is no storage `{quick.storage}` yet\n")
    assert not quick.storage.parent.exists()


def test_a_printed_command_names_the_graph_where_others_may_write(quick: Inside) -> None:
    quick("run", "ask.py", "--thread", "zero")
    quick.storage.parent.chmod(0o770)
    begun = quick("run", "ask.py", "--thread", "one", "-o", "json")
    argv = begun.json["questions"][0]["answer_with"]["argv"]
    graph = f"{quick.cwd}/ask.py:graph"
    assert argv[3:7] == ["--storage", str(quick.storage), "--graph", graph]
    assert f"resume one {shlex.join(argv[3:7])}" in begun.stderr
    # What the storage itself says of the graph is no command: others could have put it there.
    shown = quick("inspect", "one", "-o", "json").json
    assert graph not in shown["questions"][0]["answer_with"]["argv"]
    listed = json.loads(quick("inbox", "-o", "json").stdout)
    assert graph not in listed["questions"][0]["answer_with"]["argv"]
    assert quick(*argv[1:], "approve").code == 0
    again = quick("resume", "zero", "--graph", "ask.py", "-o", "json")
    argv = again.json["questions"][0]["answer_with"]["argv"]
    assert quick(*argv[1:], "approve").code == 0
    quick.storage.parent.chmod(0o700)  # the control: where nobody else may write it is not needed
    private = quick("run", "ask.py", "-o", "json").json["questions"][0]["answer_with"]["argv"]
    assert "--graph" not in private
