# fish completion for graphcli. Made by: python -m tests.completions
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
complete -c graphcli -n __fish_use_subcommand -a run -d 'Run GRAPH on a new thread, and ask when it stops to ask.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l set-input -s i -r -f -d 'One input. Repeatable.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l input -r -f -d 'All inputs as one JSON object.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l thread -r -f -d 'The new thread\'s id.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l continue -d 'Give the finished thread --thread new input.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l value -r -f -d 'The answer to the one open question.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l value-file -r -F -d 'Read the answer from FILE (- is stdin).'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l text -d 'Take the answer as text, never as JSON.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l answer -r -f -d 'An answer for one node; NODE#2 is the second time it asks. Repeatable.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l answers -r -F -d 'Answers by node, as YAML or JSON.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l strict -d 'Ask nobody; a question or an answer that is left over is an error (5).'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l record -r -F -d 'Write each answer to FILE, which --answers takes.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l break-before -r -f -d 'Stop before NODE. Repeatable.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l break-after -r -f -d 'Stop after NODE. Repeatable.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l max-steps -r -f -d 'Stop after N supersteps.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l durability -r -f -a 'sync async' -d 'sync fsyncs every step, async only pauses and ends.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l timeout -r -f -d 'Stop after SECONDS (exit 124).'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l notify -r -f -d 'Run COMMAND when the thread starts to wait, the JSON document on its stdin (default: GRAPHCLI_NOTIFY).'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from run' -f -a '(__graphcli_graphs)'
complete -c graphcli -n __fish_use_subcommand -a resume -d 'Answer THREAD and go on.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l value -r -f -d 'The answer to the one open question.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l value-file -r -F -d 'Read the answer from FILE (- is stdin).'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l text -d 'Take the answer as text, never as JSON.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l answer -r -f -d 'An answer for one node; NODE#2 is the second time it asks. Repeatable.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l answers -r -F -d 'Answers by node, as YAML or JSON.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l strict -d 'Ask nobody; a question or an answer that is left over is an error (5).'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l record -r -F -d 'Write each answer to FILE, which --answers takes.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l question -r -f -d 'The question that is answered.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l if-match -r -f -d 'Answer or settle only what still has this digest.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l rerun -d 'The uncertain task did not run, or may run again.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l done -r -f -d 'It did run, and this is its update.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l give-up -d 'Let the uncertain task fail.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l task -r -f -d 'Which uncertain task is meant.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l graph -r -f -a '(__graphcli_graphs)' -d 'Run this graph, not the recorded one.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l max-steps -r -f -d 'Stop after N supersteps.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l durability -r -f -a 'sync async' -d 'sync fsyncs every step, async only pauses and ends.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l timeout -r -f -d 'Stop after SECONDS (exit 124).'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l notify -r -f -d 'Run COMMAND when the thread starts to wait, the JSON document on its stdin (default: GRAPHCLI_NOTIFY).'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from resume' -f -a '(__graphcli_threads)'
complete -c graphcli -n __fish_use_subcommand -a list -d 'List threads, the last changed first.'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l status -r -f -a 'running waiting stopped uncertain failed finished rejected cancelled' -d 'Only threads of this status.'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l graph -r -f -a '(__graphcli_names)' -d 'Only threads of this graph.'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l limit -r -f -d 'How many, the newest first.'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from list' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n __fish_use_subcommand -a inbox -d 'List what waits for a person, the oldest first, and answer it.'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l graph -r -f -a '(__graphcli_names)' -d 'Only threads of this graph.'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l node -r -f -d 'Only what this node asks (name or path).'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l limit -r -f -d 'List how many, the oldest first.'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from inbox' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n __fish_use_subcommand -a inspect -d 'Show a thread: its state, questions, answers and history.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l step -r -f -d 'As it was after superstep N.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l full -d 'Leave nothing out; on a terminal, in a pager.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l graph -r -f -a '(__graphcli_graphs)' -d 'Load GRAPH; show how it differs and where answers lead. Nothing is run.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from inspect' -f -a '(__graphcli_threads)'
complete -c graphcli -n __fish_use_subcommand -a cancel -d 'End a thread for good; its open questions are withdrawn.'
complete -c graphcli -n '__fish_seen_subcommand_from cancel' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from cancel' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from cancel' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from cancel' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from cancel' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from cancel' -f -a '(__graphcli_threads)'
complete -c graphcli -n __fish_use_subcommand -a show -d 'Draw GRAPH in the terminal, or print it as Mermaid text.'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l mermaid -d 'Print Mermaid text instead of a drawing.'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l expand -d 'Draw the nodes of subgraphs too.'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from show' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from show' -f -a '(__graphcli_graphs)'
complete -c graphcli -n __fish_use_subcommand -a check -d 'Load each GRAPH and say what is wrong; nothing is run.'
complete -c graphcli -n '__fish_seen_subcommand_from check' -l schema -d 'Print the JSON Schema of YAML graphs, for editors.'
complete -c graphcli -n '__fish_seen_subcommand_from check' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from check' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from check' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from check' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from check' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from check' -f -a '(__graphcli_graphs)'
complete -c graphcli -n __fish_use_subcommand -a doctor -d 'Say whether the storage is well, and what to do if not.'
complete -c graphcli -n '__fish_seen_subcommand_from doctor' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from doctor' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from doctor' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from doctor' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from doctor' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n __fish_use_subcommand -a backup -d 'Copy the storage to FILE, also while runs go on.'
complete -c graphcli -n '__fish_seen_subcommand_from backup' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from backup' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from backup' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from backup' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from backup' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from backup' -F
complete -c graphcli -n __fish_use_subcommand -a delete -d 'Delete each THREAD and all that belongs to it, for good.'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -l status -r -f -d 'Delete also what is: waiting, uncertain.'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from delete' -f -a '(__graphcli_threads)'
complete -c graphcli -n __fish_use_subcommand -a prune -d 'Delete old threads: finished, rejected and cancelled ones.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l older-than -r -f -d 'Last changed so long ago: 30d, 12h.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l keep -r -f -d 'Keep the newest N of them.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l status -r -f -d 'Threads of these statuses.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l graph -r -f -a '(__graphcli_names)' -d 'Only threads of this graph.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l dry-run -d 'Say what would be deleted; delete nothing.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l no-input -d 'Never ask: stop at a question with exit code 8.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l storage -r -F -d 'Where threads are kept (default: GRAPHCLI_STORAGE, else the user\'s data directory).'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l output -s o -r -f -a 'human json jsonl' -d 'human, json (one document) or jsonl (events).'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l quiet -s q -d 'Say nothing but errors and questions.'
complete -c graphcli -n '__fish_seen_subcommand_from prune' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n __fish_use_subcommand -a completion -d 'Print what completes graphcli in SHELL.'
complete -c graphcli -n '__fish_seen_subcommand_from completion' -l help -s h -d 'Show this message and exit.'
complete -c graphcli -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'
