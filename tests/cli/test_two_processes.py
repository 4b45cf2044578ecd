"""Asked in one process, answered in another: once, and never another question than was shown."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROGRAM, Ended, Shell


def parked(shell: Shell, *argv: str, thread: str = "one") -> Any:
    """Park a run and return the one question of its one document."""
    done = shell("run", "ask.py", "--thread", thread, "--no-input", "-o", "json", *argv)
    assert done.code == 8
    assert done.stdout.count("\n") == 1, "one JSON document, on one line"
    (question,) = done.json["questions"]
    return question


def answered(shell: Shell, question: Any, value: str, *more: str) -> Ended:
    """Do what `answer_with` says, with the value added."""
    program, *argv = question["answer_with"]["argv"]
    assert program == "graphcli"
    return shell(*argv, value, *more)


def effects(shell: Shell) -> list[str]:
    path = shell.cwd / "effects"
    return path.read_text().split() if path.exists() else []


def test_answer_with_and_a_value_finish_the_thread(here: Shell) -> None:
    question = parked(here)
    assert question["message"] == "Approve?"
    assert question["schema"] == {"enum": ["approve", "reject"]}
    assert question["answer_with"]["argv"][-1] == "--value"
    done = answered(here, question, "approve", "-o", "json")
    assert (done.code, done.json["status"]) == (0, "finished")
    assert done.json["output"]["decision"] == "approve"
    assert effects(here) == ["approve"]


def test_the_quoted_line_does_the_same_in_a_shell(here: Shell, tmp_path: Path) -> None:
    place = str(tmp_path / "else where" / "it's.db")
    question = parked(here, "--storage", place)
    assert question["answer_with"]["argv"][3:5] == ["--storage", place]
    graphcli = tmp_path / "bin" / "graphcli"
    graphcli.parent.mkdir()
    graphcli.write_text(f'#!/bin/sh\nexec "{PROGRAM[0]}" -m graphcli "$@"\n')
    graphcli.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", question["answer_with"]["line"] + " approve"],
        cwd=here.cwd,
        env={**here.full_environ, "PATH": f"{graphcli.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert effects(here) == ["approve"]


def test_the_default_storage_needs_no_name(here: Shell) -> None:
    here.environ["GRAPHCLI_STORAGE"] = ""
    here.environ["XDG_DATA_HOME"] = str(here.cwd / "share")
    question = parked(here)
    assert "--storage" not in question["answer_with"]["argv"]
    assert answered(here, question, "approve").code == 0


def test_a_changed_question_is_refused_and_nothing_moves(here: Shell) -> None:
    question = parked(here)
    argv = [*question["answer_with"]["argv"][1:], "approve"]
    argv[argv.index("--if-match") + 1] = "0" * 64
    stale = here(*argv)
    assert stale.code == 6
    assert "has changed since it was shown" in stale.stderr
    assert effects(here) == []
    assert here("inspect", "one", "-o", "json").json["status"] == "waiting"
    assert answered(here, question, "reject").code == 0


def test_a_digest_may_be_shortened_to_twelve_digits_but_not_more(here: Shell) -> None:
    digest = parked(here)["digest"]
    short = here("resume", "one", "--if-match", digest[:11], "--value", "approve")
    assert short.code == 6
    assert here("resume", "one", "--if-match", digest[:12], "--value", "approve").code == 0


def test_an_answered_question_says_who_was_first(here: Shell) -> None:
    question = parked(here)
    assert answered(here, question, "approve").code == 0
    late = answered(here, question, "reject")
    assert late.code == 6
    assert "was already answered by ana@" in late.stderr
    assert effects(here) == ["approve"]


def test_a_wrong_value_moves_nothing(here: Shell) -> None:
    question = parked(here)
    wrong = answered(here, question, "maybe")
    assert wrong.code == 5
    assert "must be one of approve, reject" in wrong.stderr
    assert answered(here, question, "approve").code == 0


def test_each_question_is_answered_by_its_own_id(here: Shell) -> None:
    started = here("run", "multi.py", "--thread", "m", "-o", "json")
    values = {"who": "bob", "sure": "no", "pick": "y"}
    assert len(started.json["questions"]) == 3
    codes = [answered(here, q, values[q["node"]]).code for q in started.json["questions"]]
    assert codes == [8, 8, 0]
    log = here("inspect", "m", "-o", "json").json["values"]["log"]
    assert log == ["pick: y", "sure: False", "who: bob"]


def test_answers_come_from_a_file_by_node(here: Shell) -> None:
    here.write("given.yaml", "who: bob\nsure: true\npick: y\npick#2: x\nsure#3: false\n")
    done = here("run", "multi.py", "--answers", "given.yaml")
    assert done.code == 0
    assert done.stderr.count("not used: ") == 2
    assert "not used: --answers given.yaml: pick#2: nothing asked for it" in done.stderr


def test_a_flag_wins_over_the_file_and_the_second_time_is_counted(here: Shell) -> None:
    here.write("given.json", '{"review": "reject"}')
    done = here(
        "run", "ask.py", "--answers", "given.json", "--answer", "review=approve", "-o", "json"
    )
    assert (done.code, done.json["output"]["decision"]) == (0, "approve")


def test_a_value_may_come_from_a_file_or_stdin(here: Shell) -> None:
    here.write("value", "approve\n")
    parked(here)
    assert here("resume", "one", "--value-file", "value").code == 0
    parked(here, thread="two")
    assert here("resume", "two", "--value-file", "-", stdin="reject\n").code == 0
    assert effects(here) == ["approve", "reject"]


def test_what_a_failed_task_was_told_can_be_replaced(here: Shell) -> None:
    here.write("effects/in-the-way", "")
    question = parked(here)
    failed = answered(here, question, "approve")
    assert failed.code == 1
    (here.cwd / "effects" / "in-the-way").unlink()
    (here.cwd / "effects").rmdir()
    assert answered(here, question, "reject").code == 0
    assert effects(here) == ["reject"]
    journal = here("inspect", "one", "-o", "json").json["answers"]
    assert [(one["value"], one["status"]) for one in journal] == [
        ("approve", "replaced"),
        ("reject", "accepted"),
    ]


def test_a_plain_resume_retries_with_the_accepted_answer(here: Shell) -> None:
    here.write("effects/in-the-way", "")
    assert answered(here, parked(here), "approve").code == 1
    (here.cwd / "effects" / "in-the-way").unlink()
    (here.cwd / "effects").rmdir()
    assert here("resume", "one").code == 0
    assert effects(here) == ["approve"]


RACE = 'while [ ! -e go ]; do :; done; exec "$@"'


def racing(shell: Shell, argv: list[str]) -> subprocess.Popen[str]:
    """Start a command that begins when the file `go` is there."""
    return subprocess.Popen(
        ["/bin/sh", "-c", RACE, "sh", *PROGRAM, *argv],
        cwd=shell.cwd,
        env=shell.full_environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("part", range(4))
def test_of_two_answers_at_once_one_wins_and_the_other_is_told(here: Shell, part: int) -> None:
    for number in range(2):
        thread = f"race-{part}-{number}"
        argv = parked(here, thread=thread)["answer_with"]["argv"][1:]
        before = len(effects(here))
        both = [racing(here, [*argv, value]) for value in ("approve", "reject")]
        here.write("go", "")
        told = [one.communicate(timeout=60)[1] for one in both]
        (here.cwd / "go").unlink()
        assert sorted(one.returncode for one in both) == [0, 6], told
        (loser,) = [text for one, text in zip(both, told, strict=True) if one.returncode]
        assert "already answered by ana@" in loser or "is being run by process" in loser
        assert len(effects(here)) == before + 1
        journal = here("inspect", thread, "-o", "json").json["answers"]
        assert [one["value"] for one in journal] == effects(here)[-1:]
