"""Threads, one a line."""

from datetime import timedelta

import pytest
from inline_snapshot import snapshot

from graphcli.engine.values.model import Status
from graphcli.render.console import Look
from graphcli.render.tables import threads_lines, threads_table
from graphcli.render.times import age, duration, moment
from tests.render.samples import NOW, THEN, thread, widest

ROWS = [
    thread(),
    thread(
        id="nightly-data-fix-of-november-0b1c2d", graph="data_fix", status=Status.FAILED, open=0
    ),
    thread(id="日本-1", graph="g", status=Status.FINISHED, open=0, updated_at=NOW.isoformat()),
]


def test_at_80_columns() -> None:
    assert threads_table(ROWS, NOW, Look(80)) == snapshot("""\
THREAD                               GRAPH     STATUS    CHANGED    QUESTIONS
release-7f3a2c                       release   waiting   5 min ago  1
nightly-data-fix-of-november-0b1c2d  data_fix  failed    5 min ago
日本-1                               g         finished  now\
""")


def test_at_40_columns() -> None:
    assert threads_table(ROWS, NOW, Look(40)) == snapshot("""\
THREAD               STATUS    CHANGED
release-7f3a2c       waiting   5 min ago
nightly-data-fix-o…  failed    5 min ago
日本-1               finished  now\
""")


def test_at_20_columns_without_unicode() -> None:
    assert threads_table(ROWS, NOW, Look(20, unicode=False)) == snapshot("""\
THREAD      STATUS
release-7~  waiting
nightly-d~  failed
日本-1      finished\
""")


def test_only_title_and_status_are_coloured() -> None:
    assert threads_table([thread(id="t-1")], NOW, Look(20, color=True)) == snapshot("""\
\x1b[1mTHREAD\x1b[0m  \x1b[1mSTATUS\x1b[0m
t-1     \x1b[33mwaiting\x1b[0m\
""")


@pytest.mark.parametrize("width", range(20, 110, 3))
def test_never_wider_than_the_terminal(width: int) -> None:
    assert widest(threads_table(ROWS, NOW, Look(width))) <= width


def test_no_threads_no_table() -> None:
    assert threads_table([], NOW, Look()) == ""
    assert threads_lines([]) == ""


def test_lines_for_a_pipe() -> None:
    assert threads_lines(ROWS[:2]) == snapshot("""\
release-7f3a2c	release	waiting	2026-11-21T03:04:31+00:00	1
nightly-data-fix-of-november-0b1c2d	data_fix	failed	2026-11-21T03:04:31+00:00	0\
""")


def test_a_tab_in_a_name_makes_no_column() -> None:
    assert threads_lines([thread(graph="a\tb\nc")]).count("\t") == 4


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-90), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=1), "1 h ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_age(passed: timedelta, text: str) -> None:
    assert age((NOW - passed).isoformat(), NOW) == text


def test_what_is_no_time_is_shown_as_it_is() -> None:
    assert age("yesterday", NOW) == moment("yesterday") == "yesterday"


def test_moments_are_told_in_utc() -> None:
    assert moment(THEN) == moment("2026-11-21T04:04:31+01:00") == "2026-11-21 03:04:31 UTC"
    assert moment("2026-11-21T03:04:31") == "2026-11-21 03:04:31 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (200, "3 min 20 s"),
        (7_500, "2 h 5 min"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text
