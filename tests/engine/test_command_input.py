"""A Command as input: answer, write and plan, in any combination, on the checkpoint that waits."""

from __future__ import annotations

import operator
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import END, START, Command, CompiledGraph, Send, StateGraph, interrupt
from graphcli.engine.values.model import Status
from graphcli.errors import (
    ConflictError,
    InvalidGraphError,
    InvalidUpdateError,
    NotFoundError,
    NothingToResumeError,
    Rejected,
    UnsupportedValueError,
)
from graphcli.storage import open_storage
from tests.engine.helpers import DyingSaver, Log, on, payloads

CONFIG = on("1")


class State(TypedDict):
    log: Annotated[list[str], operator.add]
    note: str


def chain(saver: Any, ran: Log | None = None, **nodes: Any) -> CompiledGraph:
    """a → b → c, where b asks; x stands beside them. `nodes` take the place of a node."""
    ran = ran if ran is not None else Log()

    def node(name: str) -> Any:
        def run(state: State) -> Any:
            ran(f"{name}({','.join(state['log'])})")
            if name in nodes:
                return nodes[name](state)
            return {"log": [interrupt("b?") if name == "b" else name]}

        return run

    graph = StateGraph(State)
    for name in "abcx":
        graph.add_node(name, node(name))
    graph.add_edge(START, "a").add_edge("a", "b").add_edge("b", "c")
    return graph.compile(checkpointer=saver)


def history(graph: CompiledGraph) -> list[tuple[Any, ...]]:
    found = reversed(list(graph.get_state_history(CONFIG)))
    return [(s.metadata["source"], s.next, s.values["log"]) for s in found if s.metadata]


def test_an_update_beside_an_answer_is_seen_by_the_node(saver: Any) -> None:
    ran = Log()
    graph = chain(saver, ran)
    graph.invoke({"log": ["in"], "note": "old"}, CONFIG)
    told = graph.invoke(Command(resume="yes", update={"log": ["u"], "note": "n"}), CONFIG)
    assert told == {"log": ["in", "a", "u", "yes", "c"], "note": "n"}
    assert graph.get_state(CONFIG).values == told
    assert ran.names == ["a(in)", "b(in,a)", "b(in,a,u)", "c(in,a,u,yes)"]
    assert history(graph) == [
        ("input", ("__start__",), []),
        ("loop", ("a",), ["in"]),
        ("loop", ("b",), ["in", "a", "u"]),
        ("loop", ("c",), ["in", "a", "u", "yes"]),
        ("loop", (), ["in", "a", "u", "yes", "c"]),
    ]


def test_an_update_alone_asks_the_same_question_again(saver: Any) -> None:
    graph = chain(saver)
    first = graph.invoke({"log": []}, CONFIG)["__interrupt__"]
    again = graph.invoke(Command(update=[("log", ["u"])]), CONFIG)
    assert again == {"log": ["a", "u"], "__interrupt__": first}
    assert graph.get_state(CONFIG).interrupts == tuple(first)
    assert graph.invoke(Command(resume="yes"), CONFIG) == {"log": ["a", "u", "yes", "c"]}


@pytest.mark.parametrize("resume", [True, False])
def test_goto_runs_in_the_superstep_of_the_waiting_node(saver: Any, resume: bool) -> None:
    ran = Log()
    graph = chain(saver, ran)
    graph.invoke({"log": ["in"]}, CONFIG)
    ran.taken()
    if resume:
        graph.invoke(Command(resume="yes", goto="x"), CONFIG)
        assert sorted(ran.taken()) == ["b(in,a)", "c(in,a,yes,x)", "x(in,a)"]
    else:
        assert payloads(graph.invoke(Command(goto="x"), CONFIG)) == ["b?"]
        assert sorted(ran.taken()) == ["b(in,a)", "x(in,a)"]
        assert graph.get_state(CONFIG).values["log"] == ["in", "a", "x"]
        graph.invoke(Command(resume="yes"), CONFIG)
        assert ran.taken() == ["b(in,a)", "c(in,a,yes,x)"]  # x had ended and is not run again
    assert graph.get_state(CONFIG).values["log"] == ["in", "a", "yes", "x", "c"]


def test_goto_takes_sends_and_lists(saver: Any) -> None:
    ran = Log()
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    ran.taken()
    goto: list[str | Send] = ["x", Send("x", {"log": ["sent"]}), Send("x", {"log": ["too"]}), "c"]
    told = graph.invoke(Command(resume="yes", update={"log": ["u"]}, goto=goto), CONFIG)
    assert told == {"log": ["a", "u", "yes", "c", "x", "x", "x", "c"]}
    assert sorted(ran.taken()[:5]) == ["b(a,u)", "c(a,u)", "x(a,u)", "x(sent)", "x(too)"]


