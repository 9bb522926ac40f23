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

complete -c seededit -n "__fish_seededit_needs_command" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_needs_command" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_needs_command" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_needs_command" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "edit" -d 'Edit pictures'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "batch" -d 'Run many edits from a manifest; a second run does what is left'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "recover" -d 'Deliver what was paid for, and find out what is in doubt'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "merge" -d 'Put an edited picture back into its full-size original'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "history" -d 'List past jobs: prompts, costs and files'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "inspect" -d 'Describe a picture, what would be uploaded, and the result\'s size'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "config" -d 'Show and change settings'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "auth" -d 'Store, remove and check the API key'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "sandbox" -d 'Run a local simulated service'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "man" -d 'Print the man page'
complete -c seededit -n "__fish_seededit_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s p -l prompt -d 'What to do, in plain words' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l prompt-file -d 'Read the prompt from a file, or from standard input with `-`' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l then -d 'Edit the result again with this prompt; may be repeated' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s n -l count -d 'The number of variations of each picture, with consecutive seeds [default: 1]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l seed -d 'The seed, 0 to 2147483647; the same picture, prompt and seed give the same result [default: random]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s g -l guidance-scale -d 'How closely to follow the prompt, 1 to 10 [default: the model\'s, 5.5]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l size -d 'The size of the result; the service has one rule only' -r -f -a "adaptive\t'The nearest ratio of the model\'s table, about 1 megapixel'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s m -l model -d 'The model [default: bytedance/seededit-3.0-i2i, which api.aimlapi.com withdrew in January 2026; see `seededit --help`]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l fit -d 'How to prepare a picture that the service would not accept as it is' -r -f -a "convert\t'Rotate it upright, convert it and scale it down'
pad\t'Do that, and extend it if its aspect ratio is refused'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s o -l output -d 'Where the result goes: a file, a directory, or `-` for standard output' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s d -l out-dir -d 'The directory for results; created if missing' -r -f -a "(__fish_complete_directories)"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l name -d 'The template of file names, made of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l format -d 'The format of the result [default: from the output\'s name, else jpeg]' -r -f -a "jpeg\t'Small, with a little loss'
png\t'Without loss'
webp\t'Without loss, smaller'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l quality -d 'Encode a JPEG again with this quality, 1 to 100 [default: keep the service\'s bytes]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l if-exists -d 'What to do if the output exists [default: fail for -o, rename otherwise]' -r -f -a "fail\t'Fail before anything is done'
overwrite\t'Replace it, atomically'
rename\t'Take the next free name: -2, -3, …'
skip\t'Do nothing, and exit with 0'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l region -d 'Change only this part, at full resolution; in pixels or percent: 400x300+100+50 or 50%x50%+0+0' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l mask -d 'Change only what is white in this picture; gray blends' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l threshold -d 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l feather -d 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l alpha -d 'What to do with the original\'s transparency [default: edited parts become opaque]' -r -f -a "keep\t'Apply it to the result'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l mask-out -d 'Write a mask of what changed, as PNG or WebP: white is from the answer, black from the original' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s j -l jobs -d 'The number of edits that run at once, 1 to 256 [default: 4]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l rpm -d 'The most requests per minute, 1 to 60000' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l give-up-after -d 'Stop after this long without a success [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l max-cost -d 'Start no edit that could bring the cost of this run above this amount, in US dollars' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l price -d 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l response-format -d 'How the service returns the result [default: the service\'s, url]' -r -f -a "url\t'As a link that is valid for a day: it can be fetched again'
b64_json\t'Inside the answer, as Base64'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l retries -d 'How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]' -r
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s R -l recursive -d 'Edit the pictures in directories, too; -d gets the same tree'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l keep-steps -d 'Keep the results of earlier steps, too, as …-step1.jpg'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l watermark -d 'Put an invisible watermark on the result [default: the service\'s]'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l no-watermark -d 'Put no watermark on the result'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l fetch -d 'Download links here and upload the pictures, instead of passing the links to the service'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l no-fit -d 'Upload pictures as they are, except for metadata; refuse those that the service would not accept or not show upright'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l keep-metadata -d 'Upload the picture\'s metadata (place, time, camera), too [default: it is removed]'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s f -l force -d 'Replace the output if it exists'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l preserve -d 'Keep the original\'s pixels and size wherever the edit changed nothing'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l keep-size -d 'Scale the result to the original\'s size'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l dry-run -d 'Show what would be sent, where results would go and what they would cost; send and write nothing'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l strict -d 'Fail (exit 3) if most of the picture changed; the result has been paid for by then and is kept'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l reuse -d 'Use the earlier result of the same picture, prompt, parameters and --seed, if it is still there unchanged: nothing is sent or paid'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l no-progress -d 'Draw no progress on the terminal'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l fail-fast -d 'Start nothing new after the first failure'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -l sandbox -d 'Use the built-in simulated service: no key, no network, no cost'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand edit" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s p -l prompt -d 'The prompt of rows that have none' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l then -d 'Edit the result again with this prompt; may be repeated' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s n -l count -d 'The number of variations of each picture, with consecutive seeds [default: 1]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l seed -d 'The seed, 0 to 2147483647; the same picture, prompt and seed give the same result [default: random]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s g -l guidance-scale -d 'How closely to follow the prompt, 1 to 10 [default: the model\'s, 5.5]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l size -d 'The size of the result; the service has one rule only' -r -f -a "adaptive\t'The nearest ratio of the model\'s table, about 1 megapixel'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s m -l model -d 'The model [default: bytedance/seededit-3.0-i2i, which api.aimlapi.com withdrew in January 2026; see `seededit --help`]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l fit -d 'How to prepare a picture that the service would not accept as it is' -r -f -a "convert\t'Rotate it upright, convert it and scale it down'
pad\t'Do that, and extend it if its aspect ratio is refused'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s d -l out-dir -d 'The directory for results; created if missing' -r -f -a "(__fish_complete_directories)"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l name -d 'The template of file names, made of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l format -d 'The format of the result [default: from the output\'s name, else jpeg]' -r -f -a "jpeg\t'Small, with a little loss'
png\t'Without loss'
webp\t'Without loss, smaller'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l quality -d 'Encode a JPEG again with this quality, 1 to 100 [default: keep the service\'s bytes]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l if-exists -d 'What to do if the output exists [default: fail for -o, rename otherwise]' -r -f -a "fail\t'Fail before anything is done'
overwrite\t'Replace it, atomically'
rename\t'Take the next free name: -2, -3, …'
skip\t'Do nothing, and exit with 0'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l region -d 'Change only this part, at full resolution; in pixels or percent: 400x300+100+50 or 50%x50%+0+0' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l mask -d 'Change only what is white in this picture; gray blends' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l threshold -d 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l feather -d 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l alpha -d 'What to do with the original\'s transparency [default: edited parts become opaque]' -r -f -a "keep\t'Apply it to the result'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l report -d 'Write the outcomes to this file, one JSON object per line' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s j -l jobs -d 'The number of edits that run at once, 1 to 256 [default: 4]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l rpm -d 'The most requests per minute, 1 to 60000' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l give-up-after -d 'Stop after this long without a success [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l max-cost -d 'Start no edit that could bring the cost of this run above this amount, in US dollars' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l price -d 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l max-jobs -d 'Start at most N of the rows that are left' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l shard -d 'Run the I-th of N shares of the rows (1/8 is the first of eight); the content of a row decides which share it is in' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l response-format -d 'How the service returns the result [default: the service\'s, url]' -r -f -a "url\t'As a link that is valid for a day: it can be fetched again'
b64_json\t'Inside the answer, as Base64'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l retries -d 'How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]' -r
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l keep-steps -d 'Keep the results of earlier steps, too, as …-step1.jpg'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l watermark -d 'Put an invisible watermark on the result [default: the service\'s]'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l no-watermark -d 'Put no watermark on the result'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l fetch -d 'Download links here and upload the pictures, instead of passing the links to the service'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l no-fit -d 'Upload pictures as they are, except for metadata; refuse those that the service would not accept or not show upright'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l keep-metadata -d 'Upload the picture\'s metadata (place, time, camera), too [default: it is removed]'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s f -l force -d 'Replace the output if it exists'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l preserve -d 'Keep the original\'s pixels and size wherever the edit changed nothing'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l keep-size -d 'Scale the result to the original\'s size'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l dry-run -d 'Show what would be sent, where results would go and what they would cost; send and write nothing'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l unordered -d 'Report results as they arrive, not in the order of the manifest'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l no-progress -d 'Draw no progress on the terminal'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l fail-fast -d 'Start nothing new after the first failure'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l redo -d 'Pay again for results that were lost, or that are gone from disk or changed there'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -l sandbox -d 'Use the built-in simulated service: no key, no network, no cost'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand batch" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l to -d 'Write results to this directory instead of their destinations' -r -f -a "(__fish_complete_directories)"
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l wait -d 'Keep asking the usage log for this long about jobs that it does not list yet' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l pay-again -d 'Run a lost or doubtful job again with the same seed, although it may be paid for twice' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l max-cost -d 'Start no edit that could bring the cost of this run above this amount, in US dollars' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l price -d 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l rerun -d 'Run jobs again that turned out not to have been charged'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l no-progress -d 'Draw no progress on the terminal'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -l sandbox -d 'Use the built-in simulated service: no key, no network, no cost'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand recover" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s o -l output -d 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l format -d 'The format of the result [default: from the output\'s name, else jpeg]' -r -f -a "jpeg\t'Small, with a little loss'
png\t'Without loss'
webp\t'Without loss, smaller'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l quality -d 'The quality of a JPEG, 1 to 100 [default: 95]' -r
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l if-exists -d 'What to do if the output exists [default: fail]' -r -f -a "fail\t'Fail before anything is done'
overwrite\t'Replace it, atomically'
rename\t'Take the next free name: -2, -3, …'
skip\t'Do nothing, and exit with 0'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l mask-out -d 'Write a mask of what changed, as PNG or WebP: white is from the edited picture, black from the original' -r -F
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l threshold -d 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]' -r
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l feather -d 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]' -r
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l alpha -d 'What to do with the original\'s transparency [default: edited parts become opaque]' -r -f -a "keep\t'Apply it to the result'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s f -l force -d 'Replace the output when it exists'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -l strict -d 'Fail (exit 3) and write nothing if most of the picture changed'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand merge" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s n -l limit -d 'The most jobs to list' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l since -d 'Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l status -d 'Only jobs in this state' -r -f -a "intent\t'Planned; nothing was sent'
sent\t'Sent, or about to be'
answered\t'The answer arrived; the result is not yet at its destination'
delivered\t'The result is at its destination'
refused\t'Failed, and certainly not charged'
unknown\t'It may have been charged'
lost\t'Charged, and the result is gone'
handed-on\t'Charged; the result was only the input of the next step'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l grep -d 'With this text in the prompt or a file name; case does not matter' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l cost -d 'Show the cost per day, per month and in total instead of the list'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l sandbox -d 'Use the sandbox\'s journal'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "list" -d 'List jobs, newest first'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "show" -d 'Show everything about a job'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "forget" -d 'Remove entries of jobs that were delivered or refused'
complete -c seededit -n "__fish_seededit_using_subcommand history; and not __fish_seen_subcommand_from list show forget help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s n -l limit -d 'The most jobs to list' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l since -d 'Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l status -d 'Only jobs in this state' -r -f -a "intent\t'Planned; nothing was sent'
sent\t'Sent, or about to be'
answered\t'The answer arrived; the result is not yet at its destination'
delivered\t'The result is at its destination'
refused\t'Failed, and certainly not charged'
unknown\t'It may have been charged'
lost\t'Charged, and the result is gone'
handed-on\t'Charged; the result was only the input of the next step'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l grep -d 'With this text in the prompt or a file name; case does not matter' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l cost -d 'Show the cost per day, per month and in total instead of the list'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l sandbox -d 'Use the sandbox\'s journal'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -l sandbox -d 'Use the sandbox\'s journal'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -l before -d 'All that were started before this time: a date, a date and time, or how long ago' -r
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s y -l yes -d 'Do not ask for confirmation; required where nobody can be asked'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -l sandbox -d 'Use the sandbox\'s journal'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from forget" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "list" -d 'List jobs, newest first'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show everything about a job'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "forget" -d 'Remove entries of jobs that were delivered or refused'
complete -c seededit -n "__fish_seededit_using_subcommand history; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand inspect" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "get" -d 'Print the value of a setting'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "set" -d 'Write a setting to the configuration file; comments in it are kept'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "unset" -d 'Remove a setting from the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "list" -d 'Show all settings, their values, and where these come from'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "path" -d 'Print the path of the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from get" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -l profile -d 'Write it to this profile, which is created if missing' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from set" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -l profile -d 'Remove it from this profile' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from unset" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print the value of a setting'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Write a setting to the configuration file; comments in it are kept'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "unset" -d 'Remove a setting from the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show all settings, their values, and where these come from'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print the path of the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "login" -d 'Check a key with the free balance call, and store it for this user only'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "logout" -d 'Remove the stored key'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "status" -d 'Show where the key comes from, and its first characters'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and not __fish_seen_subcommand_from login logout status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l base-url -d 'The service\'s base URL: https, or plain http to this machine' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l timeout -d 'How long to wait for an answer [default: 5m]' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l connect-timeout -d 'How long to wait for a connection [default: 10s]' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l with-token -d 'Read the key from standard input instead of asking for it'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-verify -d 'Store the key without checking it'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -l sandbox -d 'Use the built-in simulated service: no key, no network, no cost'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from login" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from logout" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -l profile -d 'Use this profile of the configuration file' -r
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -l json -d 'Print JSON on standard output, one object per line'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from status" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "login" -d 'Check a key with the free balance call, and store it for this user only'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "logout" -d 'Remove the stored key'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show where the key comes from, and its first characters'
complete -c seededit -n "__fish_seededit_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l listen -d 'Where to listen; loopback only, port 0 takes a free one' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l fault -d 'Inject a fault: KIND[=ARG][:WHEN] (repeatable; --help lists kinds)' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l fault-seed -d 'The seed that picks the requests hit by a percentage' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l latency -d 'The least time that a generation takes' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l link-ttl -d 'How long a link to a result works' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l log-lag -d 'How long after a call the usage log lists it' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l retry-after -d 'Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l price -d 'The price of one edit' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l balance -d 'The balance of the account' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l key -d 'Accept only this made-up key; never use a real one, since other users can see it' -r
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand sandbox" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand completions" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand man" -l color -d 'When to use color on standard error [default: auto]' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c seededit -n "__fish_seededit_using_subcommand man" -s q -l quiet -d 'Print nothing but errors on standard error'
complete -c seededit -n "__fish_seededit_using_subcommand man" -s v -l verbose -d 'Print each step on standard error; -vv adds requests'
complete -c seededit -n "__fish_seededit_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c seededit -n "__fish_seededit_using_subcommand man" -s V -l version -d 'Print version'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "edit" -d 'Edit pictures'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "batch" -d 'Run many edits from a manifest; a second run does what is left'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "recover" -d 'Deliver what was paid for, and find out what is in doubt'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "merge" -d 'Put an edited picture back into its full-size original'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "history" -d 'List past jobs: prompts, costs and files'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "inspect" -d 'Describe a picture, what would be uploaded, and the result\'s size'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "config" -d 'Show and change settings'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "auth" -d 'Store, remove and check the API key'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "sandbox" -d 'Run a local simulated service'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "man" -d 'Print the man page'
complete -c seededit -n "__fish_seededit_using_subcommand help; and not __fish_seen_subcommand_from edit batch recover merge history inspect config auth sandbox completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "list" -d 'List jobs, newest first'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "show" -d 'Show everything about a job'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from history" -f -a "forget" -d 'Remove entries of jobs that were delivered or refused'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print the value of a setting'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Write a setting to the configuration file; comments in it are kept'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "unset" -d 'Remove a setting from the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "list" -d 'Show all settings, their values, and where these come from'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print the path of the configuration file'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "login" -d 'Check a key with the free balance call, and store it for this user only'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "logout" -d 'Remove the stored key'
complete -c seededit -n "__fish_seededit_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "status" -d 'Show where the key comes from, and its first characters'
