"""completions/graphcli.bash."""

from __future__ import annotations

from collections.abc import Sequence

from tests.completions.tree import Value, Verb

_HEAD = r"""# bash completion for graphcli; bash 3.2 and later. Made by: python -m tests.completions
#
# Ids and names come from `graphcli` as they are: they are never expanded, matched or run.

_graphcli_take() {
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_graphcli_words() { _graphcli_take < <(compgen -W "$1" -- "$cur"); }

_graphcli_files() {
    compopt -o filenames 2>/dev/null
    _graphcli_take < <(compgen -f -- "$cur")
}

_graphcli_threads() { _graphcli_take < <(command graphcli __ids "$at$cur" "$storage" 2>/dev/null); }

_graphcli_names() { _graphcli_take < <(command graphcli __graphs "$cur" 2>/dev/null); }

_graphcli_graphs() {
    local file
    _graphcli_names
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
        case $file in *.yaml|*.yml|*.py) COMPREPLY+=("$file") ;;
        *) if [[ -d $file ]]; then COMPREPLY+=("$file"); fi ;; esac
    done < <(compgen -f -- "$cur")
}

_graphcli() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local verb=${COMP_WORDS[1]} storage="" flags="" valued="" at="" count=0 word i
    COMPREPLY=()
    # `--output=json` comes as three words; `@latest` as two, and all of it is replaced.
    if [[ $cur == "=" ]]; then cur=""
    elif [[ $prev == "=" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == "@" ]]; then cur="" at="@"
    elif [[ $prev == "@" ]]; then prev=${COMP_WORDS[COMP_CWORD-2]} at="@"; fi
    if [[ $COMP_CWORD -eq 1 ]]; then
"""
_TAIL = r"""    for ((i = 2; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -* && " $valued " == *" $word "* ]]; then
            if [[ ${COMP_WORDS[i+1]} == "=" ]]; then ((i++)); fi
            ((i++))
            if [[ $word == --storage && $i -lt $COMP_CWORD ]]; then storage=${COMP_WORDS[i]}; fi
        elif [[ $word != -* && $word != "@" ]]; then ((count++)); fi
    done
    case $verb:$prev in
"""


def bash(verbs: Sequence[Verb]) -> str:
    """Return the script for these commands."""
    names = " ".join(verb.name for verb in verbs)
    lines = [f'        _graphcli_words "{names} --help --version"', "        return", "    fi"]
    lines += ["    case $verb in"]
    for verb in verbs:
        lines += [f'        {verb.name}) flags="{" ".join(verb.names)}"']
        lines += [f'            valued="{" ".join(verb.valued)}" ;;']
    lines += ["        *) return ;;", "    esac"]
    return _HEAD + "\n".join(lines) + "\n" + _TAIL + "\n".join(_values(verbs)) + "\n"


def _values(verbs: Sequence[Verb]) -> list[str]:
    lines = [line for verb in verbs for line in _flag_values(verb)]
    lines += ["    esac"]
    lines += ['    if [[ $cur == -* ]]; then _graphcli_words "$flags"; return; fi']
    lines += ["    case $verb:$count in"]
    lines += [line for verb in verbs for line in _arguments(verb)]
    return [*lines, "    esac", "}", "", "complete -F _graphcli graphcli"]


def _flag_values(verb: Verb) -> list[str]:
    return [
        f"        {'|'.join(f'{verb.name}:{name}' for name in flag.names)})"
        f" {_offer(flag.value)}; return ;;"
        for flag in verb.flags
        if flag.value
    ]


def _arguments(verb: Verb) -> list[str]:
    if verb.argument is None:
        return []
    return [f"        {verb.name}:{'*' if verb.many else '0'}) {_offer(verb.argument)} ;;"]


def _offer(value: Value) -> str:
    if value.kind == "choices":
        return f'_graphcli_words "{" ".join(value.choices)}"'
    return ":" if value.kind == "nothing" else f"_graphcli_{value.kind}"
