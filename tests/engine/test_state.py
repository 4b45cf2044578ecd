"""What a node sees of the state, and what becomes of what it returns."""

import operator
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel, ValidationError

from graphcli import END, START, Command, InMemorySaver, StateGraph, interrupt
from graphcli.engine.face.compiled import CompiledGraph
from graphcli.errors import InvalidUpdateError
from tests.engine.helpers import on


class Plain(TypedDict, total=False):
    name: str
    log: Annotated[list[str], operator.add]


@dataclass
class Record:
    name: str = "nobody"
    log: Annotated[list[str], operator.add] = field(default_factory=list)


class Model(BaseModel):
    name: str = "nobody"
    age: int = 0


def chain(schema: Any, *nodes: Any, **compile_: Any) -> CompiledGraph:
    """Return a graph that runs `nodes` one after the other."""
    builder = StateGraph(schema)
    named = [(f"n{number}", node) for number, node in enumerate(nodes)]
    builder.add_sequence(named).set_entry_point("n0")
    return builder.compile(**compile_)


def test_a_typed_dict_is_seen_as_a_dict() -> None:
    def greet(state: Plain) -> Plain:
        return {"name": f"{state['name']}!", "log": [f"saw {sorted(state)}"]}

    graph = chain(Plain, greet)

    assert graph.invoke({"name": "ada"}) == {"name": "ada!", "log": ["saw ['log', 'name']"]}


def test_a_dataclass_is_seen_as_an_instance_and_keeps_its_defaults() -> None:
    def greet(state: Record) -> dict[str, Any]:
        return {"log": [f"hello {state.name}"]}

    graph = chain(Record, greet)

    assert graph.invoke({}) == {"log": ["hello nobody"]}
    assert graph.invoke({"name": "ada"}) == {"name": "ada", "log": ["hello ada"]}


def test_a_dataclass_may_be_returned() -> None:
    graph = chain(Record, lambda state: Record(name="ada", log=["new"]))

    assert graph.invoke({"log": ["old"]}) == {"name": "ada", "log": ["old", "new"]}


def test_a_pydantic_state_is_validated_at_the_node_and_kept_raw() -> None:
    seen: list[int] = []

    def look(state: Model) -> None:
        seen.append(state.age)

    graph = chain(Model, look)

    assert graph.invoke({"age": "7"}) == {"age": "7"}
    assert seen == [7]
    with pytest.raises(ValidationError, match="age"):
        graph.invoke({"age": "seven"})


def test_a_pydantic_model_writes_what_was_set() -> None:
    graph = chain(Model, lambda state: Model(age=8))

    assert graph.invoke({"name": "ada"}) == {"name": "nobody", "age": 8}


def test_a_bare_type_is_the_whole_state() -> None:
    builder = StateGraph(Annotated[list[int], operator.add])
    builder.add_node("more", lambda state: [len(state)])
    builder.set_entry_point("more")

    assert builder.compile().invoke([1, 2]) == [1, 2, 2]


def test_the_last_write_wins_across_supersteps() -> None:
    graph = chain(Plain, lambda s: {"name": "first"}, lambda s: {"name": "second"})

    assert graph.invoke({"name": "zero"})["name"] == "second"


def test_two_writes_in_one_superstep_need_a_reducer() -> None:
    builder = StateGraph(Plain)
    for name in ("a", "b"):
        builder.add_node(name, lambda state, name=name: {"name": name})
        builder.add_edge(START, name)

    with pytest.raises(InvalidUpdateError, match="nodes `a` and `b` both wrote it"):
        builder.compile().invoke({})


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ({"nmae": "x"}, r"node `n0` wrote `nmae`, .* did you mean `name`\?"),
        ("text", "node `n0` returned a str; expected dict"),
        ([("name", "x"), ("lgo", [])], "did you mean `log`"),
        ([1, 2], "returned a list; expected dict"),
    ],
)
def test_an_update_that_does_not_fit_names_node_and_near_miss(returned: Any, message: str) -> None:
    with pytest.raises(InvalidUpdateError, match=message):
        chain(Plain, lambda state: returned).invoke({})


def test_none_and_pairs_are_updates() -> None:
    assert chain(Plain, lambda state: None).invoke({"name": "x"}) == {"name": "x", "log": []}
    assert chain(Plain, lambda state: [("name", "y")]).invoke({}) == {"name": "y", "log": []}


def test_unknown_keys_of_the_input_are_left_out() -> None:
    assert chain(Plain, lambda state: None).invoke({"other": 1}) == {"log": []}


def test_an_input_that_is_no_set_of_keys_begins_nothing() -> None:
    saver = InMemorySaver()
    graph = chain(Plain, lambda state: None, checkpointer=saver)

    with pytest.raises(InvalidUpdateError, match="the input is a str; expected dict"):
        graph.invoke("ada", on("t"))
    assert saver.load("t") is None

    builder = StateGraph(Plain).add_node("node", lambda state: None)
    builder.add_conditional_edges(START, lambda state: "node")
    with pytest.raises(InvalidUpdateError, match="the input is a str"):
        builder.compile(checkpointer=saver).invoke("ada", on("t"))
    assert saver.load("t") is None


