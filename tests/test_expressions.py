"""The expression language: what it computes, what it refuses, and that nothing else escapes."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphcli.expressions import Expression, ExpressionError, Template
from graphcli.expressions.limits import MAX_LENGTH, MAX_STEPS

NAMES: dict[str, Any] = {
    "state": {
        "n": 3, "x": 2.5, "s": "Hello World", "l": [3, 1, 2], "score": 1, "none": None,
        "d": {"b": 1, "a": 2}, "words": ["a", "b"], "items": "not a method", "t": (1, 2),
        "big": list(range(10_000)), "text": "ab" * 40_000, "users": [{"n": "x"}, {"n": "y"}],
    },
}  # fmt: skip


def compute(source: str, names: dict[str, Any] = NAMES) -> Any:
    return Expression.parse(source, names).evaluate(names)


def refused(source: str, names: dict[str, Any] = NAMES) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compute(source, names)
    return caught.value


VALUES = {
    "state.n + 1": 4,
    "state['n'] * 2 - 1": 5,
    "state.n / 2": 1.5,
    "state.n // 2": 1,
    "state.n % 2": 1,
    "-state.n": -3,
    "1 < state.n <= 3": True,
    "not state.n": False,
    "state.none or 'x'": "x",
    "state.n and 'x'": "x",
    "state.n == 3 and state.s != ''": True,
    "'a' if state.n > 5 else 'b'": "b",
    "2 in state.l": True,
    "'World' in state.s": True,
    "'a' not in state.d": False,
    "state.none is null": True,
    "state.none is not none": False,
    "[1, 2] + [3]": [1, 2, 3],
    "state.t + [3]": [1, 2, 3],
    "(1, 2)": [1, 2],
    "{'a': state.n}": {"a": 3},
    "'ab' * 2": "abab",
    "'a' + 'b'": "ab",
    "state.l[0]": 3,
    "state.l[-1]": 2,
    "state.l[1:]": [1, 2],
    "state.s[:5]": "Hello",
    "state.s[::-1]": "dlroW olleH",
    "state.items": "not a method",
    "state.s | upper": "HELLO WORLD",
    "lower(state.s)": "hello world",
    "state.s | lower | title": "Hello World",
    "' x ' | trim": "x",
    "' x ' | strip": "x",
    "len(state.l)": 3,
    "state.d | length": 2,
    "state.l | sorted": [1, 2, 3],
    "state.words | join(', ')": "a, b",
    "state.l | join": "312",
    "'a,b' | split(',')": ["a", "b"],
    "'a b' | split": ["a", "b"],
    "'aXa' | replace('X', 'b')": "aba",
    "state.d | keys": ["b", "a"],
    "state.d | values": [1, 2],
    "state.d | items": [["b", 1], ["a", 2]],
    "state.l | first": 3,
    "state.l | last": 2,
    "state.l | sum": 6,
    "min(state.l)": 1,
    "max(1, 5)": 5,
    "abs(-2)": 2,
    "round(2.567, 1)": 2.6,
    "round(2.5)": 2,
    "any([false, true])": True,
    "all([])": True,
    "bool('')": False,
    "int('4')": 4,
    "float('1.5')": 1.5,
    "str(state.l)": "[3, 1, 2]",
    "str(true)": "true",
    "state.d | tojson": '{"b": 1, "a": 2}',
    "list('ab')": ["a", "b"],
    "startswith(state.s, 'He')": True,
    "state.s | endswith('x')": False,
    "contains(state.l, 3)": True,
    "state.gone | default('d')": "d",
    "state.none.deeper | default('d')": "d",
    "state.none | default(3)": 3,
    "state.n | default(9)": 3,
    "state.l[7] | default(0)": 0,
    "[u.n for u in state.users]": ["x", "y"],
    "[x * 2 for x in state.l if x > 1]": [6, 4],
    "[a + b for a in state.words for b in state.words]": ["aa", "ab", "ba", "bb"],
    "sum(x for x in state.l)": 6,
    "state.n\n + 1": 4,
    "  state.n  ": 3,
    "None": None,
    "True == true": True,
    "1e3": 1000.0,
}


@pytest.mark.parametrize(("source", "value"), VALUES.items())
def test_values(source: str, value: Any) -> None:
    result = compute(source)
    assert result == value
    assert type(result) is type(value)


#: LIBS.md §1: each of these got through at least one of the libraries that were tried, or hangs
#: plain Python.
ATTACKS = {
    "().__class__": "not allowed",
    "state.__class__": "not allowed",
    "state['__class__'].__mro__": "not allowed",
    "''.__class__.__mro__[1].__subclasses__()": "methods cannot be called",
    "state.items()": "methods cannot be called",
    "open('/etc/passwd').read()": "methods cannot be called",
    "open('/etc/passwd')": "unknown function `open`",
    "__import__('os')": "unknown function",
    "getattr(state, 'n')": "unknown function",
    "eval('1')": "unknown function",
    "state.s.format(1)": "methods cannot be called",
    "'{0.__class__}'.format(1)": "methods cannot be called",
    "'%1000000000d' % 1": "cannot compute text",
    "f'{state}'": "f-string",
    "lambda: 1": "`lambda`",
    "(lambda: (yield))()": "methods cannot be called",
    "(x := 1)": "`:=`",
    "9 ** 9 ** 9": "`**`",
    "1 << 1000000": "`LShift`",
    "~1": "`~`",
    "{1, 2}": "`Set`",
    "{k: 1 for k in state.l}": "`DictComp`",
    "{**state}": "`**`",
    "[*state.l]": "`*`",
    "max(*state.l)": "`*`",
    "max(state.l, key=len)": "arguments have no names",
    "b'x'": "bytes literals",
    "1j": "complex literals",
    "...": "ellipsis literals",
    "1e999": "no finite number",
    "1" + "0" * 30: "too large a number",
    "10 ** 10": "`**`",
    " * ".join(["1000000000"] * 5): "too large a number",
    "'a' * 200000000": "longer than",
    "200000000 * 'a'": "longer than",
    "'a' * 100000 * 100000": "longer than",
    "[0] * 100000000": "cannot compute",
    "(0,) * 100000000": "cannot compute",
    "'a' * 90000 | replace('a', 'b' * 90000)": "longer than",
    "replace('a' * 90000, '', 'b' * 90000)": "longer than",
    "join([state.text, state.text], state.text)": "longer than",
    "state.text + state.text": "longer than",
    "[y for x in state.big for y in state.big]": f"more than {MAX_STEPS} steps",
    "[[state.big for x in state.big] for y in state.big]": "",
    "str([state.text for x in state.big])": "",
    "[[state.big for x in state.big][0] == state.big for x in state.big]": "",
    "tojson([[state.big for x in state.l] for y in state.big])": "",
    "[x for x in state.big if x in state.big]": "too large for an expression",
    "round(5, -1000000000)": "at most",
    "int(state.text)": "invalid literal",
    "int('9' * 90000)": "limit",
    "int(1e300)": "too large a number",
    "sum(['a', 'b'])": "list of numbers",
    "sum([[1], [2]])": "list of numbers",
    "1 / 0": "zero",
    "1 % 0": "zero",
    "(" * 300 + ")" * 300: "",
    "-" * 1900 + "1": "",
    "not " * 400 + "1": "",
    "+".join(["1"] * 900): "too complex",
    "state" + ".a" * 900: "too complex",
    "[" * 60 + "]" * 60: "too complex",
    "1" * 2001: "longer than",
    "state.n is 3": "`is` compares",
    "[state for state in state.l]": "is taken",
    "[true for true in state.l]": "is taken",
    "[x for x.y in state.l]": "plain name",
    "[x async for x in state.l]": "",
    "'\ud800'": "cannot be read",
    "\0": "",
    "": "empty",
    "  \n ": "empty",
    "state.n; state.n": "invalid syntax",
    "state.n) + (1": "unmatched",
    "import os": "invalid syntax",
    "state.n | 3": "name of a function",
    "state.n | default": "needs a value",
    "default(1)": "takes a value and",
    "default(1, 2, 3)": "takes a value and",
    "upper()": "number of arguments",
    "upper(1)": "needs text",
    "state.n.x": "has no keys",
    "state.l['a']": "named by a number",
    "state.l[9]": "no element 9",
    "state.n[0]": "has no elements",
    "state.n[0:1]": "cannot be sliced",
    "len(1)": "has no length",
    "1 in 2": "needs a list",
    "[x for x in 3]": "loops over a list",
    "state.s < 3": "not supported",
    "null + 1": "cannot compute null",
    "-'a'": "needs a number",
    "{1: 2}": "keys of a mapping are text",
}


@pytest.mark.parametrize(("source", "message"), ATTACKS.items(), ids=[s[:40] for s in ATTACKS])
def test_attacks_are_refused_with_their_place(source: str, message: str) -> None:
    error = refused(source)
    assert message in error.message
    assert 0 <= error.offset <= len(source)
    assert error.pretty()


HINTS = {
    "state.n && 1": "write `and`, not `&&`",
    "state.n || 1": "write `or`, not `||`",
    "!state.n": "write `not`, not `!`",
    "stat.n": "did you mean `state`",
    "foo": "known here: state",
    "state.scor": "no key `scor`; did you mean `score`",
    "state['scor']": "did you mean `score`",
    "state.s | uper": "did you mean `upper`",
    "state.none.x": "null has no key `x`",
}


@pytest.mark.parametrize(("source", "message"), HINTS.items())
def test_mistakes_get_the_near_miss(source: str, message: str) -> None:
    assert message in refused(source).message


def test_errors_point_at_characters_not_bytes() -> None:
    error = refused("'é€😀' + state.scor")
    assert error.pretty().splitlines()[1:] == [
        "    'é€😀' + state.scor",
        "            ^^^^^^^^^^",
    ]


def test_errors_in_wrapped_text_name_the_line() -> None:
    error = refused("state.n +\n  state.scor")
    assert (error.line, error.column, error.end) == (2, 3, 13)
    assert error.pretty().endswith("    state.scor\n      ^^^^^^^^^^")


def test_paths_are_known_before_anything_runs() -> None:
    source = "nodes.a.stdout if inputs['tag'] else [x.y for x in state.l] | default(inputs.z)"
    found = Expression.parse(source, ("inputs", "state", "nodes")).paths
    names = {path.names for path in found}
    assert names == {
        ("nodes", "a", "stdout"), ("inputs", "tag"), ("state", "l"), ("x", "y"), ("inputs", "z"),
    }  # fmt: skip
    assert {source[path.offset : path.stop] for path in found} >= {"nodes.a.stdout", "inputs.z"}


def test_a_value_read_as_it_is_may_be_long() -> None:
    long = "x" * (MAX_LENGTH * 3)
    assert compute("state.v", {"state": {"v": long}}) == long
    assert "longer than" in refused("state.v + ''", {"state": {"v": long}}).message


def test_values_that_misbehave_become_errors() -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("odd")

        __hash__ = None  # type: ignore[assignment]  # as Python does for a class with __eq__.

    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    loop: list[Any] = []
    loop.append(loop)
    names = {"state": {"odd": Odd(), "deep": deep, "loop": loop}}
    assert refused("state.odd == 1", names).message == "odd"
    for source in ("tojson(state.deep)", "tojson(state.loop)", "[state.loop] == [state.deep]"):
        assert refused(source, names).message


TEMPLATES = {
    "{{ state.n }}": 3,
    "{{ state.l }}": [3, 1, 2],
    "{{state.none}}": None,
    "n={{ state.n }}": "n=3",
    " {{ state.n }}": " 3",
    "{{ state.l }}{{ state.d }}": '[3, 1, 2]{"b": 1, "a": 2}',
    "{{ state.none }}!": "null!",
    "{{ 'a}}b' }}": "a}}b",
    "x{{ {'a': {'b': 1}} }}": 'x{"a": {"b": 1}}',
    "plain } text }}": "plain } text }}",
    "": "",
    "{{ '{{' }} {{ state.n }}": "{{ 3",
    "{{ state.s }}": "Hello World",
    "{{\n  state.n\n}}": 3,
}


@pytest.mark.parametrize(("text", "value"), TEMPLATES.items())
def test_templates(text: str, value: Any) -> None:
    result = Template.parse(text, NAMES).evaluate(NAMES)
    assert result == value
    assert type(result) is type(value)


def test_a_result_is_never_parsed_again() -> None:
    names = {"state": {"a": "{{ state.b }}", "b": "secret", "n": "42"}}
    assert Template.parse("{{ state.a }}!", names).evaluate(names) == "{{ state.b }}!"
    assert Template.parse("{{ state.n }}", names).evaluate(names) == "42"


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("a {{ state.n", 2, "without `}}`"),
        ("a {{ state.n + }} {{ 1 }}", 13, "invalid syntax"),
        ("ok {{ 1 }} {{ foo }}", 14, "unknown name"),
        ("{{ }}", 3, "empty"),
        ("{{ 1 }}" * 300, 0, "more than"),
    ],
)
def test_wrong_templates_say_where(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        Template.parse(text, NAMES)
    assert caught.value.source == text
    assert offset == 0 or caught.value.offset == offset


def test_a_template_that_fails_says_where() -> None:
    template = Template.parse("ok {{ state.scor }}", NAMES)
    with pytest.raises(ExpressionError) as caught:
        template.evaluate(NAMES)
    assert (caught.value.source, caught.value.offset) == (template.text, 6)
    assert caught.value.missing


def test_a_template_cannot_grow_without_end() -> None:
    names = {"state": {"v": "x" * 3_000_000}}
    template = Template.parse("{{ state.v }} " * 20, names)
    with pytest.raises(ExpressionError, match="too large"):
        template.evaluate(names)


WORDS = """
    state . n s l d big text [ ] ( ) { } , : + - * / // % < == != in not and or if else for x is
    null true 1 0 99999999999 1.5 'a' '' | upper len default join replace sorted tojson split
    str int round sum {{ }} lambda ** __class__ é
