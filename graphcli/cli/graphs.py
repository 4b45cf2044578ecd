"""graphcli show and check: look at a graph without running it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from graphcli.cli.work import Work, at_work
from graphcli.errors import GraphcliError, UsageError
from graphcli.loaders import format_schema, load
from graphcli.render.console import make_console
from graphcli.render.drawing import draw_graph
from graphcli.render.envelope import SCHEMA_VERSION, error_json
from graphcli.render.plain import dumps
from graphcli.text import safe_text

if TYPE_CHECKING:  # by name, in the signatures: see app.py
    import typer

    from graphcli.cli import options as flag


def show(
    graph: flag.GraphArgument,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print Mermaid text instead of a drawing.")
    ] = False,
    expand: Annotated[
        bool, typer.Option("--expand", help="Draw the nodes of subgraphs too.")
    ] = False,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Draw GRAPH in the terminal, or print it as Mermaid text."""
    with at_work("show", storage=storage, output=output, quiet=quiet) as work:
        loaded = load(graph, cwd=work.caller.cwd, looking=True)
        text = loaded.graph.draw_mermaid(xray=expand)
        if output != "human":
            work.reporter.document(
                {
                    "schema_version": SCHEMA_VERSION,
                    "command": "show",
                    "graph": loaded.name,
                    "description": loaded.description,
                    "nodes": list(loaded.graph.node_names),
                    "inputs": dict(loaded.inputs),
                    "mermaid": text,
                    "error": None,
                }
            )
        elif mermaid:
            work.reporter.write(safe_text(text))
        else:
            terminal = work.reporter.terminal
            console = make_console(work.reporter.out, work.caller.environ, terminal=terminal)
            drawing = draw_graph(text, console.look.width, ascii=not console.look.unicode)
            work.reporter.write(f"{drawing}\n")
    return 0


def check(
    graphs: Annotated[
        list[str] | None, typer.Argument(metavar="GRAPH…", help="The graphs to check.")
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of YAML graphs, for editors.")
    ] = False,
    no_input: flag.NoInputFlag = False,  # noqa: ARG001 - every command takes it; this one never asks.
    storage: flag.StorageFlag = None,
    output: flag.OutputFlag = "human",
    quiet: flag.QuietFlag = False,
) -> int:
    """Load each GRAPH and say what is wrong; nothing is run."""
    with at_work("check", storage=storage, output=output, quiet=quiet) as work:
        if schema:
            work.reporter.write(dumps(format_schema(), terminal=True) + "\n")
            return 0
        if not graphs:
            raise UsageError("check needs a GRAPH", "for example graphcli check release.yaml")
        found = {name: _checked(work, name) for name in graphs}
        failed = [error for error in found.values() if error is not None]
        first = error_json(failed[0]) if failed else None
        each = [
            {"graph": name, "error": None if error is None else error_json(error)}
            for name, error in found.items()
        ]
        work.reporter.document(
            {"schema_version": SCHEMA_VERSION, "command": "check", "graphs": each, "error": first}
        )
    return failed[0].exit_code if failed else 0


def _checked(work: Work, name: str) -> GraphcliError | None:
    """Say whether the graph `name` is right; return what is wrong with it."""
    try:
        loaded = load(name, cwd=work.caller.cwd, looking=True)
    except GraphcliError as error:
        work.reporter.tell(error)
        return error
    count = len(loaded.graph.node_names)
    place = _place(loaded.reference, work.caller.cwd)
    work.reporter.say(f"ok: {place}: {count} node{'' if count == 1 else 's'}")
    return None


def _place(reference: str, cwd: Path) -> str:
    path = Path(reference)
    return str(path.relative_to(cwd)) if path.is_relative_to(cwd) else reference
