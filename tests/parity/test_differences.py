"""Where graphcli differs from LangGraph on purpose: what each of them does, and why."""

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest

from tests.parity.engine import Engine, Script, ours, theirs


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    name: str


DIFFERENCES: list[tuple[Script, list[Any], list[Any]]] = []


def differs(mine: list[Any], others: list[Any]) -> Callable[[Script], Script]:
    """Say what graphcli shows of a script, and what LangGraph does; its docstring says why."""

    def add(script: Script) -> Script:
        DIFFERENCES.append((script, mine, others))
        return script

    return add


def _one(lg: Engine, node: Any) -> Any:
    return lg.StateGraph(State).add_node("node", node).add_edge(lg.START, "node")


def _pair(lg: Engine, a: Any, b: Any) -> Any:
    builder = lg.StateGraph(State).add_node("a", a).add_node("b", b)
    return builder.add_edge(lg.START, "a").add_edge(lg.START, "b")


class Thread:
    """One graph on one thread, of which only what comes back is noted."""

    def __init__(self, lg: Engine, builder: Any, **compiled: Any) -> None:
        self.lg = lg
        self.run = lg.run(builder, **compiled)

    def gives(self, value: Any) -> None:
        def invoke() -> None:
            self.lg.note(self.run.graph.invoke(value, self.run.config))

        self.lg.note_error(invoke)

    def answers(self, value: Any) -> None:
        self.gives(self.lg.Command(resume=value))

    def changes(self, builder: Any) -> None:
        """Go on with another graph, as if its file had been edited meanwhile."""
        self.run.graph = builder.compile(checkpointer=self.run.graph.checkpointer)


def asks(payload: Any, n: int = 1) -> dict[str, Any]:
    return {"asks": payload, "id": f"id-{n}"}


#: What `gives` notes of a graph that waits for its first question.
WAITS = [{"log": [], "__interrupt__": [asks("?")]}]


@differs(
    [WAITS, [{"log": [None]}]],
    [WAITS, ["raises", "UnboundLocalError", ""]],
)
def none_is_an_answer(lg: Engine) -> None:
    """Whatever a person says is delivered; LangGraph crashes."""
    thread = Thread(lg, _one(lg, lambda state: {"log": [lg.interrupt("?")]}))
    thread.gives({"log": []})
    thread.answers(None)


@differs(
    [WAITS, [{"log": [{}]}]],
    [WAITS, WAITS],
)
def an_empty_dict_is_an_answer(lg: Engine) -> None:
    """LangGraph takes it for a map of answers that answers nothing."""
    thread = Thread(lg, _one(lg, lambda state: {"log": [lg.interrupt("?")]}))
    thread.gives({"log": []})
    thread.answers({})


@differs([WAITS], [[{"log": ["swallowed"]}]])
def a_node_cannot_swallow_its_question(lg: Engine) -> None:
    """A guard around a call to the outside must not make a decision for a person."""

    def guarded(state: State) -> State:
        try:
            return {"log": [lg.interrupt("?")]}
        except Exception:  # noqa: BLE001 - as nodes do.
            return {"log": ["swallowed"]}

    Thread(lg, _one(lg, guarded)).gives({"log": []})


@differs([["raises", "InvalidUpdateError", ""]], [[{"log": []}]])
def a_key_that_the_state_lacks_is_an_error(lg: Engine) -> None:
    """A typing error loses no value in silence."""
    Thread(lg, _one(lg, lambda state: {"nmae": "ada"})).gives({"log": []})


@differs([[{"log": ["in"]}]], [[{"log": ["in", "leak"]}]])
def a_change_in_place_is_no_update(lg: Engine) -> None:
    """Only what a node returns is its update, so that a re-run begins with the same state."""
    Thread(lg, _one(lg, lambda state: state["log"].append("leak"))).gives({"log": ["in"]})


