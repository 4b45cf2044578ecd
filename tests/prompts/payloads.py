"""Payloads as they are met: where each comes from, what is asked, which answers do and do not fit.

`asks` are the fields a person sees, as `name: kind options =default`, a `?` after what may be left
out. `good` maps what a script says (`--value`, or fields by name) to what the graph gets; `bad`
maps it to words of the refusal, all of which it has (`|` stands between them).
"""

from dataclasses import dataclass, field
from typing import Any

S = {"type": "string"}
ANY = ["any"]


@dataclass(frozen=True)
class Case:
    source: str
    payload: Any
    message: str
    asks: list[str]
    good: list[tuple[str | dict[str, str], Any]]
    bad: list[tuple[str | dict[str, str], str]] = field(default_factory=list)
    context: Any = None
    schema: Any = None


def approval(decision: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    return {"decisions": [decision, *others]}


def hitl(*actions: tuple[str, dict[str, Any], list[str]], **more: Any) -> dict[str, Any]:
    return {
        "action_requests": [{"name": name, "args": args} for name, args, _ in actions],
        "review_configs": [
            {"action_name": name, "allowed_decisions": allowed, **more}
            for name, _, allowed in actions
        ],
    }


def inbox(action: str, args: Any, allow: str, **more: Any) -> dict[str, Any]:
    allows = ("ignore", "respond", "edit", "accept")
    return {
        "action_request": {"action": action, "args": args},
        "config": {f"allow_{name}": name in allow.split() for name in allows},
        **more,
    }


def elicit(properties: dict[str, Any], *required: str, message: str = "Tell us") -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"mode": "form", "message": message, "requestedSchema": schema}


def accept(**content: Any) -> dict[str, Any]:
    return {"action": "accept", "content": content}


SEND = {"to": "a@example.org", "body": "Hi"}
SEND_SCHEMA = {
    "type": "object",
    "properties": {"to": {**S, "minLength": 3}, "body": S, "copies": {"type": "integer"}},
    "required": ["to", "body"],
}
APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}
ALL = ["approve", "edit", "reject", "respond"]
ACTION = "action: choice accept|decline|cancel =accept"

