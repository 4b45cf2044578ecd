# bash completion for graphcli; bash 3.2 and later. Made by: python -m tests.completions
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
        _graphcli_words "run resume list inbox inspect cancel show check doctor backup delete prune completion --help --version"
        return
    fi
    case $verb in
        run) flags="--set-input -i --input --thread --continue --value --value-file --text --answer --answers --strict --record --break-before --break-after --max-steps --durability --timeout --notify --no-input --storage --output -o --quiet -q --help -h"
            valued="--set-input -i --input --thread --value --value-file --answer --answers --record --break-before --break-after --max-steps --durability --timeout --notify --storage --output -o" ;;
        resume) flags="--value --value-file --text --answer --answers --strict --record --question --if-match --rerun --done --give-up --task --graph --max-steps --durability --timeout --notify --no-input --storage --output -o --quiet -q --help -h"
            valued="--value --value-file --answer --answers --record --question --if-match --done --task --graph --max-steps --durability --timeout --notify --storage --output -o" ;;
        list) flags="--status --graph --limit --no-input --storage --output -o --quiet -q --help -h"
            valued="--status --graph --limit --storage --output -o" ;;
        inbox) flags="--graph --node --limit --no-input --storage --output -o --quiet -q --help -h"
            valued="--graph --node --limit --storage --output -o" ;;
        inspect) flags="--step --full --graph --no-input --storage --output -o --quiet -q --help -h"
            valued="--step --graph --storage --output -o" ;;
        cancel) flags="--no-input --storage --output -o --quiet -q --help -h"
            valued="--storage --output -o" ;;
        show) flags="--mermaid --expand --no-input --storage --output -o --quiet -q --help -h"
            valued="--storage --output -o" ;;
        check) flags="--schema --no-input --storage --output -o --quiet -q --help -h"
            valued="--storage --output -o" ;;
        doctor) flags="--no-input --storage --output -o --quiet -q --help -h"
            valued="--storage --output -o" ;;
        backup) flags="--no-input --storage --output -o --quiet -q --help -h"
            valued="--storage --output -o" ;;
        delete) flags="--status --no-input --storage --output -o --quiet -q --help -h"
            valued="--status --storage --output -o" ;;
        prune) flags="--older-than --keep --status --graph --dry-run --no-input --storage --output -o --quiet -q --help -h"
            valued="--older-than --keep --status --graph --storage --output -o" ;;
        completion) flags="--help -h"
            valued="" ;;
        *) return ;;
    esac
    for ((i = 2; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == -* && " $valued " == *" $word "* ]]; then
            if [[ ${COMP_WORDS[i+1]} == "=" ]]; then ((i++)); fi
            ((i++))
            if [[ $word == --storage && $i -lt $COMP_CWORD ]]; then storage=${COMP_WORDS[i]}; fi
        elif [[ $word != -* && $word != "@" ]]; then ((count++)); fi
    done
    case $verb:$prev in
        run:--set-input|run:-i) :; return ;;
        run:--input) :; return ;;
        run:--thread) :; return ;;
        run:--value) :; return ;;
        run:--value-file) _graphcli_files; return ;;
        run:--answer) :; return ;;
        run:--answers) _graphcli_files; return ;;
        run:--record) _graphcli_files; return ;;
        run:--break-before) :; return ;;
        run:--break-after) :; return ;;
        run:--max-steps) :; return ;;
        run:--durability) _graphcli_words "sync async"; return ;;
        run:--timeout) :; return ;;
        run:--notify) :; return ;;
        run:--storage) _graphcli_files; return ;;
        run:--output|run:-o) _graphcli_words "human json jsonl"; return ;;
        resume:--value) :; return ;;
        resume:--value-file) _graphcli_files; return ;;
        resume:--answer) :; return ;;
        resume:--answers) _graphcli_files; return ;;
        resume:--record) _graphcli_files; return ;;
        resume:--question) :; return ;;
        resume:--if-match) :; return ;;
        resume:--done) :; return ;;
        resume:--task) :; return ;;
        resume:--graph) _graphcli_graphs; return ;;
        resume:--max-steps) :; return ;;
        resume:--durability) _graphcli_words "sync async"; return ;;
        resume:--timeout) :; return ;;
        resume:--notify) :; return ;;
        resume:--storage) _graphcli_files; return ;;
        resume:--output|resume:-o) _graphcli_words "human json jsonl"; return ;;
        list:--status) _graphcli_words "running waiting stopped uncertain failed finished rejected cancelled"; return ;;
        list:--graph) _graphcli_names; return ;;
        list:--limit) :; return ;;
        list:--storage) _graphcli_files; return ;;
        list:--output|list:-o) _graphcli_words "human json jsonl"; return ;;
        inbox:--graph) _graphcli_names; return ;;
        inbox:--node) :; return ;;
        inbox:--limit) :; return ;;
        inbox:--storage) _graphcli_files; return ;;
        inbox:--output|inbox:-o) _graphcli_words "human json jsonl"; return ;;
        inspect:--step) :; return ;;
        inspect:--graph) _graphcli_graphs; return ;;
        inspect:--storage) _graphcli_files; return ;;
        inspect:--output|inspect:-o) _graphcli_words "human json jsonl"; return ;;
        cancel:--storage) _graphcli_files; return ;;
        cancel:--output|cancel:-o) _graphcli_words "human json jsonl"; return ;;
        show:--storage) _graphcli_files; return ;;
        show:--output|show:-o) _graphcli_words "human json jsonl"; return ;;
        check:--storage) _graphcli_files; return ;;
        check:--output|check:-o) _graphcli_words "human json jsonl"; return ;;
        doctor:--storage) _graphcli_files; return ;;
        doctor:--output|doctor:-o) _graphcli_words "human json jsonl"; return ;;
        backup:--storage) _graphcli_files; return ;;
        backup:--output|backup:-o) _graphcli_words "human json jsonl"; return ;;
        delete:--status) :; return ;;
        delete:--storage) _graphcli_files; return ;;
        delete:--output|delete:-o) _graphcli_words "human json jsonl"; return ;;
        prune:--older-than) :; return ;;
        prune:--keep) :; return ;;
        prune:--status) :; return ;;
        prune:--graph) _graphcli_names; return ;;
        prune:--storage) _graphcli_files; return ;;
        prune:--output|prune:-o) _graphcli_words "human json jsonl"; return ;;
    esac
    if [[ $cur == -* ]]; then _graphcli_words "$flags"; return; fi
    case $verb:$count in
        run:0) _graphcli_graphs ;;
        resume:0) _graphcli_threads ;;
        inspect:0) _graphcli_threads ;;
        cancel:0) _graphcli_threads ;;
        show:0) _graphcli_graphs ;;
        check:*) _graphcli_graphs ;;
        backup:0) _graphcli_files ;;
        delete:*) _graphcli_threads ;;
        completion:0) _graphcli_words "bash zsh fish" ;;
    esac
}

complete -F _graphcli graphcli
