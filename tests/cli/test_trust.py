"""Nothing that is stored is loaded unless nobody else could have put it there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Shell


@pytest.mark.parametrize(
    ("place", "mode"),
    [("graphcli.db", 0o666), ("graphcli.db", 0o620), (".", 0o777), (".", 0o770)],
)
def test_a_storage_that_others_can_write_names_no_graph(here: Shell, place: str, mode: int) -> None:
    here("run", "ask.py", "--thread", "one")
    here.write("ask.py", 'open("loaded", "w")\n' + (here.cwd / "ask.py").read_text())
    harmed = here.storage.parent / place
    harmed.chmod(mode)
    done = here("resume", "one", "--value", "approve")
    assert done.code == 2
    assert "others may write the storage" in done.stderr
    assert f"{here.cwd}/ask.py:graph" in done.stderr, "it says what it did not load"
    assert "--graph GRAPH" in done.stderr
    assert not (here.cwd / "loaded").exists()
    assert here("resume", "one", "--value", "approve", "--graph", "ask.py").code == 0


def test_resume_says_which_graph_it_loads_before_it_does(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one")
    here.write("ask.py", "print('at import')\n" + (here.cwd / "ask.py").read_text())
    done = here("resume", "one")
    first, second, *_ = done.stderr.splitlines()
    assert first == f"graph: {here.cwd}/ask.py:graph"
    assert second == "at import"


@pytest.mark.parametrize("command", ["list", "inspect one", "inspect one -o json", "cancel one"])
def test_looking_at_a_thread_loads_nothing(here: Shell, command: str) -> None:
    here("run", "ask.py", "--thread", "one")
    here.write("ask.py", 'open("loaded", "w")\n')
    assert here(*command.split()).code == 0
    assert not (here.cwd / "loaded").exists()


def test_the_storage_is_for_this_user_alone(here: Shell, tmp_path: Path) -> None:
    here("run", "ask.py", "--storage", "new/place/threads.db")
    place = here.cwd / "new" / "place"
    assert (place / "threads.db").stat().st_mode & 0o777 == 0o600
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_thread_resumes_from_another_folder(here: Shell, tmp_path: Path) -> None:
    here("run", "ask.py", "--thread", "one")
    (here.cwd / "elsewhere").mkdir()
    other = Shell(here.cwd / "elsewhere", {"GRAPHCLI_STORAGE": str(here.storage)})
    assert other("resume", "one", "--value", "approve").code == 0


def test_a_printed_answer_names_the_graph_where_resume_takes_none(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one")
    here.storage.parent.chmod(0o777)
    argv = [answer_with(here, *command) for command in (("inbox",), ("inspect", "one"))]
    assert [each[each.index("--graph") :][:2] for each in argv] == [["--graph", "GRAPH"]] * 2
    assert " --graph GRAPH --question " in here("inspect", "one").stdout
    named = answer_with(here, "inspect", "one", "--graph", "ask.py")
    assert here(*named[1:], "approve").code == 0


def answer_with(here: Shell, *command: str) -> list[str]:
    done = here(*command, "-o", "json")
    return list(done.json["questions"][0]["answer_with"]["argv"])
