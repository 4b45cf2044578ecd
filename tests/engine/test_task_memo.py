"""`task`: work inside a node that is recorded when it is done, and not done again."""

import asyncio
import operator
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest

from graphcli import START, Command, InMemorySaver, StateGraph, interrupt, task
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.engine.values.checkpointer import Checkpointer
from graphcli.engine.values.model import Status
from graphcli.errors import GraphInterrupt, UnsupportedValueError
from graphcli.storage import Storage, open_storage
from tests.engine.helpers import AT_ONCE, Log, WatchingSaver, on, payloads


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Storage]:
    with open_storage(tmp_path / "s.db", create=True) as storage:
        yield storage


@pytest.fixture(params=["memory", "sqlite"])
def saver(request: pytest.FixtureRequest) -> Checkpointer:
    if request.param == "memory":
        return InMemorySaver()
    storage: Storage = request.getfixturevalue("sqlite")
    return storage


def one(node: Callable[..., Any], saver: Checkpointer | None, **more: Any) -> CompiledGraph:
    builder = StateGraph(State).add_node("node", node, **more)
    return builder.add_edge(START, "node").compile(checkpointer=saver)


def resumed(graph: CompiledGraph, value: Any, thread: str = "t", **options: Any) -> Any:
    return graph.invoke(Command(resume=value), on(thread), **options)


@pytest.mark.parametrize("durability", ["sync", "async", "exit"])
def test_work_done_before_a_question_is_not_done_again(
    saver: Checkpointer, durability: Any
) -> None:
    ran = Log()

    @task
    def draft(topic: str) -> dict[str, Any]:
        ran(topic)
        return {"topic": topic, "parts": (1, 2)}

    def node(state: State) -> State:
        text = draft("release").result()
        return {"log": [text, interrupt(text)]}

    graph = one(node, saver)
    asked = graph.invoke({}, on("t"), durability=durability)

    assert payloads(asked) == [{"topic": "release", "parts": (1, 2)}]
    assert resumed(graph, "fine", durability=durability) == {
        "log": [{"topic": "release", "parts": (1, 2)}, "fine"]
    }
    assert ran.taken() == ["release"]


def test_each_call_is_told_apart_by_its_name_its_arguments_and_its_turn(
    saver: Checkpointer,
) -> None:
    ran = Log()

    @task
    def count(what: Any) -> int:
        ran(str(what))
        return len(ran.names)

    @task(name="other")
    def also(what: Any) -> int:
        ran(f"other {what}")
        return len(ran.names)

    def node(state: State) -> State:
        known = [count(1).result(), count(2).result(), count(1).result(), also(1).result()]
        return {"log": [*known, interrupt("go on?")]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))

    assert resumed(graph, "yes") == {"log": [1, 2, 3, 4, "yes"]}
    assert ran.taken() == ["1", "2", "1", "other 1"]


def test_a_call_with_other_arguments_does_its_own_work(saver: Checkpointer) -> None:
    ran, topics = Log(), iter(["first", "second"])

    @task
    def draft(topic: str) -> str:
        ran(topic)
        return topic.upper()

    def node(state: State) -> State:
        return {"log": [draft(next(topics)).result(), interrupt("go on?")]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))

    assert resumed(graph, "yes") == {"log": ["SECOND", "yes"]}
    assert ran.taken() == ["first", "second"]


def test_arguments_without_a_form_are_matched_by_their_turn(saver: Checkpointer) -> None:
    ran = Log()

    @task
    def fetch(client: object) -> str:
        ran("fetch")
        return f"page {len(ran.names)}"

    def node(state: State) -> State:
        return {"log": [fetch(object()).result(), fetch(object()).result(), interrupt("go on?")]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))

    assert resumed(graph, "yes") == {"log": ["page 1", "page 2", "yes"]}


def test_what_a_node_changes_in_a_value_changes_nothing_on_record(saver: Checkpointer) -> None:
    @task
    def draft() -> list[str]:
        return ["draft"]

    def node(state: State) -> State:
        text = draft().result()
        text.append("changed")
        return {"log": [*text, interrupt("go on?")]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))

    assert resumed(graph, "yes") == {"log": ["draft", "changed", "yes"]}


