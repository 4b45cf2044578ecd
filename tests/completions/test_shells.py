"""TAB in real shells."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphcli.storage import open_storage
from tests.completions.scripts import FOLDER, scripts
from tests.completions.shells import Tab, each_shell, environment
from tests.contract.build import begin

HOSTILE = ("$(touch pwned)", "`touch pwned`", "*", "o;touch pwned", "o\ntouch pwned\n", "o'\"")


def test_the_scripts_are_those_of_the_commands_there_are() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()}
    assert committed == scripts(), "make them anew: python -m tests.completions"


def store(path: Path, *threads: str) -> None:
    with open_storage(path) as storage:
        for thread in threads:
            begin(storage, thread)


def damage(path: Path) -> None:
    """Give threads ids that graphcli itself never would."""
    with closing(sqlite3.connect(path)) as connection:
        for number, thread in enumerate(HOSTILE):
            connection.execute(
                "INSERT INTO threads SELECT n + 100 + ?, ?, uid, graph, status, seq + 100 + ?,"
                " open, created_at, updated_at, body, failure, crc FROM threads LIMIT 1",
                (number, thread, number),
            )
        connection.commit()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    store(tmp_path / "threads.db", "one-thread", "two-1", "two-2")
    store(tmp_path / "other.db", "elsewhere")
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "deploy_it.yaml").write_text("")
    (tmp_path / "graphs" / "odd $(touch pwned).yaml").write_text("")
    (tmp_path / "my graph.yaml").write_text("")
    (tmp_path / "answers.txt").write_text("")
    return tmp_path


@pytest.fixture
def tab(shell: str, place: Path) -> Iterator[Tab]:
    damage(place / "threads.db")
    found = Tab(shell, place, environment(place), None)
    yield found
    found.close()


@each_shell()
def test_tab_completes_what_can_stand_there(tab: Tab, place: Path) -> None:
    completed = {
        "graphcli resu": ["graphcli", "resume"],
        "graphcli resume on": ["graphcli", "resume", "one-thread"],
        "graphcli inspect --storage other.db e": [
            *("graphcli", "inspect", "--storage", "other.db", "elsewhere")
        ],
        "graphcli delete two-1 on": ["graphcli", "delete", "two-1", "one-thread"],
        "graphcli resume @": ["graphcli", "resume", "@latest"],
        "graphcli inspect @la": ["graphcli", "inspect", "@latest"],
        "graphcli delete two-1 @la": ["graphcli", "delete", "two-1", "@latest"],
        "graphcli run dep": ["graphcli", "run", "deploy_it"],
        "graphcli run my": ["graphcli", "run", "my graph.yaml"],
        "graphcli list --graph app": ["graphcli", "list", "--graph", "approve"],
        "graphcli list --status wai": ["graphcli", "list", "--status", "waiting"],
        "graphcli list -o jsonl --li": ["graphcli", "list", "-o", "jsonl", "--limit"],
        "graphcli run x --durability a": ["graphcli", "run", "x", "--durability", "async"],
        "graphcli resume one-thread --answers ans": [
            *("graphcli", "resume", "one-thread", "--answers", "answers.txt")
        ],
        "graphcli completion fi": ["graphcli", "completion", "fish"],
    }
    assert {line: tab.words(line) for line in completed} == completed
    assert not (place / "pwned").exists()


@each_shell()
def test_of_several_all_are_shown_and_nothing_hostile(tab: Tab, place: Path) -> None:
    shown = tab.listed("graphcli resume ", "two-2")
    assert "one-thread" in shown
    assert "touch" not in shown
    assert not (place / "pwned").exists()


@each_shell()
def test_a_shell_runs_nothing_of_what_it_is_offered(shell: str, place: Path) -> None:
    """As if graphcli let a hostile id through: the scripts themselves expand nothing."""
    shown = "\n".join(HOSTILE[:4])
    environ = environment(place, f"cat <<'END'\n{shown}\nzz-last\nEND")
    tab = Tab(shell, place, environ, None)
    tab.listed("graphcli resume ", "zz-last")
    tab.close()
    assert not (place / "pwned").exists()


def test_an_array_without_quotes_would_take_files_for_ids(place: Path) -> None:
    """The control: bash matches what stands without quotes with the files there are."""
    ours = (FOLDER / "graphcli.bash").read_text(encoding="utf-8")
    line = '_graphcli_take < <(command graphcli __ids "$at$cur" "$storage" 2>/dev/null)'
    weak = ours.replace(line, "COMPREPLY=( $(command graphcli __ids) )")
    assert weak != ours
    environ = environment(place, "echo 'answers.t*'")
    asked = "COMP_WORDS=(graphcli resume ''); COMP_CWORD=2; _graphcli; echo \"${COMPREPLY[@]}\""
    found = [
        subprocess.run(
            ["bash", "-c", f"{script}\n{asked}"], cwd=place, env=environ, capture_output=True
        )
        for script in (ours, weak)
    ]
    assert [done.stdout for done in found] == [b"answers.t*\n", b"answers.txt\n"]
