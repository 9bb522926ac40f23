# Completion of seededit for fish. `seededit __complete` knows what fits; it only reads, and never connects.

# Finds what the current word can become. Fails where fish's own completion of files is wanted.
function __seededit_complete
    set -g __seededit_candidates
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -e words[1]
    type -q -- "$program"; or set program seededit

    set -l lines (command $program __complete -- $words "$typed" 2>/dev/null)
    set -l directive $lines[-1]
    switch "$directive"
        case :nothing
            set -e lines[-1]
            set -g __seededit_candidates $lines
        case :directories
            set -l value (string replace -r -- '^--[^=]*=' '' "$typed")
            set -l prefix (string match -r -- '^--[^=]*=' "$typed"; or echo '')
            set -g __seededit_candidates "$prefix"(__fish_complete_directories "$value" '')
        case '*'
            return 1
    end
end

complete -c seededit -n __seededit_complete -f -k -a '$__seededit_candidates'
