"""A user's mistakes: one message, the right exit code, no traceback, nothing lost."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from tests.cli.inside import inside
from tests.conftest import Ended, Shell

FILES = {
    "broken.py": "def graph(:\n    pass\n",
    "empty.py": "x = 1\n",
    "imports.py": "import a_module_that_nobody_has\n",
    "raises.py": "raise ValueError('no config')\n",
    "exits.py": "import sys\nsys.exit(0)\n",
    "number.py": "graph = 7\n",
    "unknown.yaml": "version: 1\nname: x\nbogus: 1\nnodes:\n  a: {set: {}, next: END}\n",
    "twice.yaml": "version: 1\nname: x\nname: y\nnodes:\n  a: {set: {}, next: END}\n",
    "misspelt.yaml": "version: 1\nname: x\nnodes:\n"
    "  build: {run: make, next: aprove}\n  approve: {ask: {message: ok}, next: END}\n",
    "list.yaml": "- 1\n",
    "bytes.yaml": "\x00",
    "notes.txt": "hello",
    "answers.yaml": "review: [approve\n",
    "answers.json": '{"nobody": 1}',
    "no.yaml": "version: 1\nname: no\nnodes:\n  stop: {fail: a person said no}\n",
}

#: The command, its exit code, and what its message must say.
MISTAKES: list[tuple[str, int, tuple[str, ...]]] = [
    ("run missing.py", 3, ("missing.py",)),
    ("run missing.yaml", 3, ("missing.yaml",)),
    ("run relase.yaml", 3, ("did you mean `release.yaml`?",)),
    ("run askk", 3, ("no graph `askk`",)),
    ("run notes.txt", 3, ("notes.txt",)),
    ("run broken.py", 3, ("broken.py:1:11", "def graph(:", "^")),
    ("run empty.py", 3, ("`empty.py` has no graph", "builder.compile()")),
    ("run imports.py", 3, ("imports.py:1", "a_module_that_nobody_has")),
    ("run raises.py", 3, ("raises.py:1", "ValueError: no config")),
    ("run exits.py", 3, ("exits.py:2", "sys.exit(0)")),
    ("run number.py", 3, ("number.py",)),
    ("run ask.py:grph", 3, ("did you mean `graph`?",)),
    ("run nowhere.module:graph", 3, ("no module `nowhere`",)),
    ("run unknown.yaml", 3, ("unknown.yaml:3:1", "`bogus`")),
    ("run twice.yaml", 3, ("twice.yaml:3:1", "given twice")),
    ("run misspelt.yaml", 3, ("misspelt.yaml:4:28", "did you mean `approve`?")),
    ("run list.yaml", 3, ("list.yaml",)),
    ("run bytes.yaml", 3, ("bytes.yaml",)),
    ("show missing.py", 3, ("missing.py",)),
    ("check misspelt.yaml", 3, ("did you mean `approve`?",)),
    ("run release.yaml", 2, ("1 input is missing", "tag: Git tag to release", "-i tag=")),
    ("run release.yaml -i tag=v1 -i count=two", 2, ("`count` is `two`", "whole number")),
    ("run release.yaml -i tag=v1 -i cout=2", 2, ("did you mean `count`?",)),
    ("run release.yaml -i tag", 2, ("KEY=VALUE",)),
    ("""run release.yaml --input '{"tag": 1}'""", 2, ("--input", "`tag` is `1`")),
    ("""run release.yaml --input '{"tga": "v1"}'""", 2, ("did you mean `tag`?",)),
    ("run release.yaml --input [1]", 2, ("must be a JSON object",)),
    ("run release.yaml --input {", 2, ("not JSON",)),
    ("run release.yaml --input @gone.json", 2, ("gone.json",)),
    ("run ask.py --thread 'a b'", 2, ("`a b` cannot be a thread id",)),
    ("run ask.py --thread ../x", 2, ("cannot be a thread id",)),
    ("run ask.py --thread=-x", 2, ("cannot be a thread id",)),
    ("run ask.py --thread kept", 6, ("`kept` already exists (waiting)", "graphcli resume")),
    ("run ask.py --continue", 2, ("--thread",)),
    ("run ask.py --continue --thread kept", 6, ("`kept`", "waiting")),
    ("run multi.py --continue --thread kept", 6, ("graph `ask`", "`multi`")),
    ("run ask.py --continue --thread nobody", 4, ("no thread `nobody`",)),
    ("run ask.py --break-before reviw", 4, ("did you mean `review`?",)),
    ("run ask.py --answer reviw=approve", 4, ("`reviw`", "did you mean `review`?")),
    ("run ask.py --answer review", 2, ("NODE=VALUE",)),
    ("run ask.py --answer review#0=approve", 2, ("NODE=VALUE",)),
    ("run ask.py --answers gone.yaml", 2, ("--answers gone.yaml",)),
    ("run ask.py --answers answers.yaml", 2, ("answers.yaml:",)),
    ("run ask.py --answers answers.json", 4, ("`nobody`",)),
    ("run ask.py --max-steps 0", 2, ("--max-steps",)),
    ("run ask.py -o xml", 2, ("xml",)),
    ("run", 2, ("GRAPH",)),
    ("resume", 2, ("THREAD",)),
    ("rusume kept", 2, ("rusume",)),
    ("list --status wating", 2, ("wating",)),
    ("list --nothing", 2, ("--nothing",)),
    ("--storage typo.db list", 2, ("--storage", "flags stand after the command")),
    ("resume nobody", 4, ("no thread `nobody`",)),
    ("resume kepd --value approve", 4, ("did you mean `kept`?",)),
    ("resume ke", 2, ("`ke` begins several thread ids: keen, kept",)),
    ("resume kep --value approve", 2, ("name the whole of it: kept",)),
    ("inspect nobody", 4, ("no thread `nobody`",)),
    ("inspect kept --step 99", 4, ("no step 99",)),
    ("cancel nobody", 4, ("no thread `nobody`",)),
    ("resume kept --value aprove", 5, ("`review`", "did you mean `approve`?")),
    ("resume kept --value ''", 5, ("`review`",)),
    ("resume kept --answer review.x=1", 5, ("`x`", "one value")),
    ("resume kept --answer publish=1 --value maybe", 5, ("maybe",)),
    ("resume kept --question nope --value approve", 4, ("question nope is not open", "review")),
    ("resume kept --question review --value approve", 4, ("--answer review=",)),
    ("resume kept --if-match 0123456789ab --value approve", 6, ("has changed",)),
    ("resume kept --if-match 0123 --value approve", 6, ("too short", "the digest now is")),
    ("resume kept --if-match sha256:0123456789ab --value approve", 6, ("is no digest",)),
    ("resume kept --rerun", 6, ("no uncertain task",)),
    ("resume kept --rerun --give-up", 2, ("exclude one another",)),
    ("resume kept --done {", 2, ("--done is not JSON",)),
    ("resume kept --task x", 2, ("--task",)),
    ("resume kept --value-file gone", 2, ("--value-file gone",)),
    ("resume kept --graph multi.py", 3, ("`review`", "no longer has")),
    ("resume kept --graph gone.py", 3, ("gone.py",)),
    ("resume kept --storage ask.py", 7, ("ask.py",)),
    ("list --storage redis://x", 2, ("redis://x",)),
]


#: How a graph itself ends a thread.
FAILURES: list[tuple[str, int, tuple[str, ...]]] = [
    ("run work.py --thread failed -i mode=raise", 1, ()),
    ("run no.yaml --thread no", 10, ()),
    ("resume failed --value x", 6, ()),
    ("resume no", 6, ()),
]


@pytest.fixture
def full(here: Shell) -> Shell:
    """A folder with every broken file, and a thread that waits."""
    for name, text in FILES.items():
        here.write(name, text)
    for thread in ("kept", "keen"):
        assert here("run", "ask.py", "--thread", thread).code == 8
    return here


def threads(shell: Shell) -> Any:
    return [shell("inspect", name, "-o", "json").json for name in ("kept", "keen")]


# Each worker makes its folder once: seventy mistakes in one session are also seventy proofs that
# the one before did no harm.
@pytest.mark.parametrize("part", range(4))
def test_a_mistake_gets_one_message_and_harms_nothing(full: Shell, part: int) -> None:
    before = threads(full), full("list", "-o", "json").json
    for line, code, words in MISTAKES[part::4]:
        done = full(*shlex.split(line))
        assert (line, done.code) == (line, code), done.stderr
        _is_one_message(done, words, line)
    assert (threads(full), full("list", "-o", "json").json) == before


def _is_one_message(done: Ended, words: tuple[str, ...], line: str) -> None:
    assert done.stdout == "", line
    assert "Traceback" not in done.stderr, line
    assert done.stderr.count("error: ") == 1, (line, done.stderr)
    for word in words:
        assert word in done.stderr, (line, done.stderr)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("run missing.py -o json", 3),
        ("run release.yaml -o=json", 2),
        ("resume kept --value aprove --output json", 5),
        ("inspect nobody --output=json", 4),
        ("list --nothing -o json", 2),
        ("resume kept --storage ask.py -o json", 7),
        ("check misspelt.yaml -o json", 3),
    ],
)
def test_a_program_gets_the_mistake_as_one_document(full: Shell, line: str, code: int) -> None:
    done = full(*shlex.split(line))
    assert done.code == code
    assert done.json["schema_version"] == 1
    assert done.json["command"] == line.split()[0]


def test_every_refusal_has_code_message_and_remedy_for_programs(
    full: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = next(shells := inside(full, capfd, monkeypatch))
    codes = set()
    for line, code, _ in [*MISTAKES, *FAILURES]:
        if "-o" in line:
            continue
        done = quick(*shlex.split(line), "-o", "json")
        error = done.json["error"]
        assert done.code == code, (line, done.stderr)
        for key in ("code", "message", "remedy"):
            assert isinstance(error[key], str), (line, key)
            assert error[key], (line, key)
        assert "" not in {**error, "field": None}.values(), (line, error)
        for command in re.findall(
            r"^ *(graphcli (?:resume|inspect|cancel).*)", error["remedy"], re.MULTILINE
        ):
            assert {"kept", "keen", "failed", "no"} & set(command.split()), (line, command)
        codes.add(done.code)
    assert codes == {1, 2, 3, 4, 5, 6, 7, 10}
    next(shells, None)


def test_an_error_names_its_thread_for_programs(full: Shell) -> None:
    document = full("resume", "kept", "--value", "no", "-o", "json").json
    assert (document["thread"], document["status"]) == ("kept", "waiting")
    assert [question["node"] for question in document["questions"]] == ["review"]


def test_the_storage_is_named_in_every_command_of_a_remedy(here: Shell) -> None:
    assert here("run", "ask.py", "--thread", "one", "--storage", "other place.db").code == 8
    taken = here("run", "ask.py", "--thread", "one", "--storage", "other place.db")
    assert f"graphcli resume --storage '{here.cwd}/other place.db' one" in taken.stderr


def test_a_waiting_node_that_is_gone_is_no_finish(here: Shell) -> None:
    here("run", "ask.py", "--thread", "one")
    before = here("inspect", "one", "-o", "json").json
    text = (here.cwd / "ask.py").read_text()
    here.write("ask.py", text.replace('"review"', '"look"'))
    done = here("resume", "one", "--value", "approve")
    assert done.code == 3
    assert "waits at node `review`, which the graph no longer has" in done.stderr
    assert here("inspect", "one", "-o", "json").json == before
    here.write("ask.py", text)
    assert here("resume", "one", "--value", "approve").code == 0


def test_several_graphs_are_all_checked(full: Shell) -> None:
    done = full("check", "misspelt.yaml", "ask.py", "empty.py", "-o", "json")
    assert done.code == 3
    assert [one["error"] is None for one in done.json["graphs"]] == [False, True, False]
    assert json.dumps(done.json["error"]) == json.dumps(done.json["graphs"][0]["error"])