LANGGRAPH = [
    Case(
        "LangGraph, interrupts: a string",
        "What is your age?",
        "What is your age?",
        ANY,
        [("30", 30), ("unknown", "unknown"), ('"30"', "30")],
        [("no", "which can be a decision or a text")],
    ),
    Case(
        "LangGraph, human in the loop: approve or reject",
        {"question": "Is this correct?", "llm_output": "The sky is blue."},
        "Is this correct?",
        ANY,
        [("approve", "approve"), ("true", True)],
        [("yes", "write `true`|decision or a text")],
        {"llm_output": "The sky is blue."},
    ),
    Case(
        "LangGraph, human in the loop: edit the state",
        {"text_to_revise": "original text"},
        "Edit `text_to_revise`, then send it.",
        ["long_text =original text"],
        [("Edited text", "Edited text"), ("true", "true")],
    ),
    Case(
        "LangGraph, interrupts: review and edit",
        {"instruction": "Review and edit this content", "content": "A draft"},
        "Review and edit this content",
        ["long_text =A draft"],
        [("Better", "Better")],
    ),
    Case(
        "LangGraph, human in the loop: review a summary",
        {
            "task": "Review the output from the LLM and make any necessary edits.",
            "llm_generated_summary": "The cat sat.",
        },
        "`review` waits for an answer.",
        ANY,
        [('{"edited_text": "The cat lay."}', {"edited_text": "The cat lay."})],
        [],
        {
            "task": "Review the output from the LLM and make any necessary edits.",
            "llm_generated_summary": "The cat sat.",
        },
    ),
    Case(
        "LangGraph, human in the loop: review a tool call",
        {"question": "Is this correct?", "tool_call": {"name": "search", "args": {"q": "cats"}}},
        "Is this correct?",
        ANY,
        [('{"action": "continue"}', {"action": "continue"})],
        [],
        {"tool_call": {"name": "search", "args": {"q": "cats"}}},
    ),
    Case(
        "LangGraph tutorial: human_assistance",
        {"query": "I need expert guidance"},
        "I need expert guidance",
        ANY,
        [('{"data": "Use LangGraph."}', {"data": "Use LangGraph."})],
    ),
    Case(
        "LangGraph, interrupts: approve an action",
        {"question": "Do you want to proceed?", "details": {"amount": 500, "to": "Ann"}},
        "Do you want to proceed?",
        ANY,
        [("true", True), ("false", False)],
        [("n", "decision or a text")],
        {"details": {"amount": 500, "to": "Ann"}},
    ),
    Case(
        "LangGraph, interrupts: in a tool",
        {"action": "send_email", **SEND, "message": "Approve sending this email?"},
        "Approve sending this email?",
        ANY,
        [('{"action": "approve", "to": "b"}', {"action": "approve", "to": "b"})],
        [],
        {"action": "send_email", **SEND},
    ),
    Case(
        "LangGraph, interrupts: validate in a loop",
        "'thirty' is not a valid age. Please enter a positive number.",
        "'thirty' is not a valid age. Please enter a positive number.",
        ANY,
        [("30", 30)],
    ),
    Case(
        "LangGraph, tools: book_hotel",
        "Trying to call `book_hotel` with args {'hotel_name': 'Ritz'}. Please approve.",
        "Trying to call `book_hotel` with args {'hotel_name': 'Ritz'}. Please approve.",
        ANY,
        [('{"type": "accept"}', {"type": "accept"})],
    ),
    Case(
        "LangGraph, SQL agent: a request without `action_request`",
        [{"action": "run_query", "args": {"q": "select 1"}, "description": "Please review"}],
        "`review` waits for an answer.",
        ANY,
        [('{"type": "accept"}', {"type": "accept"})],
        [],
        [{"action": "run_query", "args": {"q": "select 1"}, "description": "Please review"}],
    ),
    Case(
        "LangGraph, parallel: a number", 7, "`review` waits for an answer.", ANY, [("8", 8)], [], 7
    ),
    Case(
        "LangGraph, multiple interrupts: a list",
        ["a", "b"],
        "`review` waits for an answer.",
        ANY,
        [("[1]", [1])],
        [],
        ["a", "b"],
    ),
]

