"""The harness: medians, ratios, goals, the table. The cases themselves run by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from tests.benchmarks.cases import CASES
from tests.benchmarks.harness import Case, Goal, Row, document, markdown, measure, table
from tests.test_readme import TEXT


def test_each_side_is_measured_in_turn_and_the_median_counts() -> None:
    turns: list[str] = []
    figures = {"ours": [4.0, 90.0, 2.0], "theirs": [8.0, 8.0, 1.0], "limit": [2.0, 2.0, 2.0]}

    def side(name: str) -> float:
        turns.append(name)
        return figures[name].pop(0)

    case = Case(
        "x",
        "what",
        "us",
        Goal(),
        lambda _: side("ours"),
        lambda _: side("theirs"),
        lambda _: side("limit"),
    )
    row = measure(case, 3)
    assert turns == ["limit", "theirs", "ours"] * 3
    assert (row.ours, row.theirs, row.limit) == (4.0, 8.0, 2.0)
    assert (row.of_limit, row.times_theirs, row.met) == (2.0, 2.0, None)


def test_a_slow_case_bounds_its_rounds_and_folders_are_empty() -> None:
    seen: list[Path] = []

    def ours(folder: Path) -> float:
        assert list(folder.iterdir()) == []
        (folder / "left").touch()
        seen.append(folder)
        return 1.0

    measure(Case("x", "what", "us", Goal(), ours, rounds=2), 5)
    assert len(set(seen)) == 2
    assert not any(folder.exists() for folder in seen)


@pytest.mark.parametrize(
    ("goal", "met"),
    [
        (Goal(), None),
        (Goal(at_most=4), True),
        (Goal(at_most=3.9), False),
        (Goal(of_limit=2), True),
        (Goal(of_limit=1.9), False),
        (Goal(times_theirs=2), True),
        (Goal(times_theirs=2.1), False),
        (Goal(at_most=4, of_limit=2, times_theirs=3), False),
    ],
)
def test_a_goal_is_met_when_all_of_it_is(goal: Goal, met: bool | None) -> None:
    assert Row(Case("x", "what", "us", goal, lambda _: 0), 4, 8, 2).met is met


def test_the_table_and_the_document() -> None:
    goal = Goal(at_most=3, of_limit=1.5, times_theirs=3.5)
    rows = [
        Row(Case("superstep", "one of them", "us", goal, lambda _: 0), 400, 1400, 270),
        Row(Case("memory", "at most", "MB", Goal(), lambda _: 0), 31.25, None, None),
    ]
    assert table(rows) == snapshot("""\
case       unit  ours  LangGraph  limit  x limit  x faster  goal                                 met
superstep  us    400   1,400      270    1.48     3.5       <= 3, <= 1.5x limit, >= 3.5x faster  NO
memory     MB    31.2\
""")
    assert json.loads(json.dumps(document(rows[0])))["met"] is False
    short = Row(Case("superstep", "one", "us", Goal(of_limit=1.5), lambda _: 0), 400, 1400, 270)
    assert markdown([short, rows[1]]) == snapshot("""\
| case | what | graphcli | LangGraph | limit | goal | met |
| --- | --- | --- | --- | --- | --- | --- |
| `superstep` | one | 400 us | 1,400 us (3.5x) | 270 us (1.48x) | <= 1.5x limit | yes |
| `memory` | at most | 31.2 MB |  |  |  |  |\
""")


def test_the_readmes_table_is_of_cases_that_there_are() -> None:
    section = TEXT.partition("## How fast\n")[2].partition("\n## ")[0]
    assert all(line in section.splitlines() for line in markdown([]).splitlines())
    told = dict(re.findall(r"^\| `([\w-]+)` \| (.*?) \|", section, re.MULTILINE))
    known = {case.name: case.what for case in CASES}
    assert len(known) == len(CASES)
    assert told
    assert told.items() <= known.items()
