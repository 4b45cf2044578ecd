"""Answers given ahead that speak of the same thing: one takes precedence, or both are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphcli.cli.given import INPUTS, Given
from graphcli.errors import UsageError

#: What was given for one node and time, by the field; None is the whole answer.
_Said = dict[str | None, Given]


def settle_clashes(given: Iterable[Given]) -> None:
    """Let a flag take the place of what a file says; refuse two answers of which one would be lost.

    `given` are in the order of their precedence. A whole answer from a file is no clash with a
    field by a flag, which only changes it. Nor are two whole answers that do not say for which
    time they are: the second is for the second time that the node asks.

    Raises:
        UsageError: two flags, or two places of one file, answer the same; naming both.
    """
    said: dict[tuple[str, int | None], _Said] = {}
    for one in given:
        if not one.key or one.key == INPUTS:
            continue
        same = said.setdefault((one.path or one.key, one.time), {})
        other = _other(one, same)
        if other is not None and other.how == one.how:
            raise _refusal(other, one)
        if other is not None:
            one.instead = other.source
        else:
            same.setdefault(one.field, one)


def _other(one: Given, same: Mapping[str | None, Given]) -> Given | None:
    """What was given before and leaves no room for `one`."""
    if one.field is not None:
        return same.get(one.field) or same.get(None)
    fields = [other for field, other in same.items() if field is not None]
    if one.time is not None and None in same:
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
