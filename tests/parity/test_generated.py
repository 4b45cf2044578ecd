"""Small random graphs, random answers, random forks: each superstep the same as in LangGraph."""

import operator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.parity.engine import Engine, Run, ours, theirs

KINDS = ("plain", "asks", "asks twice", "writes name", "sends", "goes")


class State(TypedDict, total=False):
    log: Annotated[list[Any], operator.add]
    name: Annotated[str, lambda old, new: new]  # so the last in the order of folding wins
    path: str


@dataclass(frozen=True)
class Plan:
    """A graph, and what is done with it. Edges lead forward only, so that every run ends."""

    nodes: tuple[str, ...]
    edges: frozenset[tuple[int, int]]
    branches: frozenset[tuple[int, int, int]]
    joins: frozenset[tuple[int, int, int]]
    defers: frozenset[int]
    breaks: frozenset[int]
    choices: tuple[int, ...]
    fork: int
    update: bool


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    nodes = draw(st.lists(st.sampled_from(KINDS), min_size=2, max_size=6))
    count = len(nodes)
    ahead = st.integers(0, count - 1)
    pair = st.tuples(ahead, ahead).filter(lambda p: p[0] < p[1])
    triple = st.tuples(ahead, ahead, ahead)
    # A deferred node does not wait for Sends in LangGraph (test_differences.py).
    deferred = st.frozensets(ahead, max_size=0 if "sends" in nodes else 1)
    return Plan(
        tuple(nodes),
        draw(st.frozensets(pair, max_size=2 * count)),
        draw(st.frozensets(triple.filter(lambda t: t[0] < min(t[1:])), max_size=2)),
        draw(st.frozensets(triple.filter(lambda t: t[0] < t[1] < t[2]), max_size=1)),
        draw(deferred),
        draw(st.frozensets(ahead, max_size=1)),
        tuple(draw(st.lists(st.integers(0, 7), min_size=4, max_size=4))),
        draw(st.integers(0, 9)),
        draw(st.booleans()),
    )


def _name(n: int) -> str:
    return f"n{n}"


def _node(lg: Engine, plan: Plan, n: int) -> Any:
    last = len(plan.nodes) - 1

    def node(state: State) -> Any:
        path = state.get("path", "")
        name = f"{_name(n)}.{path}"
        match plan.nodes[n]:
            case "asks":
                return {"log": [name, lg.interrupt(name)]}
            case "asks twice":
                return {"log": [lg.interrupt(f"{name} first"), lg.interrupt(f"{name} second")]}
            case "writes name":
                return {"log": [name], "name": name}
            case "sends" if n < last:
                sends = [
                    lg.Send(_name(last), {"path": f"{path}{n}a"}),
                    lg.Send(_name(n + 1), {"path": f"{path}{n}b"}),
                ]
                return lg.Command(update={"log": [name]}, goto=sends)
            case "goes" if n < last:
                return lg.Command(update={"log": [name]}, goto=_name(n + 1))
        return {"log": [name]}

    return node


def _choice(left: int, right: int) -> Any:
    def choose(state: State) -> str:
        return _name([left, right][len(state.get("log", [])) % 2])

    choose.__name__ = f"choose_{left}_{right}"
    return choose


def _graph(lg: Engine, plan: Plan) -> Any:
    builder = lg.StateGraph(State).add_edge(lg.START, _name(0))
    for n in range(len(plan.nodes)):
        builder.add_node(_name(n), _node(lg, plan, n), defer=n in plan.defers)
    for source, target in sorted(plan.edges):
        builder.add_edge(_name(source), _name(target))
    for source, left, right in sorted(plan.branches):
        targets = [_name(left), _name(right)]
        builder.add_conditional_edges(_name(source), _choice(left, right), targets)
    for left, right, target in sorted(plan.joins):
        builder.add_edge([_name(left), _name(right)], _name(target))
    return builder


def _drive(run: Run, plan: Plan) -> None:
    """Answer and go on until the thread has ended, or something is raised."""
    for turn in range(24):
        state = run.graph.get_state(run.config)
        asked = sorted({each.value for each in state.interrupts})
        if not state.next or _raised(run):
            return
        chosen = plan.choices[turn % len(plan.choices)]
        some = [payload for n, payload in enumerate(asked) if chosen >> n & 1] or asked
        if asked:
            run.answer({payload: f"<{payload}>" for payload in some})
        else:
            run.invoke(None)


def _raised(run: Run) -> bool:
    return any(what[0] == "raises" for what in run.lg.seen)


def _script(plan: Plan) -> Any:
    def script(lg: Engine) -> None:
        run = lg.run(_graph(lg, plan), interrupt_before=[_name(n) for n in plan.breaks])
        run.invoke({"log": ["in"]})
        _drive(run, plan)
        past = run.history()
        if _raised(run):
            return
        old = past[plan.fork % len(past)]
        if plan.update and _skippable(plan, old.next):
            run.update({"log": ["me"]}, as_node=old.next[0], at=old.config)
            run.invoke(None)
        else:
            run.invoke(None, at=old.config)
        _drive(run, plan)
        run.history()

    return script


def _skippable(plan: Plan, following: tuple[str, ...]) -> bool:
    """Whether an update as the one node that comes next skips it: a deferred one runs all the
    same in LangGraph, and of several it forgets the others (test_differences.py)."""
    return len(following) == 1 and following[0] in {
        _name(n) for n in range(len(plan.nodes)) if n not in plan.defers
    }


@pytest.mark.parametrize("face", ["sync", "async"])
@given(plan=plans())
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # shrinking runs both engines for minutes; the plan tells enough
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_a_random_graph(face: Any, plan: Plan) -> None:
    script = _script(plan)
    assert ours(script, face) == theirs(script, face)