def test_sends_of_two_commands_both_run_once(saver: Any) -> None:
    ran = Log()
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    ran.taken()
    graph.invoke(Command(goto=Send("x", {"log": ["one"]})), CONFIG)
    graph.invoke(Command(goto=Send("x", {"log": ["two"]})), CONFIG)
    graph.invoke(Command(resume="yes"), CONFIG)
    assert [name for name in ran.names if name[0] == "x"] == ["x(one)", "x(two)"]
    assert graph.get_state(CONFIG).values["log"] == ["a", "yes", "x", "x", "c"]


@pytest.mark.parametrize("goto", ["b", END, [END]])
def test_goto_to_what_is_planned_or_to_the_end_plans_nothing(saver: Any, goto: Any) -> None:
    ran = Log()
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    ran.taken()
    assert graph.invoke(Command(resume="yes", goto=goto), CONFIG) == {"log": ["a", "yes", "c"]}
    assert ran.names == ["b(a)", "c(a,yes)"]


def test_a_question_of_the_added_node_is_listed_and_answered(saver: Any) -> None:
    graph = chain(saver, x=lambda _: {"log": [interrupt("x?")]})
    graph.invoke({"log": []}, CONFIG)
    told = graph.invoke(Command(goto="x"), CONFIG)
    assert sorted(payloads(told)) == ["b?", "x?"]
    assert graph.get_state(CONFIG).next == ("b", "x")
    answers = {asked.id: asked.value[0].upper() for asked in told["__interrupt__"]}
    assert graph.invoke(Command(resume=answers), CONFIG) == {"log": ["a", "B", "X", "c"]}


def test_each_answer_of_several_brings_its_update_once(saver: Any) -> None:
    def three(_: State) -> Any:
        return {"log": ["".join(interrupt(n) for n in range(3))]}

    graph = chain(saver, b=three)
    graph.invoke({"log": []}, CONFIG)
    for n in "012":
        graph.invoke(Command(resume=n, update={"log": [f"u{n}"]}), CONFIG)
    assert graph.get_state(CONFIG).values["log"] == ["a", "u0", "u1", "u2", "012", "c"]


def test_a_finished_thread_takes_an_update(saver: Any) -> None:
    ran = Log()
    graph = chain(saver, ran, b=lambda _: {})
    graph.invoke({"log": []}, CONFIG)
    ran.taken()
    assert graph.invoke(Command(update={"log": ["u"]}), CONFIG) == {"log": ["a", "c", "u"]}
    assert ran.names == []
    assert history(graph)[-1] == ("loop", (), ["a", "c", "u"])
    assert saver.load("1").thread.status is Status.FINISHED
    with pytest.raises(NothingToResumeError):
        graph.invoke(Command(resume="late", update={"log": ["v"]}), CONFIG)
    assert graph.get_state(CONFIG).values["log"] == ["a", "c", "u"]


def test_a_finished_thread_goes_where_it_is_told(saver: Any) -> None:
    graph = chain(saver)
    graph.invoke({"log": []}, CONFIG)
    graph.invoke(Command(resume="one"), CONFIG)
    asks = graph.invoke(Command(update={"log": ["u"]}, goto="b"), CONFIG)
    assert payloads(asks) == ["b?"]
    assert graph.get_state(CONFIG).next == ("b",)
    assert graph.invoke(Command(resume="two"), CONFIG) == {
        "log": ["a", "one", "c", "u", "two", "c"]
    }


def test_a_failed_thread_tries_again_with_the_update(saver: Any) -> None:
    def fixable(state: State) -> Any:
        if "fix" not in state["log"]:
            raise ValueError("broken")
        return {"log": ["b"]}

    graph = chain(saver, b=fixable)
    with pytest.raises(ValueError, match="broken"):
        graph.invoke({"log": []}, CONFIG)
    told = graph.invoke(Command(update={"log": ["fix"]}, goto="x"), CONFIG)
    assert told == {"log": ["a", "fix", "b", "x", "c"]}


def test_a_breakpoint_is_passed_with_an_update_and_another_node(saver: Any) -> None:
    graph = chain(saver, b=lambda _: {"log": ["b"]})
    graph.invoke({"log": []}, CONFIG, interrupt_before=["b"])
    told = graph.invoke(Command(update={"log": ["u"]}, goto="x"), CONFIG)
    assert told == {"log": ["a", "u", "b", "x", "c"]}


def test_a_deferred_node_waits_for_the_rest(saver: Any) -> None:
    graph = StateGraph(State)
    graph.add_node("b", lambda _: {"log": [interrupt("b?")]})
    graph.add_node("c", lambda _: {"log": ["c"]})
    graph.add_node("last", lambda _: {"log": ["last"]}, defer=True)
    graph.add_edge(START, "b").add_edge("b", "c")
    compiled = graph.compile(checkpointer=saver)
    compiled.invoke({"log": []}, CONFIG)
    told = compiled.invoke(Command(resume="yes", goto="last"), CONFIG)
    assert told == {"log": ["yes", "c", "last"]}
    assert compiled.invoke(Command(goto="last"), CONFIG)["log"][-2:] == ["last", "last"]