"""
TOKENS = st.sampled_from([*WORDS.split(), "\n", ""])
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["n", "l", "s", "d"]), inner, max_size=4),
    max_leaves=12,
)


def error_of(
    parse: Callable[..., Expression | Template], source: str, names: dict[str, Any]
) -> ExpressionError | None:
    try:
        parse(source, names).evaluate(names)
    except ExpressionError as error:
        return error
    return None


@settings(max_examples=400, deadline=None)
@given(st.lists(TOKENS, max_size=25).map(" ".join), DATA)
@example("state.n == state.n", float("nan"))
def test_only_expression_errors_escape(source: str, data: Any) -> None:
    names = {"state": data}
    for parse in (Expression.parse, Template.parse):
        error = error_of(parse, source, names)
        assert error is None or error.pretty()
        assert error is None or error.end > error.column >= 1


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_an_error(source: str) -> None:
    error = error_of(Expression.parse, source, NAMES)
    assert error is None or error.pretty()


@given(st.text(max_size=50).filter(lambda text: "{{" not in text))
def test_text_without_braces_is_itself(text: str) -> None:
    assert Template.parse(text, NAMES).evaluate(NAMES) == text


@given(DATA)
def test_a_lone_expression_keeps_its_value(data: Any) -> None:
    result = Template.parse("{{ state }}", {"state": data}).evaluate({"state": data})
    assert result is data


@given(st.dictionaries(st.text(max_size=5), st.integers(), max_size=4))
def test_text_around_a_mapping_makes_it_json(data: dict[str, int]) -> None:
    text = Template.parse("={{ state }}", {"state": data}).evaluate({"state": data})
    assert json.loads(text[1:]) == data
