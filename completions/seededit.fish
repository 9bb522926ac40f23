# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_seededit_global_optspecs
    string join \n q/quiet v/verbose color= h/help V/version
end

function __fish_seededit_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_seededit_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_seededit_using_subcommand
    set -l cmd (__fish_seededit_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c seededit -n "__fish_seededit_needs_command" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_needs_command" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_needs_command" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_needs_command" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "edit" -d 'Edit pictures'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "batch" -d 'Run many edits from a file, and only what is left of them when run again'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "recover" -d 'Finish what was paid for and not delivered, and settle what is not known'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "merge" -d 'Put an edited picture back into its full-size original'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "history" -d 'Say what was asked, what it cost, and where it went'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "inspect" -d 'Say what a picture is, whether the service takes it, and the size that will come back'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "config" -d 'Show and change settings'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "auth" -d 'Store, remove and check the API key'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "sandbox" -d 'Run the offline stand-in for the service'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "man" -d 'Print the manual page'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s p -l prompt -d 'The instruction' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l prompt-file -d 'Read the instruction from a file, or from standard input with `-`' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l then -d 'Edit the result again with this instruction; may be given several times' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s n -l count -d 'So many variations of each picture, with consecutive seeds [default: 1]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l seed -d 'Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s g -l guidance-scale -d 'How closely the instruction is followed, 1 to 10 [default: the model\'s, 5.5]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l size -d 'The size of the result; the service knows one way only' -r -f -a "adaptive\t'The nearest ratio of the model\'s table, about one megapixel'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s m -l model -d 'The model [default: bytedance/seededit-3.0-i2i]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l fit -d 'How a picture is made to fit that the service would not take as it is' -r -f -a "convert\t'Turn it upright, convert it, scale it down'
pad\t'That, and extend it where its shape is refused'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s o -l output -d 'Where the result goes: a file, a directory, or `-` for standard output' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s d -l out-dir -d 'The directory for results whose names are made here; made when missing' -r -f -a "(__fish_complete_directories)"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l name -d 'How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l format -d 'The format of the result [default: from the output\'s name, else jpeg]' -r -f -a "jpeg\t'Small, with a little loss'
png\t'Without loss'
webp\t'Without loss, smaller'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l quality -d 'Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l if-exists -d 'What to do when the output exists [default: fail for a name you gave, rename for one made here]' -r -f -a "fail\t'Refuse, before anything is done'
overwrite\t'Replace it, in one step'
rename\t'Take the next free name: -2, -3, …'
skip\t'Do nothing, successfully'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l region -d 'Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l mask -d 'Change only what is white in this picture; grey in part' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l threshold -d 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures\' noise]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l feather -d 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l alpha -d 'What becomes of the original\'s transparency: `keep` puts it on the result [default: what was edited is opaque]' -r -f -a "keep\t'It stays what it was'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l mask-out -d 'Write where the result comes from, as PNG or WebP: white is the answer, black the original' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s j -l jobs -d 'How many edits are under way at once, 1 to 256 [default: 4]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l rpm -d 'At most so many requests a minute' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l give-up-after -d 'Stop after so long without a success [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l max-cost -d 'Never begin an edit that could bring this run\'s cost above so many US dollars' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l price -d 'What one edit costs, where neither the last ones nor the service\'s list say so; where they do, the larger is set aside' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l response-format -d 'How the service hands over the result [default: the service\'s, url]' -r -f -a "url\t'As a link that is valid for a day: it can be fetched again'
b64_json\t'Inside the answer, as Base64'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l retries -d 'How often to try again what certainly cost nothing, 0 to 20 [default: 3]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s R -l recursive -d 'Take the pictures in directories, too; -d gets the same tree'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l keep-steps -d 'Keep the results of the steps before the last, too, as …-step1.jpg'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l watermark -d 'Put an invisible watermark on the result [default: the service\'s]'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l no-watermark -d 'Put none on it'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l fetch -d 'Download a link here and send its bytes, rather than handing the link to the service'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l no-fit -d 'Send pictures as they are, but for metadata, and refuse those that the service would not take or not show upright'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l keep-metadata -d 'Send what a picture says of place, time and camera, too [default: it is left out]'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s f -l force -d 'Replace the output when it exists'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l preserve -d 'Keep the picture\'s own pixels wherever the edit changed nothing, at full size'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l keep-size -d 'Scale the result to the picture\'s own size'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l dry-run -d 'Show what would be sent, where results would go and what is known of the price; send and write nothing'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l strict -d 'Fail (exit 3) when most of the picture changed; the result was paid for by then, and is kept'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l reuse -d 'Take an earlier result of the same picture, instruction, parameters and --seed, if it is there unchanged: nothing is sent or paid'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l no-progress -d 'Draw no progress on the terminal'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l fail-fast -d 'Begin nothing new after the first failure'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l sandbox -d 'Use the built-in stand-in for the service: no key, no network, no price'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s p -l prompt -d 'The instruction of rows that have none' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l then -d 'Edit the result again with this instruction; may be given several times' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s n -l count -d 'So many variations of each picture, with consecutive seeds [default: 1]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l seed -d 'Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s g -l guidance-scale -d 'How closely the instruction is followed, 1 to 10 [default: the model\'s, 5.5]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l size -d 'The size of the result; the service knows one way only' -r -f -a "adaptive\t'The nearest ratio of the model\'s table, about one megapixel'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s m -l model -d 'The model [default: bytedance/seededit-3.0-i2i]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l fit -d 'How a picture is made to fit that the service would not take as it is' -r -f -a "convert\t'Turn it upright, convert it, scale it down'
pad\t'That, and extend it where its shape is refused'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s d -l out-dir -d 'The directory for results whose names are made here; made when missing' -r -f -a "(__fish_complete_directories)"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l name -d 'How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l format -d 'The format of the result [default: from the output\'s name, else jpeg]' -r -f -a "jpeg\t'Small, with a little loss'
png\t'Without loss'
webp\t'Without loss, smaller'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l quality -d 'Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l if-exists -d 'What to do when the output exists [default: fail for a name you gave, rename for one made here]' -r -f -a "fail\t'Refuse, before anything is done'
overwrite\t'Replace it, in one step'
rename\t'Take the next free name: -2, -3, …'
skip\t'Do nothing, successfully'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l region -d 'Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l mask -d 'Change only what is white in this picture; grey in part' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l threshold -d 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures\' noise]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l feather -d 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l alpha -d 'What becomes of the original\'s transparency: `keep` puts it on the result [default: what was edited is opaque]' -r -f -a "keep\t'It stays what it was'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l report -d 'Write one JSON object a line to this file, for each outcome' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s j -l jobs -d 'How many edits are under way at once, 1 to 256 [default: 4]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l rpm -d 'At most so many requests a minute' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l give-up-after -d 'Stop after so long without a success [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l max-cost -d 'Never begin an edit that could bring this run\'s cost above so many US dollars' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l price -d 'What one edit costs, where neither the last ones nor the service\'s list say so; where they do, the larger is set aside' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l max-jobs -d 'Begin at most so many of the rows that are left' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l shard -d 'Run the I-th of N shares of the rows (1/8 is the first of eight); which rows are in it follows from their content' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l response-format -d 'How the service hands over the result [default: the service\'s, url]' -r -f -a "url\t'As a link that is valid for a day: it can be fetched again'
b64_json\t'Inside the answer, as Base64'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l retries -d 'How often to try again what certainly cost nothing, 0 to 20 [default: 3]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l keep-steps -d 'Keep the results of the steps before the last, too, as …-step1.jpg'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l watermark -d 'Put an invisible watermark on the result [default: the service\'s]'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l no-watermark -d 'Put none on it'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l fetch -d 'Download a link here and send its bytes, rather than handing the link to the service'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l no-fit -d 'Send pictures as they are, but for metadata, and refuse those that the service would not take or not show upright'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l keep-metadata -d 'Send what a picture says of place, time and camera, too [default: it is left out]'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s f -l force -d 'Replace the output when it exists'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l preserve -d 'Keep the picture\'s own pixels wherever the edit changed nothing, at full size'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l keep-size -d 'Scale the result to the picture\'s own size'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l dry-run -d 'Show what would be sent, where results would go and what is known of the price; send and write nothing'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l unordered -d 'Report results as they come, not in the order of the manifest'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l no-progress -d 'Draw no progress on the terminal'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l fail-fast -d 'Begin nothing new after the first failure'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l redo -d 'Pay again for what was delivered and is gone or altered on disk, and for what was lost'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l sandbox -d 'Use the built-in stand-in for the service: no key, no network, no price'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l to -d 'Save results in this directory instead of their own places' -r -f -a "(__fish_complete_directories)"
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l wait -d 'Keep asking the usage log for so long about what it does not know yet' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l pay-again -d 'Run a lost or unknown job again, with the same seed, knowing that it may be paid for twice' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l rerun -d 'Run again what is now known not to have been charged'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l no-progress -d 'Draw no progress on the terminal'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l sandbox -d 'Use the built-in stand-in for the service: no key, no network, no price'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s o -l output -d 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l format -d 'The format of the result [default: from the output\'s name, else jpeg]' -r -f -a "jpeg\t'Small, with a little loss'
png\t'Without loss'
webp\t'Without loss, smaller'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l quality -d 'The quality of a JPEG, 1 to 100 [default: 95]' -r
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l if-exists -d 'What to do when the output exists [default: fail]' -r -f -a "fail\t'Refuse, before anything is done'
overwrite\t'Replace it, in one step'
rename\t'Take the next free name: -2, -3, …'
skip\t'Do nothing, successfully'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l mask-out -d 'Write where the result comes from, as PNG or WebP: white is the edited picture, black the original' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l threshold -d 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures\' noise]' -r
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l feather -d 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]' -r
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l alpha -d 'What becomes of the original\'s transparency: `keep` puts it on the result [default: what was edited is opaque]' -r -f -a "keep\t'It stays what it was'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s f -l force -d 'Replace the output when it exists'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l strict -d 'Fail (exit 3) and write nothing when most of the picture changed'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s n -l limit -d 'At most so many jobs' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l since -d 'Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l status -d 'In this state' -r -f -a "intent\t'Decided on, and nothing of it is under way'
sent\t'A POST went out, or was about to'
answered\t'The answer is here; the result is not yet at its place'
delivered\t'The result is at its place'
refused\t'Not done, and certainly not charged'
unknown\t'It may have been charged'
lost\t'Charged, and no longer to be had'
handed-on\t'Charged, and its result was the next step\'s picture; it was not to be kept'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l grep -d 'With this text in the instruction or a file name, in any case' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l cost -d 'What was spent each day, each month and in all, in place of the list'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l sandbox -d 'The journal of the sandbox'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "list" -d 'List jobs, newest first'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "show" -d 'Tell everything about a job'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "forget" -d 'Remove entries of jobs that were delivered or refused'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s n -l limit -d 'At most so many jobs' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l since -d 'Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l status -d 'In this state' -r -f -a "intent\t'Decided on, and nothing of it is under way'
sent\t'A POST went out, or was about to'
answered\t'The answer is here; the result is not yet at its place'
delivered\t'The result is at its place'
refused\t'Not done, and certainly not charged'
unknown\t'It may have been charged'
lost\t'Charged, and no longer to be had'
handed-on\t'Charged, and its result was the next step\'s picture; it was not to be kept'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l grep -d 'With this text in the instruction or a file name, in any case' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l cost -d 'What was spent each day, each month and in all, in place of the list'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l sandbox -d 'The journal of the sandbox'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -l sandbox -d 'The journal of the sandbox'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -l before -d 'All that were begun before this time: a date, a date and time, or how long ago' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s y -l yes -d 'Do not ask for confirmation; required where nobody can be asked'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -l sandbox -d 'The journal of the sandbox'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "list" -d 'List jobs, newest first'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "show" -d 'Tell everything about a job'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Remove entries of jobs that were delivered or refused'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "get" -d 'Print the value of a setting'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "set" -d 'Write a setting to the configuration file; comments in it are kept'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "unset" -d 'Remove a setting from the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "list" -d 'Show every setting, its value, and where that came from'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "path" -d 'Print where the configuration file lies'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -l profile -d 'Write it to this profile, which is made when missing' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -l profile -d 'Remove it from this profile' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of a setting'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Write a setting to the configuration file; comments in it are kept'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Remove a setting from the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show every setting, its value, and where that came from'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where the configuration file lies'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "login" -d 'Check a key with the free balance call and store it, readable by you only'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "logout" -d 'Remove the stored key'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "status" -d 'Say where the key comes from, and its first characters'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l with-token -d 'Read the key from standard input rather than asking for it'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-verify -d 'Store it without asking the service whether it is good'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l sandbox -d 'Use the built-in stand-in for the service: no key, no network, no price'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON object a line on standard output, for each result and each failure'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "login" -d 'Check a key with the free balance call and store it, readable by you only'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "logout" -d 'Remove the stored key'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "status" -d 'Say where the key comes from, and its first characters'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l listen -d 'Where to listen; loopback only, port 0 takes a free one' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l fault -d 'Misbehave: KIND[=ARG][:WHEN] (repeatable; `--help` lists the kinds)' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l fault-seed -d 'Draw the requests that a percentage strikes from this seed' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l latency -d 'How long a generation takes, at least' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l link-ttl -d 'How long a link to a result works' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l log-lag -d 'How long after a call the usage log lists it' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l retry-after -d 'Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l price -d 'The price of one edit' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l balance -d 'What the account has to spend' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l key -d 'Let in this made-up key only; never a real one, other users of the machine can see it' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand man" -l color -d 'When to use colour on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand man" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand man" -s v -l verbose -d 'Tell each step on standard error; twice, what it carried'
complete -c seededit -n "__fish_seededit_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand man" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "edit" -d 'Edit pictures'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "batch" -d 'Run many edits from a file, and only what is left of them when run again'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "recover" -d 'Finish what was paid for and not delivered, and settle what is not known'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "merge" -d 'Put an edited picture back into its full-size original'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "history" -d 'Say what was asked, what it cost, and where it went'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "inspect" -d 'Say what a picture is, whether the service takes it, and the size that will come back'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "config" -d 'Show and change settings'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "auth" -d 'Store, remove and check the API key'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "sandbox" -d 'Run the offline stand-in for the service'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "completions" -d 'Print the completions for a shell'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "man" -d 'Print the manual page'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "list" -d 'List jobs, newest first'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "show" -d 'Tell everything about a job'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "forget" -d 'Remove entries of jobs that were delivered or refused'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of a setting'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Write a setting to the configuration file; comments in it are kept'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "unset" -d 'Remove a setting from the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "list" -d 'Show every setting, its value, and where that came from'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the configuration file lies'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "login" -d 'Check a key with the free balance call and store it, readable by you only'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "logout" -d 'Remove the stored key'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "status" -d 'Say where the key comes from, and its first characters'
