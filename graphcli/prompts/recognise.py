"""A payload becomes a Question by the first rule that fits. PURE: no terminal, no files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from graphcli.deferred import later
from graphcli.engine.resuming.question import Field, Kind, Question
from graphcli.engine.values.model import Asked
from graphcli.prompts.habits import message_of, read_habits, rest_of
from graphcli.prompts.schemas import LIKELY
from graphcli.text import safe_line

if TYPE_CHECKING:
    from graphcli import schema as json_schema
    from graphcli.prompts import declared
    from graphcli.prompts.shapes import actions, elicitation, inbox
    from graphcli.prompts.shapes.decision import Found
else:
    declared = later("graphcli.prompts.declared")
    json_schema = later("graphcli.schema")
    actions = later("graphcli.prompts.shapes.actions")
    elicitation = later("graphcli.prompts.shapes.elicitation")
    inbox = later("graphcli.prompts.shapes.inbox")

Rule = Callable[[Asked], Question | None]


def recognise(asked: Asked) -> Question:
    """Return the question behind `asked`, whatever its payload and schema are; never raises."""
    return next(question for rule in RULES if (question := rule(asked)) is not None)


def by_schema(asked: Asked) -> Question | None:
    """Rule 1: the graph said how, with a JSON Schema (a YAML `ask:` publishes one too)."""
    if asked.schema is None:
        return None
    wrong = _why_unusable(asked.schema)
    if wrong:
        return _with_bad_schema(asked, wrong)
    field = declared.field_from_schema(asked.schema)
    message, used = message_of(asked.payload)
    message = message or declared.schema_text(asked.schema) or _waits(asked)
    context = rest_of(asked.payload, used)
    if isinstance(context, Mapping) and set(context) == {"show"}:
        context = context["show"]
    return _question(asked, message, field, context, declared=field.kind is not Kind.ANY)


def by_habit(asked: Asked) -> Question | None:
    """Rule 3: habits seen in the wild; what they do not use is context."""
    habit = read_habits(asked.payload)
    if habit is None:
        return None
    message = habit.message or _waits(asked)
    return _question(asked, message, habit.field, habit.context, declared=habit.typed)


def by_text(asked: Asked) -> Question | None:
    """Rule 4, first half: a string is the question itself.

    It says nothing of the answer's kind (LangGraph's own guide asks an age so, and wants a
    number), hence ANY: text, unless it is JSON.
    """
    if not isinstance(asked.payload, str):
        return None
    return _question(asked, asked.payload.strip() or _waits(asked), Field())


def by_showing(asked: Asked) -> Question:
    """Rule 4, second half: anything else is shown, and answered with text or JSON."""
    return _question(asked, _waits(asked), Field(), asked.payload)


def shaped(shape: Callable[[Asked], Found | None]) -> Rule:
    """Rule 2: a shape that somebody published. Each is a mapping, or a list of them."""

    def rule(asked: Asked) -> Question | None:
        found = shape(asked) if isinstance(asked.payload, Mapping | list | tuple) else None
        if found is None:
            return None
        return _question(asked, found.message, found.field, found.context, declared=True)

    return rule


#: The order of the rules, the first that fits. `tool_approval` comes with a schema that says
#: which decisions it allows and not what to show, hence before the schemas. The other shapes
#: carry a message that the habits would take for a plain question, hence before the habits.
RULES: tuple[Rule, ...] = (
    shaped(lambda asked: actions.by_tool_approval(asked)),
    by_schema,
    shaped(lambda asked: elicitation.by_elicitation(asked)),
    shaped(lambda asked: actions.by_actions(asked)),
    shaped(lambda asked: inbox.by_inbox(asked)),
    by_habit,
    by_text,
    by_showing,
)


def _question(
    asked: Asked, message: str, field: Field, context: Any = None, *, declared: bool = False
) -> Question:
    return Question(
        id=asked.id,
        node=asked.node,
        ns=asked.ns,
        message=message,
        field=field,
        context=context,
        payload=asked.payload,
        schema=asked.schema,
        digest=asked.digest,
        asked_at=asked.asked_at,
        declared=declared,
    )


def _waits(asked: Asked) -> str:
    return f"`{asked.node}` waits for an answer."


def _why_unusable(schema: Any) -> str:
    if not isinstance(schema, Mapping):
        return f"the schema is not valid: it is {type(schema).__name__}, not an object"
    try:
        json_schema.problems(schema, LIKELY)
    except json_schema.BadSchemaError as error:
        return safe_line(error.message.splitlines()[0], 200)
    return ""


def _with_bad_schema(asked: Asked, wrong: str) -> Question:
    # Refusing to ask would leave the thread stuck over a mistake the person cannot mend.
    message, used = message_of(asked.payload)
    rest = rest_of(asked.payload, used)
    shown = rest if isinstance(rest, Mapping) else {} if rest is None else {"payload": rest}
    note = {"note": f"{wrong}; the answer is not checked"}
    return _question(asked, message or _waits(asked), Field(), {**shown, **note})