@differs(
    [WAITS, ["raises", "NotFoundError", ""]],
    [WAITS, WAITS],
)
def an_answer_for_an_unknown_question_is_refused(lg: Engine) -> None:
    """Who answers is told that nobody heard it."""
    thread = Thread(lg, _one(lg, lambda state: {"log": [lg.interrupt("?")]}))
    thread.gives({"log": []})
    thread.answers({"0" * 32: "lost"})


@differs(
    [[{"log": ["ran"]}], ["raises", "NothingToResumeError", ""]],
    [[{"log": ["ran"]}], [{"log": ["ran"]}]],
)
def an_answer_for_a_finished_thread_is_refused(lg: Engine) -> None:
    """Who answers is told that nobody heard it."""
    thread = Thread(lg, _one(lg, lambda state: {"log": ["ran"]}))
    thread.gives({"log": []})
    thread.answers("lost")


@differs([["raises", "NotFoundError", ""]], [[{"log": ["ran"]}]])
def an_answer_never_starts_a_thread(lg: Engine) -> None:
    """A thread id with a typing error in it must not deploy anything."""
    Thread(lg, _one(lg, lambda state: {"log": ["ran"]})).answers("yes")


@differs(
    [
        [{"log": [], "__interrupt__": [asks("delete a?")]}],
        [{"log": [], "__interrupt__": [asks("delete b?", 2)]}],
    ],
    [[{"log": [], "__interrupt__": [asks("delete a?")]}], [{"log": ["yes"]}]],
)
def an_answer_reaches_only_the_question_that_was_shown(lg: Engine) -> None:
    """A node that asks something else this time does not get the old answer."""
    asked = iter(["delete a?", "delete b?", "delete b?"])
    thread = Thread(lg, _one(lg, lambda state: {"log": [lg.interrupt(next(asked))]}))
    thread.gives({"log": []})
    thread.answers("yes")


@differs([["raises", "GraphChangedError", ""], [["node"]]], [[{"log": []}], [[]]])
def a_waiting_node_that_is_renamed_is_no_end(lg: Engine) -> None:
    """LangGraph ends as if the thread had finished, and the answer is gone."""
    thread = Thread(lg, _one(lg, lambda state: {"log": [lg.interrupt("?")]}))
    thread.run.graph.invoke({"log": []}, thread.run.config)
    builder = lg.StateGraph(State).add_node("renamed", lambda state: None)
    thread.changes(builder.add_edge(lg.START, "renamed"))
    thread.answers("yes")
    lg.note(thread.run.graph.get_state(thread.run.config).next)


@differs([[["a", "a", "b"]]], [[["a", "a", "b", "b"]]])
def a_task_that_still_waits_is_not_run_again(lg: Engine) -> None:
    """Its turn comes with its own answer: less is done twice."""
    ran: list[str] = []

    def asking(name: str) -> Any:
        def ask(state: State) -> State:
            ran.append(name)
            return {"log": [lg.interrupt(name)]}

        return ask

    thread = Thread(lg, _pair(lg, asking("a"), asking("b")))
    thread.run.graph.invoke({"log": []}, thread.run.config)
    thread.run.lg.seen.clear()
    questions = thread.run.graph.get_state(thread.run.config).interrupts
    (id_,) = (each.id for each in questions if each.value == "a")
    thread.run.graph.invoke(lg.Command(resume={id_: 1}), thread.run.config)
    lg.note(sorted(ran))


@differs([[{"log": [], "__interrupt__": [asks("where?")]}]], [[{"log": []}]])
def a_question_of_start_is_told(lg: Engine) -> None:
    """LangGraph pauses without a word; only get_state knows."""
    builder = lg.StateGraph(State).add_node("node", lambda state: None)
    builder.add_conditional_edges(lg.START, lambda state: lg.interrupt("where?"), ["node"])
    Thread(lg, builder).gives({"log": []})