@pytest.mark.parametrize(
    ("command", "error", "says"),
    [
        (Command(graph=Command.PARENT, goto="x"), InvalidUpdateError, "There is no parent graph"),
        (Command(goto="y"), InvalidGraphError, "leads to `y`, which is not a node"),
        (Command(goto=7), InvalidUpdateError, "whose goto is 7"),  # type: ignore[arg-type]
        (Command(update=7), InvalidUpdateError, "expected dict"),
        (Command(update={"lag": []}), InvalidUpdateError, "did you mean `log`"),
        (Command(resume="yes", update={"log": 7}), TypeError, "can only concatenate list"),
    ],
)
def test_a_command_that_does_not_fit_moves_nothing(
    saver: Any, command: Command[Any], error: type[Exception], says: str
) -> None:
    ran = Log()
    graph = chain(saver, ran)
    graph.invoke({"log": []}, CONFIG)
    before = graph.get_state(CONFIG)
    ran.taken()
    with pytest.raises(error, match=says):
        graph.invoke(command, CONFIG)
    assert graph.get_state(CONFIG) == before
    assert ran.names == []


def test_an_update_that_cannot_be_stored_takes_its_answer_back(tmp_path: Path) -> None:
    with open_storage(tmp_path / "t.db") as storage:
        graph = chain(storage)
        graph.invoke({"log": []}, CONFIG)
        with pytest.raises(UnsupportedValueError, match=r"log\[1\]"):
            graph.invoke(Command(resume="yes", update={"log": [print]}), CONFIG)
        assert graph.get_state(CONFIG).values["log"] == ["a"]
        assert payloads({"__interrupt__": graph.get_state(CONFIG).interrupts}) == ["b?"]


def test_a_late_answer_brings_no_update(saver: Any) -> None:
    graph = chain(saver)
    (asked,) = graph.invoke({"log": []}, CONFIG)["__interrupt__"]
    graph.invoke(Command(resume="yes"), CONFIG, interrupt_before=["c"])
    late: Command[Any] = Command(resume={asked.id: "no"}, update={"log": ["u"]}, goto="x")
    with pytest.raises(ConflictError):
        graph.invoke(late, CONFIG)
    assert graph.invoke(None, CONFIG) == {"log": ["a", "yes", "c"]}


def test_a_rejected_thread_stays_rejected(saver: Any) -> None:
    def no(_: State) -> Any:
        raise Rejected("no")

    graph = chain(saver, b=no)
    with pytest.raises(Rejected):
        graph.invoke({"log": []}, CONFIG)
    with pytest.raises(NothingToResumeError):
        graph.invoke(Command(goto="x"), CONFIG)


def test_a_command_begins_no_thread(saver: Any) -> None:
    graph = chain(saver)
    with pytest.raises(NotFoundError, match="there is no thread `1`"):
        graph.invoke(Command(update={"log": ["u"]}, goto="x"), CONFIG)
    with pytest.raises(RuntimeError, match="without checkpointer"):
        chain(None).invoke(Command(update={"log": ["u"]}))


def test_what_a_command_wrote_and_planned_survives_the_process() -> None:
    saver, ran = DyingSaver(), Log()

    graph = chain(saver, ran, x=lambda _: saver.die())
    graph.invoke({"log": []}, CONFIG)
    ran.taken()
    one = on("1", max_concurrency=1)
    with pytest.raises(KeyboardInterrupt):
        graph.invoke(Command(resume="yes", update={"log": ["u"]}, goto="x"), one)
    saver.revive()
    with pytest.raises(ConflictError, match="`1` is uncertain: `x` may have run"):
        graph.invoke(Command(update={"log": ["v"]}), CONFIG)
    state = graph.get_state(CONFIG)
    assert (state.values["log"], state.next) == (["a", "u", "yes"], ("x",))


KILLED = """
import os, sys
from graphcli import Command
from graphcli.storage import open_storage
from tests.engine.test_command_input import CONFIG, rerunning

with open_storage(sys.argv[1]) as storage:
    graph = rerunning(storage, x=lambda _: os.kill(os.getpid(), 9))
    graph.invoke({"log": []}, CONFIG)
    graph.invoke(Command(resume="yes", update={"log": ["u"]}, goto="x"), CONFIG)
"""


def rerunning(saver: Any, **nodes: Any) -> CompiledGraph:
    graph = StateGraph(State)
    for name in "bx":
        run = nodes.get(name, lambda state, name=name: {"log": [interrupt(f"{name}?")]})
        graph.add_node(name, run, on_crash="rerun")
    graph.add_edge(START, "b")
    return graph.compile(checkpointer=saver)


def test_kill_9_loses_nothing_of_a_command(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    died = subprocess.run([sys.executable, "-c", KILLED, path], cwd=Path(__file__).parents[2])
    assert died.returncode == -signal.SIGKILL
    with open_storage(path) as storage:
        graph = rerunning(storage, x=lambda state: {"log": [f"x saw {state['log']}"]})
        assert graph.get_state(CONFIG).values["log"] == ["u"]
        assert graph.invoke(None, CONFIG) == {"log": ["u", "yes", "x saw ['u']"]}