def test_an_error_is_raised_and_not_recorded(saver: Checkpointer) -> None:
    ran = Log()

    @task
    def build() -> str:
        ran("build")
        return "built"

    @task
    def flaky() -> str:
        ran("flaky")
        if len(ran.names) < 3:
            raise OSError("no network")
        return "sent"

    def node(state: State) -> State:
        return {"log": [build().result(), flaky().result()]}

    graph = one(node, saver)
    with pytest.raises(OSError, match="no network"):
        graph.invoke({}, on("t"))

    assert graph.invoke(None, on("t")) == {"log": ["built", "sent"]}
    assert ran.taken() == ["build", "flaky", "flaky"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_retried_node_keeps_its_memos(kept: bool) -> None:
    ran = Log()

    @task
    def build() -> str:
        ran("build")
        return "built"

    def node(state: State) -> State:
        text = build().result()
        ran("node")
        if len(ran.names) < 3:
            raise OSError("once more")
        return {"log": [text]}

    graph = one(node, InMemorySaver() if kept else None, retry_policy=AT_ONCE)

    assert graph.invoke({}, on("t")) == {"log": ["built"]}
    assert ran.taken() == ["build", "node", "node"]


def test_a_memo_has_its_own_retries() -> None:
    ran = Log()

    @task(retry_policy=AT_ONCE)
    def flaky() -> str:
        ran("flaky")
        if len(ran.names) < 3:
            raise OSError("once more")
        return "sent"

    @task(name="async", retry_policy=[AT_ONCE])
    async def also() -> str:
        ran("async")
        if len(ran.names) < 6:
            raise OSError("once more")
        return "sent too"

    async def node(state: State) -> State:
        return {"log": [flaky().result(), await also()]}

    assert one(node, None).invoke({}) == {"log": ["sent", "sent too"]}
    assert ran.taken() == ["flaky"] * 3 + ["async"] * 3


def test_questions_inside_a_memo_are_the_nodes_and_keep_their_places(saver: Checkpointer) -> None:
    ran = Log()

    @task
    def interview() -> list[Any]:
        ran("interview")
        return [interrupt("name?"), interrupt("age?")]

    def node(state: State) -> State:
        told = interview().result()
        return {"log": [*told, interrupt("sure?"), interrupt("really?")]}

    graph = one(node, saver)
    asked = [payloads(graph.invoke({}, on("t")))]
    asked += [payloads(resumed(graph, value)) for value in ("ada", 36, "yes")]

    assert asked == [["name?"], ["age?"], ["sure?"], ["really?"]]
    assert resumed(graph, "really") == {"log": ["ada", 36, "yes", "really"]}
    assert ran.taken() == ["interview"] * 3  # once for each question, and once to its end


def test_a_memo_in_a_memo_is_its_own(saver: Checkpointer) -> None:
    ran = Log()

    @task
    def part(name: str) -> int:
        ran(name)
        return len(ran.names)

    @task
    def whole() -> list[Any]:
        return [part("a").result(), interrupt("inner?")]

    def node(state: State) -> State:
        return {"log": [whole().result(), part("a").result(), interrupt("outer?")]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))
    resumed(graph, 1)

    assert resumed(graph, 2) == {"log": [[1, 1], 2, 2]}
    assert ran.taken() == ["a", "a"]


def test_a_memo_that_caught_its_own_interrupt_is_not_recorded(saver: Checkpointer) -> None:
    @task
    def careless() -> str:
        try:
            return str(interrupt("name?"))
        except GraphInterrupt:
            return "nobody"

    def node(state: State) -> State:
        return {"log": [careless().result()]}

    graph = one(node, saver)
    with pytest.raises(Exception, match="caught its own interrupt"):
        graph.invoke({}, on("t"))

    found = saver.load("t")
    assert found is not None
    assert [result.node for result in found.results.values()] == ["node"]


