"""Threads that are deleted for good, and those that are kept."""

from __future__ import annotations

import signal

from inline_snapshot import snapshot

from tests.cli.session import play
from tests.cli.test_crash import hanging, killed
from tests.cli.test_damage import change
from tests.conftest import Shell


def filled(shell: Shell) -> None:
    """One thread finished, one rejected, one failed, one waiting, one cancelled; in this order."""
    shell("run", "ask.py", "--thread", "done", "--value", "approve")
    shell("run", "work.py", "--thread", "no", "-i", "mode=no")
    shell("run", "work.py", "--thread", "broken", "-i", "mode=raise")
    shell("run", "ask.py", "--thread", "open", "--no-input")
    shell("run", "ask.py", "--thread", "given-up", "--no-input")
    shell("cancel", "given-up")


def left(shell: Shell) -> list[str]:
    return sorted(line.split("\t")[0] for line in shell("list").stdout.splitlines())


def test_what_is_over_goes_and_what_waits_stays(here: Shell) -> None:
    filled(here)
    assert play(
        here, "prune --older-than 0s --dry-run", "prune --older-than 0s", "list"
    ) == snapshot("""\
$ graphcli prune --older-than 0s --dry-run
> given-up
> no
> done
! would delete 3 threads
$ graphcli prune --older-than 0s
> given-up
> no
> done
! deleted 3 threads
$ graphcli list
> open	ask	waiting	TIME	1
> broken	work	failed	TIME	0
""")


def test_the_newest_are_kept(here: Shell) -> None:
    for thread in ("a", "b", "c", "d"):
        here("run", "ask.py", "--thread", thread, "--value", "approve")
    assert here("prune", "--keep", "2").stdout == "b\na\n"
    assert left(here) == ["c", "d"]
    assert here("prune", "--keep", "0", "--older-than", "1d").stdout == ""
    assert left(here) == ["c", "d"]


def test_a_status_is_deleted_where_it_is_named(here: Shell) -> None:
    filled(here)
    assert here("prune", "--keep", "0", "--status", "failed").stdout == "broken\n"
    assert here("prune", "--keep", "0", "--status", "waiting,finished").stdout == "open\ndone\n"
    assert left(here) == ["given-up", "no"]
    assert here("prune", "--keep", "0", "--graph", "work").stdout == "no\n"


def test_a_run_that_died_counts_as_what_it_is(here: Shell) -> None:
    killed(here)
    assert here("prune", "--keep", "0").stdout == ""
    assert here("prune", "--keep", "0", "--status", "uncertain").stdout == "one\n"


def test_what_prune_does_not_take(here: Shell) -> None:
    assert play(
        here,
        "prune",
        "prune --older-than month",
        "prune --keep 0 --status finishd",
        "prune --keep 0 --status running",
        "prune --keep 0",
    ) == snapshot("""\
$ graphcli prune
! there is no storage `STORAGE` yet
! error: prune needs --older-than or --keep
!   for example --older-than 30d
[2]
$ graphcli prune --older-than month
! there is no storage `STORAGE` yet
! error: `month` is no age
!   give a number and s, m, h, d or w, as 30d
[2]
$ graphcli prune --keep 0 --status finishd
! there is no storage `STORAGE` yet
! error: `finishd` is no status to delete; did you mean `finished`?
!   there are: waiting, stopped, uncertain, failed, finished, rejected, cancelled
[2]
$ graphcli prune --keep 0 --status running
! there is no storage `STORAGE` yet
! error: `running` is no status to delete
!   there are: waiting, stopped, uncertain, failed, finished, rejected, cancelled
[2]
$ graphcli prune --keep 0
! there is no storage `STORAGE` yet
! deleted 0 threads
""")
    assert not here.storage.exists()


def test_delete_forgets_and_says_so(here: Shell) -> None:
    filled(here)
    assert play(here, "delete done broken", "inspect done", "delete done", "list") == snapshot("""\
$ graphcli delete done broken
> done
> broken
! deleted 2 threads
$ graphcli inspect done
! error: there is no thread `done`
!   see those there are: graphcli list --storage STORAGE
[4]
$ graphcli delete done
! error: there is no thread `done`
!   see those there are: graphcli list --storage STORAGE
[4]
$ graphcli list
> given-up	ask	cancelled	TIME	0
> open	ask	waiting	TIME	1
> no	work	rejected	TIME	0
""")


def test_what_waits_is_deleted_only_by_those_who_say_so(here: Shell) -> None:
    filled(here)
    assert play(here, "delete done open", "list", "delete open --status waiting") == snapshot("""\
$ graphcli delete done open
! error: thread `open` is waiting, so it is kept; nothing was deleted
!   end it first: graphcli cancel --storage STORAGE open · or add --status waiting
[6]
$ graphcli list
> given-up	ask	cancelled	TIME	0
> open	ask	waiting	TIME	1
> broken	work	failed	TIME	0
> no	work	rejected	TIME	0
> done	ask	finished	TIME	0
$ graphcli delete open --status waiting
> open
! deleted 1 thread
""")
    assert left(here) == ["broken", "done", "given-up", "no"]


def test_a_thread_that_runs_is_never_deleted(here: Shell) -> None:
    filled(here)
    run = hanging(here)
    try:
        assert play(
            here, "delete done one", "prune --keep 0 --status stopped,uncertain,waiting", "list"
        ) == snapshot("""\
$ graphcli delete done one
! error: thread `one` is being run by process N on HOST since TIME
!   nothing was kept of this; when it has ended or waits for a person, try again
[6]
$ graphcli prune --keep 0 --status stopped,uncertain,waiting
> open
! deleted 1 thread
$ graphcli list
> one	work	running	TIME	0
> given-up	ask	cancelled	TIME	0
> broken	work	failed	TIME	0
> no	work	rejected	TIME	0
> done	ask	finished	TIME	0
""")
    finally:
        run.send_signal(signal.SIGKILL)
        run.communicate()
    assert here("delete", "one").code == 6  # a task may have run: a person decides on that
    assert here("delete", "one", "--status", "uncertain").code == 0


def test_a_beginning_of_an_id_deletes_nothing_where_nobody_watches(here: Shell) -> None:
    filled(here)
    assert here("delete", "do").code == 2
    assert len(left(here)) == 5


def test_a_damaged_thread_can_be_deleted_and_the_others_are_well(here: Shell) -> None:
    filled(here)
    change(here.storage, "UPDATE threads SET open = 9 WHERE id = 'done'")
    assert here("doctor").code == 7
    assert here("delete", "done").code == 0
    assert here("doctor").code == 0
    assert left(here) == ["broken", "given-up", "no", "open"]


def test_deleting_gives_space_back(here: Shell) -> None:
    big = '{"output": "' + "x" * 3_000_000 + '"}'
    here.write("big.json", big)
    for thread in ("a", "b"):
        done = here("run", "ask.py", "--thread", thread, "--input", "@big.json", "--no-input")
        assert done.code == 8
    before = here.storage.stat().st_size
    done = here("delete", "a", "--status", "waiting", "-o", "json")
    assert done.json == {
        "schema_version": 1,
        "command": "delete",
        "dry_run": False,
        "deleted": ["a"],
        "kept": [],
        "bytes_given_back": done.json["bytes_given_back"],
        "error": None,
    }
    assert done.json["bytes_given_back"] > 2_900_000
    assert here.storage.stat().st_size == before - done.json["bytes_given_back"]
    assert here("doctor").code == 0
    assert here("resume", "b", "--value", "approve", "-q").code == 0