def test_changing_the_state_in_place_changes_nothing() -> None:
    def meddle(state: Plain) -> None:
        state["name"] = "meddled"
        state["log"].append("meddled")

    seen: list[Plain] = []
    graph = chain(Plain, meddle, seen.append)

    assert graph.invoke({"name": "ada", "log": ["x"]}) == {"name": "ada", "log": ["x"]}
    assert seen == [{"name": "ada", "log": ["x"]}]


def test_what_a_node_returned_is_its_own_again() -> None:
    class Held(TypedDict, total=False):
        plain: list[str]

    mine: list[str] = ["returned"]

    def give(state: Held) -> Held:
        return {"plain": mine}

    def change(state: Held) -> None:
        mine.append("changed later")

    assert chain(Held, give, change).invoke({}) == {"plain": ["returned"]}
    given = {"plain": mine}
    assert chain(Held, change).invoke(given) == {"plain": ["returned", "changed later"]}


def test_what_invoke_returned_is_the_callers() -> None:
    graph = chain(Plain, lambda state: {"log": ["x"]}, checkpointer=InMemorySaver())

    graph.invoke({}, on("t"))["log"].append("changed by the caller")

    for mode in ("values", "updates"):
        for chunk in graph.stream({}, on("t"), stream_mode=mode):
            chunk.get("n0", chunk)["log"].append("changed by the caller")

    assert graph.get_state(on("t")).values == {"log": ["x", "x", "x"]}


def test_input_and_output_schemas_choose_keys() -> None:
    class In(TypedDict):
        question: str

    class Out(TypedDict):
        reply: str

    class Both(In, Out):
        pass

    builder = StateGraph(Both, input_schema=In, output_schema=Out)
    builder.add_node("reply", lambda state: {"reply": state["question"].upper()})
    builder.add_edge(START, "reply")
    builder.add_edge("reply", END)

    assert builder.compile().invoke({"question": "why", "reply": "no"}) == {"reply": "WHY"}


def test_a_reducer_of_the_wrong_shape_is_refused() -> None:
    class Bad(TypedDict):
        x: Annotated[int, lambda one: one]

    with pytest.raises(ValueError, match="Invalid reducer signature"):
        StateGraph(Bad)


def test_a_reducer_may_change_what_it_is_given() -> None:
    def extend(old: list[str], new: list[str]) -> list[str]:
        old.extend(new)
        return old

    class Grown(TypedDict):
        log: Annotated[list[str], extend]

    seen: list[Any] = []

    def second(state: Grown) -> Grown:
        seen.append(state)
        return {"log": ["b"]}

    graph = chain(Grown, lambda state: {"log": ["a"]}, second)

    assert graph.invoke({"log": []}) == {"log": ["a", "b"]}
    assert seen == [{"log": ["a"]}]


def test_looking_at_a_waiting_thread_does_not_run_a_reducer_that_changes_it() -> None:
    def extend(old: list[str], new: list[str]) -> list[str]:
        old.extend(new)
        return old

    class Grown(TypedDict):
        log: Annotated[list[str], extend]

    builder = StateGraph(Grown).add_node("a", lambda state: {"log": ["a"]})
    builder.add_node("b", lambda state: {"log": [interrupt("?")]})
    graph = builder.add_edge(START, "a").add_edge(START, "b").compile(checkpointer=InMemorySaver())
    graph.invoke({"log": []}, on("t"))

    assert [graph.get_state(on("t")).values for _ in range(2)] == [{"log": ["a"]}] * 2
    assert graph.invoke(Command(resume="b"), on("t")) == {"log": ["a", "b"]}


def test_config_and_writer_are_handed_to_those_who_name_them() -> None:
    def node(state: Plain, config: dict[str, Any], writer: Any) -> Plain:
        writer({"half": "way"})
        return {"name": config["configurable"]["who"]}

    graph = chain(Plain, node)
    config = {"configurable": {"who": "ada"}}

    assert list(graph.stream({}, config, stream_mode=["custom", "values"])) == [
        ("custom", {"half": "way"}),
        ("values", {"log": [], "name": "ada"}),
    ]


def test_a_schema_without_keys_reads_nothing_and_hides_nothing() -> None:
    class Nothing(TypedDict):
        pass

    class Some(TypedDict, total=False):
        age: int

    graph = StateGraph(Some, input_schema=Nothing).add_node("a", lambda _state: {"age": 3})
    assert graph.add_edge(START, "a").compile().invoke({"age": 1}) == {"age": 3}


class Question(TypedDict):
    q: str


class Secret(TypedDict):
    secret: str


class Reply(TypedDict):
    r: str


class Whole(TypedDict, total=False):
    q: str
    r: str
    mid: str


def test_schemas_filter_input_and_output_and_add_private_channels() -> None:
    def hide(state: Question) -> Secret:
        return {"secret": str(sorted(state))}

    def tell(state: Secret) -> Reply:
        return {"r": f"{state['secret']} {sorted(state)}"}

    builder = StateGraph(Whole, input_schema=Question, output_schema=Reply)
    builder.add_sequence([hide, tell]).add_edge(START, "hide")
    graph = builder.compile()

    assert graph.invoke({"q": "why?", "mid": "dropped"}) == {"r": "['q'] ['secret']"}
    assert [sorted(chunk) for chunk in graph.stream({"q": "why?"}, stream_mode="values")] == [
        ["q"],
        ["q", "secret"],
        ["q", "r", "secret"],
    ]