def test_async_memos_run_together_and_are_awaited(saver: Checkpointer) -> None:
    ran, both = Log(), []

    @task
    async def fetch(page: int) -> int:
        ran(f"page {page}")
        both.append(asyncio.current_task())
        while len(both) < 2:  # neither ends before the other has begun
            await asyncio.sleep(0)
        return page

    async def node(state: State) -> State:
        pages = await asyncio.gather(fetch(1), fetch(2))
        third = fetch(3)
        await third
        return {"log": [*pages, third.result(), interrupt("go on?")]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))

    assert asyncio.run(graph.ainvoke(Command(resume="yes"), on("t"))) == {"log": [1, 2, 3, "yes"]}
    assert ran.taken() == ["page 1", "page 2", "page 3"]


def test_what_was_begun_when_a_question_stops_the_node_is_still_recorded(
    saver: Checkpointer,
) -> None:
    ran = Log()

    @task
    async def slow() -> str:
        await asyncio.sleep(0)
        ran("slow")
        return "slow"

    async def node(state: State) -> State:
        work = slow()
        await asyncio.sleep(0)
        return {"log": [interrupt("go on?"), await work]}

    graph = one(node, saver)
    graph.invoke({}, on("t"))

    assert resumed(graph, "yes") == {"log": ["yes", "slow"]}
    assert ran.taken() == ["slow"]


def test_a_memo_that_nobody_awaits_ends_with_its_node() -> None:
    ran = Log()

    @task
    async def work() -> None:
        await asyncio.sleep(0)
        ran("work")

    @task
    async def fail() -> None:
        await asyncio.sleep(0)
        raise OSError("no network")

    async def node(state: State) -> None:
        work()

    async def failing(state: State) -> None:
        fail()

    one(node, None).invoke({})

    assert ran.taken() == ["work"]
    with pytest.raises(OSError, match="no network"):
        one(failing, None).invoke({})


def test_a_sync_memo_may_be_awaited_too() -> None:
    @task
    def work(number: int) -> int:
        return number

    async def node(state: State) -> State:
        assert work(1).done()
        return {"log": [await work(1), *await asyncio.gather(work(2), work(3))]}

    assert one(node, None).invoke({}) == {"log": [1, 2, 3]}


def test_memos_of_parallel_nodes_are_their_own(saver: Checkpointer) -> None:
    ran = Log()

    @task
    def work(number: int) -> str:
        ran("work")
        return f"{threading.get_ident()} {len(ran.names)}"

    def node(state: State) -> State:
        return {"log": [(work(1).result(), interrupt("go on?"))]}

    builder = StateGraph(State)
    for name in "abcdefgh":
        builder.add_node(name, node).add_edge(START, name)
    graph = builder.compile(checkpointer=saver)
    asked = graph.invoke({}, on("t"))["__interrupt__"]
    answers = {question.id: number for number, question in enumerate(asked)}

    log = resumed(graph, answers)["log"]
    assert sorted(answer for _, answer in log) == list(range(8))
    assert len({value for value, _ in log}) == 8
    assert ran.taken() == ["work"] * 8


def test_a_memo_is_a_commit_of_its_own_and_no_task() -> None:
    @task
    def work() -> str:
        return "done"

    saver = WatchingSaver()
    graph = one(lambda state: {"log": [work().result(), interrupt("go on?")]}, saver)
    graph.invoke({}, on("t"))

    first, memo, pause = saver.commits
    assert [result.node for result in memo.results] == [work.__qualname__]
    assert (memo.at, memo.status, memo.durable) == (first.checkpoints[-1].seq, "running", True)
    assert pause.status == "waiting"
    assert [found.name for found in graph.get_state(on("t")).tasks] == ["node"]
    assert "work" not in str(list(graph.stream(None, on("t"))))
    resumed(graph, "yes")
    found = saver.load("t")
    assert found is not None
    assert found.results == {}


def test_a_thread_left_behind_records_nothing_after_its_node() -> None:
    saver, ended, left = WatchingSaver(), threading.Event(), []

    @task
    def work() -> str:
        assert ended.wait(10)
        return "late"

    def node(state: State) -> None:
        from contextvars import copy_context

        left.append(threading.Thread(target=copy_context().run, args=(work,)))
        left[0].start()

    graph = one(node, saver)
    graph.invoke({}, on("t"))
    before = len(saver.commits)
    ended.set()
    left[0].join()

    assert len(saver.commits) == before
    found = saver.load("t")
    assert found is not None
    assert found.thread.status is Status.FINISHED


