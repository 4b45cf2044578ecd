"""What `inspect --full` shows of an error: the user's own lines, and none of ours above them."""

# ruff: noqa: E501 - what a command writes is compared as it is.

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from inline_snapshot import snapshot

from graphcli.engine.values import failure
from tests.cli.inside import Inside, inside
from tests.conftest import Shell

GRAPH = """\
from typing import TypedDict
from graphcli import START, StateGraph, interrupt

def secret(state: dict) -> dict:
    return {"length": len(interrupt({"question": "Token?", "type": "secret"}))}

def helps(value: str) -> int:
    return int(value)

def mistake(state: dict) -> dict:
    try:
        return {"a": helps("one")}
    except ValueError as error:
        raise KeyError("a") from error

def nests(state: dict) -> dict:
    return inner.invoke(state)

inner = StateGraph(dict).add_node("mistake", mistake).add_edge(START, "mistake").compile()
nodes = {"secret": secret, "mistake": mistake, "nests": nests, "text": lambda state: 1}
State = TypedDict("State", {"a": int}, total=False)
graphs = {n: StateGraph(State if n == "text" else dict).add_node(n, f).add_edge(START, n).compile() for n, f in nodes.items()}
secret, mistake, nests, text = graphs.values()
"""


@pytest.fixture
def quick(
    graphcli: Shell, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Inside]:
    graphcli.write("g.py", GRAPH)
    yield from inside(graphcli, capfd, monkeypatch)


def shown(quick: Inside, name: str, *flags: str) -> str:
    """The tasks of a thread that failed, in full."""
    run = quick("run", f"g.py:{name}", "--thread", name, "--no-input", "-q", *flags)
    assert run.code == 1
    text = quick("inspect", name, "--full", environ={"COLUMNS": "200"}).stdout
    found = re.search(r"^Tasks\n(.*?)^(?:Answers|History)", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1].replace(str(quick.cwd), "DIR")


def test_a_secret_that_cannot_be_read_is_told_with_its_remedy(quick: Inside) -> None:
    assert shown(quick, "secret", "--value", "env:UNSET") == snapshot("""\
  ✗ secret: failed: the secret `env:UNSET` cannot be read here; set the variable or create the file, then resume again
    Traceback (most recent call last):
      File "DIR/g.py", line 5, in secret
        return {"length": len(interrupt({"question": "Token?", "type": "secret"}))}
                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    graphcli.errors.UnsecretableError: the secret `env:UNSET` cannot be read here

""")


def test_an_update_that_does_not_fit_is_told_without_our_own_code(quick: Inside) -> None:
    assert "Traceback" not in shown(quick, "text")


def test_a_mistake_of_a_node_is_told_from_its_own_code_on(quick: Inside) -> None:
    assert shown(quick, "mistake") == snapshot("""\
  ✗ mistake: failed: KeyError: 'a'
    Traceback (most recent call last):
      File "DIR/g.py", line 12, in mistake
        return {"a": helps("one")}
                     ^^^^^^^^^^^^
      File "DIR/g.py", line 8, in helps
        return int(value)
               ^^^^^^^^^^
    ValueError: invalid literal for int() with base 10: 'one'

    The above exception was the direct cause of the following exception:

    Traceback (most recent call last):
      File "DIR/g.py", line 14, in mistake
        raise KeyError("a") from error
    KeyError: 'a'

""")
    nested = shown(quick, "nests")
    assert nested.count("g.py") > 3
    assert "engine/running/task.py" not in nested.partition("g.py")[0]


def test_without_the_rule_our_own_code_is_told(
    quick: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The control.
    monkeypatch.setattr(failure, "_is_ours", lambda _file: False)
    assert "engine/running/task.py" in shown(quick, "mistake")