LANGCHAIN = [
    Case(
        "LangChain: one action",
        hitl(("rm", {"path": "x"}, ["approve", "reject"])),
        "Decide on `rm`.",
        ["1: choice approve|reject", "1.message: text?"],
        [
            ("approve", approval(APPROVE)),
            ("yes", approval(APPROVE)),
            ("no", approval(REJECT)),
            ({"1": "reject"}, approval(REJECT)),
            ({"1": "reject", "1.message": "not mine"}, approval({**REJECT, "message": "not mine"})),
            (
                '{"decisions": [{"type": "reject", "message": ""}]}',
                approval({**REJECT, "message": ""}),
            ),
        ],
        [
            ("edit", "`1` is `edit`; it must be one of approve, reject"),
            ("7", "one of approve, reject"),
            ('{"decisions": [{"type": "edit"}]}', "`1` is `edit`"),
            ('{"decisions": []}', "`1` is missing"),
            ('{"decisions": "approve"}', "`1` is missing"),
            (
                '{"decisions": [{"type": "approve"}, {"type": "approve"}]}',
                "`decisions.1` has no place",
            ),
            ('{"decisions": [{"type": "approve", "note": 1}]}', "`decisions.0.note` has no place"),
            ('{"decision": "approve"}', "did you mean `decisions`?"),
            ('[{"type": "approve"}]', 'must be a JSON object|{"decisions": [{"type": "approve"}]}'),
            ("{approve}", "must be a JSON object"),
            ({"1": "approve", "1.message": "x"}, "not asked for here (only when `1` is `reject`)"),
            ({"1.message": "x"}, "`1` is missing"),
            ({"2": "approve"}, "`2` is no field"),
        ],
        {"action": "rm", "arguments": {"path": "x"}},
    ),
    Case(
        "LangChain: two actions",
        hitl(("send", SEND, ["approve", "edit"]), ("rm", {}, ["reject"])),
        "Decide on `send`, `rm`.",
        [
            "1: choice approve|edit",
            '1.args: json ={"to": "a@example.org", "body": "Hi"}',
            "2: choice reject",
            "2.message: text?",
        ],
        [
            ({"1": "approve", "2": "no"}, approval(APPROVE, REJECT)),
            (
                {"1": "edit", "1.args": '{"to": "b"}', "2": "reject"},
                approval(
                    {"type": "edit", "edited_action": {"name": "send", "args": {"to": "b"}}}, REJECT
                ),
            ),
            (
                {"1": "edit", "2": "reject"},
                approval({"type": "edit", "edited_action": {"name": "send", "args": SEND}}, REJECT),
            ),
        ],
        [
            ("approve", "`2` is missing"),
            ({"1": "approve"}, "`2` is missing|it takes one of `reject`"),
            ({"1": "edit", "1.args": "[1]", "2": "no"}, "`1.args` breaks the rule `type`"),
            ({"1": "edit", "1.args": "{", "2": "no"}, "`1.args` must be JSON"),
            (
                '{"decisions": [{"type": "edit", "edited_action": {"args": {}}}, '
                '{"type": "reject"}]}',
                "`1.name` is missing",
            ),
        ],
        {
            "1. action": "send",
            "1. arguments": SEND,
            "2. action": "rm",
            "2. arguments": {},
        },
    ),
    Case(
        "LangChain: edit with a schema of the arguments",
        hitl(("send", SEND, ALL), args_schema={**SEND_SCHEMA, "maxProperties": 2}),
        "Decide on `send`.",
        [
            "1: choice approve|edit|reject|respond",
            "1.args.to: text =a@example.org",
            "1.args.body: text =Hi",
            "1.args.copies: integer?",
            "1.message: text?",
            "1.response: text",
        ],
        [
            (
                {"1": "edit", "1.args.to": "bob"},
                approval(
                    {
                        "type": "edit",
                        "edited_action": {"name": "send", "args": {**SEND, "to": "bob"}},
                    }
                ),
            ),
            (
                '{"decisions": [{"type": "edit", "edited_action": '
                '{"name": "post", "args": {"to": "bob", "body": "x"}}}]}',
                approval(
                    {
                        "type": "edit",
                        "edited_action": {"name": "post", "args": {"to": "bob", "body": "x"}},
                    }
                ),
            ),
            (
                {"1": "respond", "1.response": "Done."},
                approval({"type": "respond", "message": "Done."}),
            ),
        ],
        [
            ({"1": "edit", "1.args.to": "b"}, "`1.args.to` has 1 character; it needs at least 3"),
            (
                {"1": "edit", "1.args.copies": "x"},
                "`1.args.copies` is `x`; it must be a whole number",
            ),
            ({"1": "edit", "1.args.copies": "3"}, "`1.args` breaks the rule `maxProperties`"),
            ({"1": "edit", "1.name": "rm"}, "`1.name` is no field"),
            ("respond", "`1.response` is missing"),
            (
                '{"decisions": [{"type": "edit", "edited_action": '
                '{"name": "send", "args": {"to": "bob"}}}]}',
                "`1.args.body` is missing",
            ),
        ],
        {"action": "send", "arguments": SEND},
    ),
    Case(
        "LangChain: no review config",
        {"action_requests": [{"name": "rm", "args": {}, "description": "D"}], "run": 4},
        "Decide on `rm`.",
        ["1: choice approve|edit|reject", "1.args: json ={}", "1.message: text?"],
        [("approve", approval(APPROVE))],
        [("respond", "one of approve, edit, reject")],
        {"action": "rm", "arguments": {}, "description": "D", "run": 4},
    ),
    Case(
        "LangChain: a decision that nobody knows yet",
        hitl(("rm", {}, ["approve", "postpone"])),
        "Decide on `rm`.",
        ["1: choice approve|postpone"],
        [("postpone", approval({"type": "postpone"}))],
        [],
        {"action": "rm", "arguments": {}},
    ),
    Case(
        "LangChain: action requests of the wrong type are only shown",
        {"action_requests": [{"name": 5}], "message": "m"},
        "m",
        ANY,
        [("1", 1)],
        [],
        {"action_requests": [{"name": 5}]},
    ),
    Case(
        "LangChain: per call, without a schema",
        {"type": "tool_approval", "tool_call_id": "c1", "name": "rm", "args": {"p": 1}},
        "Decide on `rm`.",
        ["decision: choice approve|edit|reject", 'args: json ={"p": 1}', "message: text?"],
        [
            ("yes", APPROVE),
            ("reject", REJECT),
            ({"decision": "no", "message": "mine"}, {**REJECT, "message": "mine"}),
            ('{"type": "approve"}', APPROVE),
        ],
        [
            ("later", "`decision` is `later`"),
            ('{"decisions": []}', "`decision` is missing|it takes one of `approve`"),
        ],
        {"action": "rm", "arguments": {"p": 1}, "tool_call_id": "c1"},
    ),
]