@differs(
    [[{"log": [], "__interrupt__": [asks("where?")]}]],
    [[{"log": ["wrote"], "__interrupt__": [asks("where?")]}]],
)
def a_branch_that_asks_belongs_to_its_node(lg: Engine) -> None:
    """The task has not ended, so nothing that it wrote is shown."""
    builder = _one(lg, lambda state: {"log": ["wrote"]}).add_node("next", lambda state: None)
    builder.add_conditional_edges("node", lambda state: lg.interrupt("where?"), ["next"])
    Thread(lg, builder).gives({"log": []})


@differs(
    [["raises", "ValueError", ""], [{"log": ["wrote", "next"]}]],
    [["raises", "KeyError", ""], [{"log": ["wrote"]}]],
)
def a_branch_that_fails_can_be_tried_again(lg: Engine) -> None:
    """LangGraph's thread has nothing left to run, and is not finished either."""
    choices = ["nowhere", "next"]
    builder = _one(lg, lambda state: {"log": ["wrote"]})
    builder.add_node("next", lambda state: {"log": ["next"]})
    builder.add_conditional_edges("node", lambda state: choices.pop(0), {"next": "next"})
    thread = Thread(lg, builder)
    thread.gives({"log": []})
    thread.gives(None)


@differs(
    [WAITS, [["None", "ValueError('broken')"]]],
    [["raises", "ValueError", "broken"], [["None", "ValueError('broken')"]]],
)
def a_question_outranks_a_failure(lg: Engine) -> None:
    """A person is asked even if a sibling has failed; the failure is in the state's tasks."""

    def fail(state: State) -> State:
        raise ValueError("broken")

    thread = Thread(lg, _pair(lg, lambda state: {"log": [lg.interrupt("?")]}, fail))
    thread.gives({"log": []})
    lg.note(sorted(str(task.error) for task in thread.run.graph.get_state(thread.run.config).tasks))


@differs(
    [
        WAITS,
        ["raises", "ValueError", "bad"],
        [{"log": ["good"]}],
    ],
    [
        WAITS,
        ["raises", "ValueError", "bad"],
        ["raises", "ValueError", "bad"],
    ],
)
def a_new_answer_replaces_one_that_failed(lg: Engine) -> None:
    """LangGraph tries again with the first answer, whatever the second one is."""

    def check(state: State) -> State:
        if (answer := lg.interrupt("?")) == "bad":
            raise ValueError(answer)
        return {"log": [answer]}

    thread = Thread(lg, _one(lg, check))
    thread.gives({"log": []})
    thread.answers("bad")
    thread.answers("good")


@differs([[{"log": [1, 2]}]], [["raises", "GraphRecursionError", ""]])
def the_last_superstep_allowed_may_end_the_graph(lg: Engine) -> None:
    """Two supersteps fit into a limit of two."""
    builder = _one(lg, lambda state: {"log": [1]}).add_node("next", lambda state: {"log": [2]})
    thread = Thread(lg, builder.add_edge("node", "next"))
    thread.run.config["recursion_limit"] = 2
    thread.gives({"log": []})


@differs([[{"log": [1, 2, "last"]}]], [[{"log": ["last", 1, 2]}]])
def a_deferred_node_waits_for_sends_too(lg: Engine) -> None:
    """It runs when nothing else is left: what is fanned out is something else."""
    sends = [lg.Send("each", 1), lg.Send("each", 2)]
    builder = lg.StateGraph(State).add_node("split", lambda state: lg.Command(goto=sends))
    builder.add_node("each", lambda n: {"log": [n]})
    builder.add_node("last", lambda state: {"log": ["last"]}, defer=True)
    Thread(lg, builder.add_edge(lg.START, "split").add_edge("split", "last")).gives({"log": []})


@differs(
    [["raises", "InvalidUpdateError", ""], [{"log": [], "name": "in"}]],
    [["raises", "InvalidUpdateError", ""], ["raises", "InvalidUpdateError", ""]],
)
def a_clash_can_be_looked_at(lg: Engine) -> None:
    """LangGraph cannot even show the state of a thread in which two nodes wrote the same key."""
    thread = Thread(lg, _pair(lg, lambda state: {"name": "a"}, lambda state: {"name": "b"}))
    thread.gives({"name": "in"})
    lg.note_error(lambda: lg.note(thread.run.graph.get_state(thread.run.config).values))


