"""completions/_graphcli, for zsh."""

from __future__ import annotations

from collections.abc import Sequence

from tests.completions.tree import Flag, Value, Verb

_HEAD = r"""#compdef graphcli
# zsh completion for graphcli. Made by: python -m tests.completions
#
# Ids and names come from `graphcli` as they are, without a description: zsh would expand it.

_graphcli_threads() {
  local -a found
  found=("${(@f)$(command graphcli __ids "$PREFIX" "${(Q)opt_args[--storage]}" 2>/dev/null)}")
  found=(${found:#})
  compadd -a found
}

_graphcli_names() {
  local -a found
  found=("${(@f)$(command graphcli __graphs "$PREFIX" 2>/dev/null)}")
  found=(${found:#})
  compadd -a found
}

_graphcli_graphs() {
  _graphcli_names
  _files -g '*.(yaml|yml|py)'
}

_graphcli_commands() {
  local -a commands
  commands=(
"""
_MIDDLE = r"""  )
  _describe command commands
}

_graphcli() {
  local curcontext="$curcontext" state
  local -a line
  typeset -A opt_args
  _arguments -C '(- *)--version[Print the version and exit.]' \
    '(- *)'{--help,-h}'[Show this message and exit.]' \
    '1: :_graphcli_commands' '*:: :->command' && return
  case $line[1] in
"""
_TAIL = r"""  esac
}

# Found in a folder of fpath this file is the function's body; sourced, it registers it.
if [[ $funcstack[1] == _graphcli ]]; then
  _graphcli "$@"
else
  compdef _graphcli graphcli
fi
"""


def zsh(verbs: Sequence[Verb]) -> str:
    """Return the script for these commands."""
    commands = "".join(f"    {_quoted(f'{verb.name}:{verb.help}')}\n" for verb in verbs)
    return _HEAD + commands + _MIDDLE + "".join(map(_verb, verbs)) + _TAIL


def _verb(verb: Verb) -> str:
    specs = [spec for flag in verb.flags for spec in _flag(flag)]
    if verb.argument is not None:
        place = "*" if verb.many else "1"
        specs.append(_quoted(f"{place}:{verb.argument.metavar}:{_action(verb.argument)}"))
    joined = " \\\n        ".join(specs)
    return f"    {verb.name})\n      _arguments \\\n        {joined} ;;\n"


def _flag(flag: Flag) -> list[str]:
    others = "*" if flag.repeats else f"({' '.join(flag.names)})"
    what = f"[{_plain(flag.help)}]"
    if flag.value is not None:
        what += f":{_plain(flag.value.metavar)}:{_action(flag.value)}"
    assigned = [f"{n}=" if flag.value and n.startswith("--") else n for n in flag.names]
    short = [f"{n}+" if flag.value and not n.startswith("--") else n for n in assigned]
    return [_quoted(f"{others}{name}{what}") for name in short]


def _action(value: Value) -> str:
    if value.kind == "choices":
        return f"({' '.join(value.choices)})"
    return {"nothing": " ", "files": "_files"}.get(value.kind, f"_graphcli_{value.kind}")


def _plain(text: str) -> str:
    """Static text inside a spec: what would end its part is marked."""
    for sign in "\\[]:":
        text = text.replace(sign, f"\\{sign}")
    return text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