INBOX = [
    Case(
        "LangGraph, HumanInterrupt in a list",
        [inbox("rm", {"p": 1}, "accept edit respond ignore", description="**Look**")],
        "Decide on `rm`.",
        ["1: choice accept|edit|response|ignore", '1.args: json ={"p": 1}', "1.response: text"],
        [
            ("accept", [{"type": "accept", "args": None}]),
            ("yes", [{"type": "accept", "args": None}]),
            ("ignore", [{"type": "ignore", "args": None}]),
            ({"1": "response", "1.response": "why?"}, [{"type": "response", "args": "why?"}]),
            (
                {"1": "edit", "1.args": '{"p": 2}'},
                [{"type": "edit", "args": {"action": "rm", "args": {"p": 2}}}],
            ),
            (
                '[{"type": "accept", "args": {"action": "rm", "args": {"p": 1}}}]',
                [{"type": "accept", "args": {"action": "rm", "args": {"p": 1}}}],
            ),
        ],
        [
            ("no", "it must be one of accept, edit, response, ignore"),
            ("response", "`1.response` is missing"),
            ('{"type": "accept"}', 'must be a JSON list|[{"type": "accept"}]'),
            ('[{"type": "response", "args": 5}]', "`1.response` is `5`; it must be a text"),
        ],
        {"action": "rm", "arguments": {"p": 1}, "description": "**Look**"},
    ),
    Case(
        "LangGraph, HumanInterrupt alone",
        inbox("Question", {"content": "Which day?"}, "respond ignore"),
        "Decide on `Question`.",
        ["decision: choice response|ignore", "response: text"],
        [
            ("ignore", {"type": "ignore", "args": None}),
            (
                {"decision": "response", "response": "Monday"},
                {"type": "response", "args": "Monday"},
            ),
        ],
        [
            ("accept", "one of response, ignore"),
            ({"decision": "accept"}, "one of response, ignore"),
        ],
        {"action": "Question", "arguments": {"content": "Which day?"}},
    ),
    Case(
        "Agent inbox: two in a list",
        [inbox("a", {}, "accept"), inbox("b", {}, "accept ignore")],
        "Decide on `a`, `b`.",
        ["1: choice accept", "2: choice accept|ignore"],
        [
            (
                {"1": "accept", "2": "ignore"},
                [{"type": "accept", "args": None}, {"type": "ignore", "args": None}],
            )
        ],
        [("accept", "`2` is missing")],
        {"1. action": "a", "1. arguments": {}, "2. action": "b", "2. arguments": {}},
    ),
    Case(
        "Agent inbox: without a config everything is allowed",
        [{"action_request": {"action": "book", "args": {}}, "description": "Check the price"}],
        "Decide on `book`.",
        ["1: choice accept|edit|response|ignore", "1.args: json ={}", "1.response: text"],
        [("accept", [{"type": "accept", "args": None}])],
        [],
        {"action": "book", "arguments": {}, "description": "Check the price"},
    ),
    Case(
        "Agent inbox: nothing is allowed, so it is shown",
        inbox("rm", {}, ""),
        "`review` waits for an answer.",
        ANY,
        [("1", 1)],
        [],
        inbox("rm", {}, ""),
    ),
]