@differs([[{"most": 5}]], [["raises", "ValueError", ""]])
def any_function_of_two_values_is_a_reducer(lg: Engine) -> None:
    """A builtin that does not tell its signature is one too."""

    class Most(TypedDict):
        most: Annotated[int, max]

    def run() -> None:
        builder = lg.StateGraph(Most).add_node("node", lambda state: {"most": 3})
        Thread(lg, builder.add_edge(lg.START, "node")).gives({"most": 5})

    lg.note_error(run)


@differs([["raises", "ValueError", ""]], [[{"log": []}]])
def a_way_to_nowhere_is_an_error(lg: Engine) -> None:
    """A typing error does not end a graph early."""
    Thread(lg, _one(lg, lambda state: lg.Command(goto="nobody"))).gives({"log": []})


@differs(
    [["raises", "ValueError", "broken"], [{"log": ["mended", "slow"]}, ["slow"]]],
    [["raises", "ValueError", "broken"], [{"log": ["mended", "slow"]}, ["slow", "slow"]]],
)
def siblings_of_a_failed_async_node_are_kept(lg: Engine) -> None:
    """What has begun is finished and never run again; LangGraph cancels it."""
    ran: list[str] = []
    failures = [ValueError("broken")]

    async def fail(state: State) -> State:
        if failures:
            raise failures.pop()
        return {"log": ["mended"]}

    async def slow(state: State) -> State:
        ran.append("slow")
        for _ in range(100):
            await asyncio.sleep(0)
        return {"log": ["slow"]}

    thread = Thread(lg, _pair(lg, fail, slow))
    lg.note_error(lambda: asyncio.run(thread.run.graph.ainvoke({"log": []}, thread.run.config)))
    lg.note(asyncio.run(thread.run.graph.ainvoke(None, thread.run.config)), ran)


@differs([[[]]], [[["last"]]])
def an_update_as_the_node_that_comes_next_skips_it(lg: Engine) -> None:
    """Whichever edge led there; LangGraph runs it all the same where several were waited for."""
    builder = _pair(lg, lambda state: None, lambda state: None)
    builder.add_node("last", lambda state: {"log": ["last"]}).add_edge(["a", "b"], "last")
    run = lg.run(builder, interrupt_before=["last"])
    run.graph.invoke({"log": []}, run.config)
    run.graph.update_state(run.config, {"log": ["me"]}, as_node="last")
    lg.note(list(run.graph.get_state(run.config).next))


@differs(
    [
        [{"log": [], "__interrupt__": [asks("delete a?")]}],
        [{"log": [], "__interrupt__": [asks("delete b?", 2)]}],
    ],
    [
        [{"log": [], "__interrupt__": [asks("delete a?")]}],
        [{"log": ["b", "yes"]}],
    ],
)
def another_input_is_another_call(lg: Engine) -> None:
    """A graph that a function calls anew with another input asks again: the answer was for a."""
    child = lg.StateGraph(State).add_node(
        "ask", lambda state: {"name": lg.interrupt(f"delete {state['name']}?")}
    )
    asking = child.add_edge(lg.START, "ask").compile()
    items = ["a", "b"]

    def node(state: State) -> State:
        item = items.pop(0)
        return {"log": [item, asking.invoke({"name": item})["name"]]}

    thread = Thread(lg, _one(lg, node))
    thread.gives({"log": []})
    thread.answers("yes")


@pytest.mark.parametrize(
    ("script", "mine", "others"), DIFFERENCES, ids=[script.__name__ for script, *_ in DIFFERENCES]
)
def test_a_difference(script: Script, mine: list[Any], others: list[Any]) -> None:
    assert ours(script, "sync") == mine
    assert theirs(script) == others
