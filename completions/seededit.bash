# Completion of seededit for bash. `seededit __complete` knows what fits; it only reads, and never connects.

_seededit() {
    local program=${1-} word line value char directive=:files typed='' joined='' prefix=''
    local -a words=()
    local -i i
    COMPREPLY=()

    # bash cuts words at = and :, which belong to --flag=VALUE, to faults and to links. They are joined again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]-}
        if [[ $word =~ ^[=:]+$ ]]; then
            joined=next
        elif ((i == COMP_CWORD && $# > 1)) && [[ $word == "${2-}"* ]]; then
            word=$2 # without what follows the cursor
        fi
        # bash also cuts the name of a result after its @.
        if ((${#words[@]} > 0)) && [[ ${words[${#words[@]} - 1]} == @ && ${COMP_LINE-} == *" @$word"* ]]; then
            joined=now
        fi
        if [[ -n $joined ]] && ((${#words[@]} > 0)); then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        [[ $joined == next ]] && joined=now || joined=''
    done
    typed=${words[${#words[@]} - 1]-}
    case $typed in
        [\"\']*) local quote=${typed:0:1} ;;
        *) local quote='' ;;
    esac
    words=("${words[@]//[\"\'\\]/}")
    typed=${typed//[\"\'\\]/}

    [[ $program == \~/* ]] && program=$HOME/${program#\~/}
    type -P -- "$program" >/dev/null || program=seededit

    # What precedes the last =, : or @ stays on the line and is not part of the answer.
    for char in = : @; do
        if [[ ${COMP_WORDBREAKS-=:} == *"$char"* && $typed == *"$char"* ]]; then
            value=${typed%"$char"*}$char
            ((${#value} > ${#prefix})) && prefix=$value
        fi
    done

    while IFS= read -r line; do
        case $line in
            :*) directive=$line ;;
            *)
                value=${line%%$'\t'*}
                [[ $value == "$typed"* ]] || continue
                value=${value#"$prefix"}
                case $quote in
                    \') value=${value//\'/\'\\\'\'} ;;
                    \")
                        value=${value//\\/\\\\} value=${value//\"/\\\"}
                        value=${value//\$/\\\$} value=${value//\`/\\\`}
                        ;;
                    *) printf -v value %q "$value" ;;
                esac
                COMPREPLY+=("$value")
                ;;
        esac
    done < <(command "$program" __complete -- "${words[@]}" 2>/dev/null)

    # compopt came with bash 4. Without it, files are offered as well.
    if type -t compopt >/dev/null; then
        case $directive in
            :files) ;;
            :directories) compopt -o dirnames +o default +o bashdefault 2>/dev/null ;;
            *) compopt +o default +o bashdefault 2>/dev/null ;;
        esac
        if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
            compopt -o nospace 2>/dev/null
        fi
    fi
    return 0
}

if [[ ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 || ${BASH_VERSINFO[0]} -gt 4 ]]; then
    complete -F _seededit -o nosort -o bashdefault -o default seededit
else
    complete -F _seededit -o bashdefault -o default seededit
fi