MCP = [
    Case(
        "MCP: text",
        elicit({"name": {**S, "title": "Full name", "minLength": 2, "maxLength": 5}}, "name"),
        "Tell us",
        [ACTION, "name: text"],
        [
            ({"name": "Ann"}, accept(name="Ann")),
            ({"action": "accept", "name": "123"}, accept(name="123")),
            ('{"action": "accept", "content": {"name": "Ann"}}', accept(name="Ann")),
            ("decline", {"action": "decline"}),
            ("no", {"action": "decline"}),
            ("cancel", {"action": "cancel"}),
        ],
        [
            ("accept", "`name` is missing"),
            ("maybe", "`action` is `maybe`; it must be one of accept, decline, cancel"),
            ({"name": "A"}, "`name` has 1 character; it needs at least 2"),
            ({"name": "Annabel"}, "it may have at most 5|for example"),
            (
                {"action": "decline", "name": "Ann"},
                "not asked for here (only when `action` is `accept`)",
            ),
            ('{"name": "Ann"}', "`action` is missing"),
            ('{"action": "accept", "content": {"nmae": "x"}}', "`name` is missing"),
            (
                '{"action": "accept", "content": {"name": "Ann", "x": 1}}',
                "`content.x` has no place",
            ),
            ('{"action": "accept", "content": 5}', "`content` is `5`; it must be a JSON object"),
            ('{"action": "decline", "content": {}}', "`content` has no place"),
        ],
    ),
    Case(
        "MCP: text formats",
        elicit(
            {
                "mail": {**S, "format": "email"},
                "site": {**S, "format": "uri"},
                "day": {**S, "format": "date"},
                "at": {**S, "format": "date-time"},
                "code": {**S, "pattern": "^[A-Z]{3}$"},
            }
        ),
        "Tell us",
        [ACTION, "mail: text?", "site: text?", "day: date?", "at: text?", "code: text?"],
        [
            ("accept", accept()),
            ({"mail": "a@b.co", "code": "ABC"}, accept(mail="a@b.co", code="ABC")),
            ({"day": "2026-01-31"}, accept(day="2026-01-31")),
            ({"at": "2026-01-31T12:00:00Z"}, accept(at="2026-01-31T12:00:00Z")),
            ({"site": "https://example.org"}, accept(site="https://example.org")),
        ],
        [
            (
                {"mail": "nobody"},
                "`mail` is `nobody`; it must be an e-mail address|for example `name@example.org`",
            ),
            ({"site": "not a uri"}, "`site` is `not a uri`; it must be a URL|https://example.org"),
            ({"day": "31.1.2026"}, "must be a date like 2026-01-31"),
            ({"at": "noon"}, "`at` is `noon`; it must be a date and time|2026-01-31T12:00:00Z"),
            ({"code": "abc"}, "`code` breaks the rule `pattern`"),
        ],
    ),
    Case(
        "MCP: numbers and a decision",
        elicit(
            {
                "age": {"type": "integer", "minimum": 18, "maximum": 99},
                "share": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
                "news": {"type": "boolean", "default": False},
            },
            "age",
        ),
        "Tell us",
        [ACTION, "age: integer", "share: number? =0.5", "news: confirm? =false"],
        [
            ({"age": "42"}, accept(age=42, share=0.5, news=False)),
            ({"age": "42", "share": "1", "news": "yes"}, accept(age=42, share=1, news=True)),
        ],
        [
            ({"age": "7"}, "`age` is `7`; it must be at least 18|for example `18`"),
            ({"age": "42.5"}, "must be a whole number"),
            ({"age": "42", "share": "1.5"}, "it must be at most 1"),
            ({"age": "42", "news": "maybe"}, "it must be yes or no"),
        ],
    ),
    Case(
        "MCP: enums, with and without titles, legacy names",
        elicit(
            {
                "size": {**S, "enum": ["s", "m"], "default": "m"},
                "colour": {**S, "oneOf": [{"const": "#f00", "title": "Red"}, {"const": "#0f0"}]},
                "pet": {**S, "enum": ["c", "d"], "enumNames": ["Cat", "Dog"]},
            }
        ),
        "Tell us",
        [ACTION, "size: choice? s|m =m", "colour: choice? #f00|#0f0", "pet: choice? c|d"],
        [
            ({"colour": "Red", "pet": "Dog"}, accept(size="m", colour="#f00", pet="d")),
            ({"size": "s", "colour": "#0f0"}, accept(size="s", colour="#0f0")),
        ],
        [({"size": "l"}, "one of s, m"), ({"colour": "Blue"}, "`colour` is `Blue`")],
    ),
    Case(
        "MCP: several of an enum",
        elicit(
            {
                "tags": {
                    "type": "array",
                    "items": {**S, "enum": ["a", "b", "c"]},
                    "minItems": 1,
                    "maxItems": 2,
                },
                "pets": {
                    "type": "array",
                    "items": {
                        "anyOf": [{"const": "c", "title": "Cat"}, {"const": "d", "title": "Dog"}]
                    },
                    "default": ["d"],
                },
            },
            "tags",
        ),
        "Tell us",
        [ACTION, "tags: choices a|b|c", 'pets: choices? c|d =["d"]'],
        [
            ({"tags": "a, b"}, accept(tags=["a", "b"], pets=["d"])),
            ({"tags": '["c"]', "pets": "Cat, Dog"}, accept(tags=["c"], pets=["c", "d"])),
        ],
        [
            ({"tags": ""}, "`tags` has 0 options; it needs at least 1"),
            ({"tags": "a,b,c"}, "has 3 options; it may have at most 2"),
            ({"tags": "a,a"}, "has `a` twice"),
        ],
    ),
    Case(
        "MCP: nothing to fill in, only a yes or no",
        elicit({}, message="Delete all?"),
        "Delete all?",
        [ACTION],
        [("accept", accept()), ("yes", accept()), ("decline", {"action": "decline"})],
        [("delete", "one of accept, decline, cancel")],
    ),
    Case(
        "MCP: fields called like our own",
        elicit({"action": S, "content": S}),
        "Tell us",
        [ACTION, "content.action: text?", "content.content: text?"],
        [({"content.action": "x"}, accept(action="x"))],
    ),
    Case(
        "MCP: as Python types write it, with more keys",
        {"message": "m", "requested_schema": {"properties": {"a": S}}, "task": {"ttl": 5}},
        "m",
        [ACTION, "a: text?"],
        [({"a": "1"}, accept(a="1"))],
        [],
        {"task": {"ttl": 5}},
    ),
    Case(
        "MCP: an address to be opened",
        {"mode": "url", "message": "Log in", "url": "https://example.org", "elicitationId": "e"},
        "Log in",
        [ACTION],
        [("accept", {"action": "accept"}), ("decline", {"action": "decline"})],
        [('{"action": "accept", "content": {}}', "`content` has no place")],
        {"url": "https://example.org", "elicitationId": "e"},
    ),
    Case(
        "MCP: a schema that is none is shown",
        {"message": "m", "requestedSchema": {"type": 5, "properties": {"a": S}}},
        "m",
        ANY,
        [("1", 1)],
        [],
        {"requestedSchema": {"type": 5, "properties": {"a": S}}},
    ),
]

