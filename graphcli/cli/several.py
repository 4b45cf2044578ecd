"""Several open questions: what the person at the terminal wants to do with the next one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from graphcli import prompts
from graphcli.dataclass import replace
from graphcli.engine.resuming.question import Field, Kind, Question
from graphcli.engine.values.model import UNSET, Asked
from graphcli.text import safe_line

#: Characters of a value that differs from question to question.
_LONGEST = 60


class Wish(StrEnum):
    """What to do with a question, one of several."""

    ANSWER = "answer"
    ALIKE = "alike"
    SKIP = "skip"
    SEE_ALL = "all"


def what_now(
    left: Sequence[Question], questions: Sequence[Question], put: Callable[[Question], Any]
) -> Wish:
    """Ask, by `put`, what to do with the first of those that are `left` of `questions`.

    The only one there is gets its answer.
    """
    if len(questions) == 1:
        return Wish.ANSWER
    same = len(alike(left))
    choices = {
        Wish.ANSWER: "answer it",
        Wish.ALIKE: f"give the same answer to all {same} alike",
        Wish.SKIP: "skip it; it goes on waiting",
        Wish.SEE_ALL: f"see all {len(questions)}",
    }
    if same == 1:
        del choices[Wish.ALIKE]
    return Wish(put(menu("What now?", choices, left[0].node)))


def alike(questions: Sequence[Question]) -> list[Question]:
    """Return the first question and those that take the same answers as it.

    Where nothing was declared, only those that ask the same take the same.
    """
    first, rules = questions[0], _rules(questions[0].field)
    loose = first.field.kind is Kind.ANY
    return [
        question
        for question in questions
        if _rules(question.field) == rules
        and (not loose or question.message == first.message)
        and _common(first.field, (question.field,)) is not None
    ]


def common(questions: Sequence[Question]) -> Question:
    """Return the first of questions that are `alike`, without what is the first one's alone.

    A decision that takes what stands in one payload along, as editing does its arguments, would
    give the others the arguments of the first.
    """
    first, *others = questions
    field = _common(first.field, [other.field for other in others])
    assert field is not None  # noqa: S101 - or they would not be alike.
    return replace(first, field=field)


def about_all(questions: Sequence[Question]) -> Question:
    """Ask whether one answer goes to all of `questions`, with what is different in each."""
    many = len(questions)
    asked = menu("Send it to all?", {"no": "no", "yes": f"yes, to all {many}"})
    message = f"One answer to {many} questions, which differ in this"
    return replace(asked, message=message, context=_differences(questions))


def _differences(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Return a record for each question: what is not the same in all of them."""
    told = [{"asks": each.message, **_mapping(each.context)} for each in questions]
    names = dict.fromkeys(name for one in told for name in one)
    other = [name for name in names if any(one.get(name) != told[0].get(name) for one in told)]
    return [
        {"no": number, **{name: _brief(one.get(name)) for name in other or ["asks"]}}
        for number, one in enumerate(told, 1)
    ]


def _brief(value: Any) -> Any:
    """A value for one line: all of it was shown before, and each question has to be in sight."""
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return safe_line(text, _LONGEST)


def _mapping(context: Any) -> dict[str, Any]:
    return dict(context) if isinstance(context, Mapping) else {"payload": context}


def _common(first: Field, others: Sequence[Field]) -> Field | None:
    """Return the form without the options that mean something else in `others`; None if none."""
    own = [
        part
        for number, part in enumerate(first.fields)
        if (part.keeps or not part.asked)
        and any(not prompts.same(part.default, other.fields[number].default) for other in others)
    ]
    if any(not part.after for part in own):
        return None
    fields = tuple(_without(part, own) for part in first.fields)
    return None if any(_is_empty(part) for part in fields) else replace(first, fields=fields)


def _without(lead: Field, own: Sequence[Field]) -> Field:
    taken = [value for part in own if part.after == lead.name for value in part.among]
    return replace(lead, options=tuple(o for o in lead.options if o.value not in taken))


def _is_empty(field: Field) -> bool:
    return field.kind is Kind.CHOICE and not field.options


def menu(message: str, choices: dict[Wish, str] | dict[str, str], node: str = "") -> Question:
    """Return the question that offers `choices`, the first as the default."""
    options = [{"const": str(value), "title": title} for value, title in choices.items()]
    payload, schema = {"message": message}, {"oneOf": options}
    question = prompts.recognise(Asked("", "", node, 0, payload, schema, ""))
    return replace(question, field=replace(question.field, label=message))


def _rules(field: Field) -> Field:
    """What a field takes, without what it offers and how it is called."""
    inner = tuple(_rules(part) for part in field.fields)
    schema = None if field.schema is None else _bare(field.schema)
    options = tuple(replace(option, leads="") for option in field.options)
    said = replace(field, label="", help="", default=UNSET, leads=(), options=options)
    return replace(said, fields=inner, schema=schema)


def _bare(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    return {key: item for key, item in schema.items() if key not in _WORDS}


_WORDS = {"title", "description", "default", "examples"}
