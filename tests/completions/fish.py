"""completions/graphcli.fish."""

from __future__ import annotations

from collections.abc import Sequence

from tests.completions.tree import Flag, Value, Verb

_HEAD = r"""# fish completion for graphcli. Made by: python -m tests.completions
#
# Ids and names come from `graphcli` as they are: fish offers lines, and expands none of them.

function __graphcli_storage
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case --storage
                set -l next (math $i + 1)
                test $next -le (count $words); and echo -- $words[$next]
            case '--storage=*'
                string replace -- --storage= '' $words[$i]
        end
    end
end

function __graphcli_threads
    set -l storage (__graphcli_storage)
    command graphcli __ids (commandline -ct) "$storage[-1]" 2>/dev/null
end

function __graphcli_names
    command graphcli __graphs (commandline -ct) 2>/dev/null
end

function __graphcli_graphs
    __graphcli_names
    __fish_complete_suffix .yaml
    __fish_complete_suffix .yml
    __fish_complete_suffix .py
end

complete -c graphcli -f
complete -c graphcli -n __fish_use_subcommand -l version -d 'Print the version and exit.'
complete -c graphcli -n __fish_use_subcommand -s h -l help -d 'Show this message and exit.'
"""


def fish(verbs: Sequence[Verb]) -> str:
    """Return the script for these commands."""
    return _HEAD + "".join(line + "\n" for verb in verbs for line in _verb(verb))


def _verb(verb: Verb) -> list[str]:
    here = f"complete -c graphcli -n '__fish_seen_subcommand_from {verb.name}'"
    lines = [
        f"complete -c graphcli -n __fish_use_subcommand -a {verb.name} -d {_quoted(verb.help)}"
    ]
    lines += [
        f"{here} {_names(flag)}{_taken(flag.value)} -d {_quoted(flag.help)}" for flag in verb.flags
    ]
    if verb.argument is not None:
        lines.append(f"{here}{_offered(verb.argument)}")
    return lines


def _names(flag: Flag) -> str:
    return " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in flag.names)


def _taken(value: Value | None) -> str:
    return "" if value is None else f" -r{_offered(value)}"


def _offered(value: Value) -> str:
    if value.kind == "files":
        return " -F"
    if value.kind == "nothing":
        return " -f"
    choices = " ".join(value.choices) if value.kind == "choices" else f"(__graphcli_{value.kind})"
    return f" -f -a {_quoted(choices)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