HABITS = [
    Case(
        "habit: options",
        {"question": "Deploy?", "options": ["now", "later"], "default": "later"},
        "Deploy?",
        ["choice now|later =later"],
        [("now", "now")],
        [("nwo", "did you mean `now`?")],
    ),
    Case(
        "habit: options with labels",
        {
            "message": "Size",
            "options": [{"value": 1, "label": "Small"}, {"value": 2, "label": "Big"}],
        },
        "Size",
        ["choice 1|2"],
        [("1", 1), ("Big", 2)],
        [("3", "one of 1, 2")],
    ),
    Case(
        "habit: choices that are a yes or no",
        {"prompt": "Go on?", "choices": [True, False]},
        "Go on?",
        ["confirm"],
        [("yes", True), ("false", False)],
        [("perhaps", "must be yes or no")],
    ),
    Case(
        "habit: a type",
        {"type": "approval", "message": "Approve the plan?", "plan": ["a", "b"]},
        "Approve the plan?",
        ["confirm"],
        [("y", True)],
        [("approve", "must be yes or no")],
        {"plan": ["a", "b"]},
    ),
    Case(
        "habit: a number with a default",
        {"text": "How many?", "type": "integer", "default": 3},
        "How many?",
        ["integer =3"],
        [("4", 4)],
        [("four", "must be a whole number")],
    ),
    Case(
        "habit: a default that is a yes",
        {"title": "Send?", "default": True},
        "Send?",
        ["confirm =true"],
        [("no", False)],
    ),
    Case(
        "habit: a draft",
        {"description": "Check the mail", "draft": "Dear Ann", "to": "ann@example.org"},
        "Check the mail",
        ["long_text =Dear Ann"],
        [("Dear Bob", "Dear Bob")],
        [],
        {"to": "ann@example.org"},
    ),
    Case(
        "habit: none",
        {"amount": 12.5, "account": "X"},
        "`review` waits for an answer.",
        ANY,
        [("true", True)],
        [("no", "decision or a text")],
        {"amount": 12.5, "account": "X"},
    ),
]

