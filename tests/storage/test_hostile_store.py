"""A storage, a YAML file and a schema from strangers: whoever only looks runs none of it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import ormsgpack

from graphcli.storage.codec import DATACLASS, ENUM, MESSAGE, MODEL
from graphcli.storage.seals import seal
from graphcli.storage.tags import PATH
from tests.conftest import Shell

ASKS = """\
from typing import Any, TypedDict

from graphcli import START, StateGraph, interrupt


class State(TypedDict, total=False):
    x: Any
    s: Any


builder = StateGraph(State)
builder.add_node("n", lambda state: {"x": interrupt(state["x"], response_schema=state["s"])})
builder.add_edge(START, "n")
graph = builder.compile()
"""

YAML = """\
version: 1
name: x
nodes:
  b: {{run: "touch hacked; {module}", env: {{A: "{path}"}}, next: c}}
  c: {{ask: {{message: "{module}", fields: {{f: {{type: path, default: "{path}"}}}}}}}}
"""
PYTHON = "version: 1\nname: x\nnodes: {{a: {{python: '{module}:thing'}}}}\n"

#: Runs commands in one process and prints what they made Python do, beyond its own affairs.
WATCH = """
import json, sys
seen = []
LOUD = ("os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "subprocess.", "socket.",
        "ctypes.", "urllib.", "webbrowser.", "pty.", "pickle.", "marshal.", "shutil.", "ftplib.")
def hook(event, args):
    if event in ("import", "open", "compile"):
        seen.append(f"{event} {args[0] if event != 'compile' else args[1]}")
    elif event == "exec":
        seen.append(f"exec {args[0].co_filename} {args[0].co_name}")
    elif event.startswith(LOUD):
        seen.append(event)
sys.addaudithook(hook)
from graphcli.cli.main import run_command
from pathlib import Path
from graphcli.loaders.yaml.load import check_file
codes = []
if Path("python.yaml").exists():
    check_file(Path("python.yaml"), "python.yaml")
for argv in json.loads(sys.argv[1]):
    seen.append("-- " + argv[0])
    codes.append(run_command(argv))
EXTRA
print("\\n".join(["WATCHED", json.dumps([codes, sorted(set(seen))])]), file=sys.stderr)
"""

COMMANDS = [
    ["list"],
    *(["inspect", f"t{number}"] for number in range(5)),
    ["inspect", "t0", "--full"],
    ["inspect", "t0", "-o", "json"],
    ["doctor"],
    ["backup", "copy.db"],
    ["cancel", "t1"],
    ["check", "g.yaml"],
    ["show", "g.yaml"],
    ["check", "tags.yaml"],
]


def watched(
    shell: Shell, commands: list[list[str]] = COMMANDS, extra: str = ""
) -> tuple[list[int], set[str]]:
    """The exit codes of `commands` in one process, and what they made Python do."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH.replace("EXTRA", extra), json.dumps(commands)],
        cwd=shell.cwd,
        env={**shell.full_environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    codes, seen = json.loads(done.stderr.rpartition("WATCHED\n")[2])
    return codes, {
        re.sub(r"\.[0-9a-f]{8}\.new", ".RANDOM.new", event.replace(str(shell.cwd), "HERE"))
        for event in seen
    }


def tagged(code: int, *body: Any) -> bytes:
    return ormsgpack.packb([ormsgpack.Ext(code, b""), *body])


#: Bytes that name what could be run, imported or opened, as our own codec would write them.
ATTACKS = [
    tagged(DATACLASS, "os:system", {"command": "touch hacked"}),
    tagged(ENUM, "subprocess:Popen", {"name": "args", "value": "touch hacked"}),
    tagged(MODEL, "antigravity:Model", {"a": 1}, None, [], {}),
    tagged(MESSAGE, "antigravity", {"content": "x"}, None, [], {}),
    ormsgpack.packb(ormsgpack.Ext(PATH, b"PosixPath:/etc/shadow")),
]
SCHEMAS = [
    {"$ref": "http://127.0.0.1:9/x.json"},
    {"$ref": "file:///etc/shadow"},
    {"$schema": "https://example.org/schema"},
    {"type": "string", "format": "path", "default": "/etc/shadow"},
    {
        "type": "string",
        "x-graphcli": {"validate": "__import__('antigravity')", "when": "open('x')"},
    },
]


def mark(number: int) -> str:
    """A text that takes as many bytes as the attack that will stand in its place."""
    size = len(ATTACKS[number])
    return chr(65 + number) * (size - 1 if size <= 32 else size - 2)


def prepare(folder: Path, *, hostile: bool) -> Shell:
    """A folder with a storage, a thread for each schema, and YAML files."""
    folder.mkdir()
    shell = Shell(folder)
    shell.write("asks.py", ASKS)
    marks = {f"m{number}": mark(number) for number in range(len(ATTACKS))}
    runs = [
        ["run", "asks.py", "--thread", f"t{number}", "--input", json.dumps(document)]
        for number, schema in enumerate(SCHEMAS)
        for document in [{"x": {"question": "q", **marks}, "s": schema}]
    ]
    assert watched(shell, runs)[0] == [8] * len(SCHEMAS)
    module, path = ("antigravity", "/etc/shadow") if hostile else ("wave", "README")
    shell.write("g.yaml", YAML.format(module=module, path=path))
    shell.write("python.yaml", PYTHON.format(module=module))
    shell.write("tags.yaml", "a: !!python/name:antigravity.x" if hostile else "a: ! b")
    if hostile:
        shell.write("asks.py", "open('hacked', 'w')\n")
        shell.write("antigravity.py", "open('hacked', 'w')\n")
        poison(shell.storage)
    return shell


def poison(storage: Path) -> None:
    """Put the attacks where the marks stand in every row, and seal the rows again."""
    with closing(sqlite3.connect(storage)) as connection, connection:
        for table, keys in (("channel_values", "n"), ("questions", "thread || id")):
            cursor = connection.execute(f"SELECT {keys}, * FROM {table}")
            place = [column[0] for column in cursor.description].index("body")
            for row in cursor.fetchall():
                body = row[place]
                for number, attack in enumerate(ATTACKS):
                    written = ormsgpack.packb(mark(number))
                    assert table == "channel_values" or written in body
                    body = body.replace(written, attack)
                crc = seal(row[1:place], body)
                change = f"UPDATE {table} SET body = ?, crc = ? WHERE {keys} = ?"
                connection.execute(change, (body, crc, row[0]))


def test_commands_that_look_do_nothing_that_it_names(tmp_path: Path) -> None:
    honest_codes, honest = watched(prepare(tmp_path / "honest", hostile=False))
    shell = prepare(tmp_path / "hostile", hostile=True)
    codes, seen = watched(shell)
    assert codes == honest_codes == [0] * (len(COMMANDS) - 1) + [3]
    assert {event for event in seen - honest if not event.startswith("--")} == set()
    assert not any(word in event for event in seen for word in ("antigravity", "shadow"))
    assert not (shell.cwd / "hacked").exists()
    # The control: the same commands, and then what the attacks want.
    want = "import antigravity; open('asks.py').close(); eval('1 + 1'); import os; os.system(':')"
    _, seen = watched(shell, extra=want)
    assert seen - honest >= {
        "import antigravity",
        "open HERE/antigravity.py",
        "open asks.py",
        "os.system",
    }
    assert (shell.cwd / "hacked").exists()
