"""Answers given ahead that speak of the same thing: one takes precedence, or both are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from graphcli.cli.given import INPUTS, Given
from graphcli.errors import UsageError

#: What was given for one node and time, by the field; None is the whole answer.
_Said = dict[str | None, Given]


def settle_clashes(given: Sequence[Given], first: Mapping[str, int]) -> None:
    """Let a flag take the place of what a file says; refuse two answers of which one would be lost.

    `given` are in the order of their precedence. A whole answer from a file is no clash with a
    field by a flag, which only changes it. Nor are two whole answers that do not say for which
    time they are: the second is for the second time that the node asks. One alone is for the
    next time, which `first` has by path where that is not the first.

    Raises:
        UsageError: two flags, or two places of one file, answer the same; naming both.
    """
    _refuse_two_values([one for one in given if not one.key])
    named = [one for one in given if one.key and one.key != INPUTS]
    several = _given_in_turn(named)
    said: dict[tuple[str, int | None], _Said] = {}
    for one in named:
        path = one.path or one.key
        known = one.path is not None and (one.field is not None or path not in several)
        time = one.time or (first.get(path, 1) if known else None)
        same = said.setdefault((path, time), {})
        other = _other(one, same)
        if other is not None and other.how == one.how:
            raise _refusal(other, one)
        if other is not None:
            one.instead = other.source
        else:
            same.setdefault(one.field, one)


def _refuse_two_values(values: Sequence[Given]) -> None:
    if len(values) > 1:
        raise UsageError(
            f"{values[0].source} and {values[1].source} answer the same question, "
            "and only one can count",
            "give one of them; --answer NODE=VALUE names the node that it is for",
        )


def _given_in_turn(named: Sequence[Given]) -> set[str]:
    """The paths of nodes with several whole answers that do not say for which time they are."""
    whole = Counter(one.path or one.key for one in named if one.field is None and not one.time)
    return {path for path, count in whole.items() if count > 1}


def _other(one: Given, same: Mapping[str | None, Given]) -> Given | None:
    """What was given before and leaves no room for `one`."""
    if one.field is not None:
        return same.get(one.field) or same.get(None)
    fields = [other for field, other in same.items() if field is not None]
    if None in same and (one.time or same[None].time):
        return same[None]
    return next((other for other in fields if other.how == one.how), None)


def _refusal(first: Given, second: Given) -> UsageError:
    if first.source == second.source:
        return UsageError(
            f"{first.source} is given twice",
            "give it once; NODE#2 is for the second time that the node asks",
        )
    return UsageError(
        f"{first.source} and {second.source} answer the same question, and only one can count",
        "give the whole answer or its fields; NODE#2 is for the second time that the node asks",
    )