def test_a_value_that_cannot_be_stored_is_refused_by_name(sqlite: Storage) -> None:
    @task(name="fetch")
    def fetch() -> dict[str, Any]:
        return {"fn": print}

    with pytest.raises(UnsupportedValueError) as refused:
        one(lambda state: {"log": [fetch().result()]}, sqlite).invoke({}, on("t"))

    assert refused.value.path == "fetch().fn"


def test_a_memo_is_called_inside_a_node() -> None:
    @task(name="work")
    def work() -> None: ...

    @task(name="fetch")
    async def fetch() -> None: ...

    with pytest.raises(RuntimeError, match=r"work\(\) was called outside of a node"):
        work()
    with pytest.raises(RuntimeError, match="task `fetch` is async, and node `node` is not"):
        one(lambda state: fetch(), None).invoke({})


def test_a_branch_and_a_method_may_have_memos(saver: Checkpointer) -> None:
    ran = Log()

    class Client:
        @task
        def fetch(self, page: int) -> int:
            ran("fetch")
            return page

    def node(state: State) -> State:
        return {"log": [Client().fetch(7).result()]}

    def choose(state: State) -> str:
        assert Client().fetch(8).result() == 8
        return "__end__" if interrupt("end?") else "node"

    builder = StateGraph(State).add_node("node", node).add_edge(START, "node")
    graph = builder.add_conditional_edges("node", choose).compile(checkpointer=saver)
    graph.invoke({}, on("t"))

    assert resumed(graph, True) == {"log": [7]}
    assert ran.taken() == ["fetch", "fetch"]


PROGRAM = """
import os, signal, sys
from pathlib import Path
from typing import Any, TypedDict
from graphcli import Command, StateGraph, task
from graphcli.storage import open_storage

class State(TypedDict, total=False):
    told: Any

@task
def deploy(where: str) -> str:
    with open("ran", "a") as file:
        file.write(where + "\\n")
    return f"deployed to {where}"

def node(state: State) -> State:
    told = [deploy("eu").result(), deploy("us").result()]
    if sys.argv[1] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"told": told}

with open_storage(Path("s.db"), create=True) as storage:
    builder = StateGraph(State).add_node("node", node, on_crash="rerun").set_entry_point("node")
    graph = builder.compile(checkpointer=storage)
    config = {"configurable": {"thread_id": "t"}}
    print(graph.invoke({} if sys.argv[1] == "die" else None, config, durability=sys.argv[2]))
"""


@pytest.mark.parametrize("durability", ["sync", "async"])
def test_kill_9_after_a_memo_does_not_repeat_it(tmp_path: Path, durability: str) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)

    def run(mode: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "program.py", mode, durability]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert run("die").returncode == -signal.SIGKILL
    assert (tmp_path / "ran").read_text() == "eu\nus\n"
    again = run("go on")
    assert (again.stdout, again.stderr) == (
        "{'told': ['deployed to eu', 'deployed to us']}\n",
        "",
    )
    assert (tmp_path / "ran").read_text() == "eu\nus\n"


def test_graphs_behind_a_memo_keep_their_own_answers(saver: Checkpointer) -> None:
    def ask(state: State) -> State:
        return {"log": [interrupt(f"delete {state['log'][-1]}?")]}

    asking = StateGraph(State).add_node(ask).add_edge(START, "ask").compile()

    @task
    def review(item: str) -> str:
        return str(asking.invoke({"log": [item]})["log"][-1])

    def node(state: State) -> State:
        told = [review(item).result() for item in ("draft.txt", "prod.db")]
        return {"log": [*told, asking.invoke({"log": ["all"]})["log"][-1]]}

    graph = one(node, saver)
    asked = [payloads(graph.invoke({}, on("t")))]
    asked.append(payloads(resumed(graph, "yes")))
    asked.append(payloads(resumed(graph, "no")))

    assert asked == [["delete draft.txt?"], ["delete prod.db?"], ["delete all?"]]
    assert resumed(graph, "never") == {"log": ["yes", "no", "never"]}