DECLARED = [
    Case(
        "schema: text", "Name?", "Name?", ["text"], [("true", "true"), ("1.10", "1.10")], schema=S
    ),
    Case(
        "schema: a choice with titles",
        {"message": "m"},
        "m",
        ["choice 1|2"],
        [("One", 1), ("2", 2)],
        [("3", "one of 1, 2")],
        schema={"oneOf": [{"const": 1, "title": "One"}, {"const": 2, "title": "Two"}]},
    ),
    Case(
        "schema: an object with an object inside",
        {"message": "Where?"},
        "Where?",
        ["who: text", "address.street: text", "address.floor: integer?"],
        [
            (
                {"who": "Ann", "address.street": "Main"},
                {"who": "Ann", "address": {"street": "Main"}},
            ),
            (
                '{"who": "Ann", "address": {"street": "Main", "floor": 2, "extra": [1]}}',
                {"who": "Ann", "address": {"street": "Main", "floor": 2, "extra": [1]}},
            ),
        ],
        [
            ({"who": "Ann"}, "`address.street` is missing"),
            ('{"who": "Ann"}', "`address` is missing"),
            ('{"who": "Ann", "address": []}', "`address` is `[]`; it must be a JSON object"),
            (
                {"who": "Ann", "address.street": "M", "address.floor": "up"},
                "`address.floor` is `up`",
            ),
        ],
        schema={
            "type": "object",
            "properties": {
                "who": S,
                "address": {
                    "type": "object",
                    "properties": {"street": S, "floor": {"type": "integer"}},
                    "required": ["street"],
                },
            },
            "required": ["who", "address"],
        },
    ),
    Case(
        "schema: stands above every shape but tool_approval",
        elicit({"name": S}),
        "Tell us",
        ["integer"],
        [("4", 4)],
        [("accept", "must be a whole number")],
        {"mode": "form", "requestedSchema": elicit({"name": S})["requestedSchema"]},
        {"type": "integer"},
    ),
]

CASES = [*LANGGRAPH, *LANGCHAIN, *INBOX, *MCP, *HABITS, *DECLARED]
