
use builtin;
use str;

set edit:completion:arg-completer[seededit] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'seededit'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'seededit'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand edit 'Edit pictures'
            cand batch 'Run many edits from a file, and only what is left of them when run again'
            cand recover 'Finish what was paid for and not delivered, and settle what is not known'
            cand merge 'Put an edited picture back into its full-size original'
            cand history 'Say what was asked, what it cost, and where it went'
            cand inspect 'Say what a picture is, whether the service takes it, and the size that will come back'
            cand config 'Show and change settings'
            cand auth 'Store, remove and check the API key'
            cand sandbox 'Run the offline stand-in for the service'
            cand completions 'Print the completions for a shell'
            cand man 'Print the manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;edit'= {
            cand -p 'The instruction'
            cand --prompt 'The instruction'
            cand --prompt-file 'Read the instruction from a file, or from standard input with `-`'
            cand --then 'Edit the result again with this instruction; may be given several times'
            cand -n 'So many variations of each picture, with consecutive seeds [default: 1]'
            cand --count 'So many variations of each picture, with consecutive seeds [default: 1]'
            cand --seed 'Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]'
            cand -g 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]'
            cand --guidance-scale 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]'
            cand --size 'The size of the result; the service knows one way only'
            cand -m 'The model [default: bytedance/seededit-3.0-i2i]'
            cand --model 'The model [default: bytedance/seededit-3.0-i2i]'
            cand --fit 'How a picture is made to fit that the service would not take as it is'
            cand -o 'Where the result goes: a file, a directory, or `-` for standard output'
            cand --output 'Where the result goes: a file, a directory, or `-` for standard output'
            cand -d 'The directory for results whose names are made here; made when missing'
            cand --out-dir 'The directory for results whose names are made here; made when missing'
            cand --name 'How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]'
            cand --format 'The format of the result [default: from the output''s name, else jpeg]'
            cand --quality 'Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]'
            cand --if-exists 'What to do when the output exists [default: fail for a name you gave, rename for one made here]'
            cand --region 'Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0'
            cand --mask 'Change only what is white in this picture; grey in part'
            cand --threshold 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures'' noise]'
            cand --feather 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]'
            cand --alpha 'What becomes of the original''s transparency: `keep` puts it on the result [default: what was edited is opaque]'
            cand --mask-out 'Write where the result comes from, as PNG or WebP: white is the answer, black the original'
            cand -j 'How many edits are under way at once, 1 to 256 [default: 4]'
            cand --jobs 'How many edits are under way at once, 1 to 256 [default: 4]'
            cand --rpm 'At most so many requests a minute'
            cand --give-up-after 'Stop after so long without a success [default: 5m]'
            cand --max-cost 'Never begin an edit that could bring this run''s cost above so many US dollars'
            cand --price 'What one edit costs, where neither the last ones nor the service''s list say so; where they do, the larger is set aside'
            cand --profile 'Use this profile of the configuration file'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --response-format 'How the service hands over the result [default: the service''s, url]'
            cand --retries 'How often to try again what certainly cost nothing, 0 to 20 [default: 3]'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -R 'Take the pictures in directories, too; -d gets the same tree'
            cand --recursive 'Take the pictures in directories, too; -d gets the same tree'
            cand --keep-steps 'Keep the results of the steps before the last, too, as …-step1.jpg'
            cand --watermark 'Put an invisible watermark on the result [default: the service''s]'
            cand --no-watermark 'Put none on it'
            cand --fetch 'Download a link here and send its bytes, rather than handing the link to the service'
            cand --no-fit 'Send pictures as they are, but for metadata, and refuse those that the service would not take or not show upright'
            cand --keep-metadata 'Send what a picture says of place, time and camera, too [default: it is left out]'
            cand -f 'Replace the output when it exists'
            cand --force 'Replace the output when it exists'
            cand --preserve 'Keep the picture''s own pixels wherever the edit changed nothing, at full size'
            cand --keep-size 'Scale the result to the picture''s own size'
            cand --dry-run 'Show what would be sent, where results would go and what is known of the price; send and write nothing'
            cand --strict 'Fail (exit 3) when most of the picture changed; the result was paid for by then, and is kept'
            cand --reuse 'Take an earlier result of the same picture, instruction, parameters and --seed, if it is there unchanged: nothing is sent or paid'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand --no-progress 'Draw no progress on the terminal'
            cand --fail-fast 'Begin nothing new after the first failure'
            cand --sandbox 'Use the built-in stand-in for the service: no key, no network, no price'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;batch'= {
            cand -p 'The instruction of rows that have none'
            cand --prompt 'The instruction of rows that have none'
            cand --then 'Edit the result again with this instruction; may be given several times'
            cand -n 'So many variations of each picture, with consecutive seeds [default: 1]'
            cand --count 'So many variations of each picture, with consecutive seeds [default: 1]'
            cand --seed 'Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]'
            cand -g 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]'
            cand --guidance-scale 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]'
            cand --size 'The size of the result; the service knows one way only'
            cand -m 'The model [default: bytedance/seededit-3.0-i2i]'
            cand --model 'The model [default: bytedance/seededit-3.0-i2i]'
            cand --fit 'How a picture is made to fit that the service would not take as it is'
            cand -d 'The directory for results whose names are made here; made when missing'
            cand --out-dir 'The directory for results whose names are made here; made when missing'
            cand --name 'How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]'
            cand --format 'The format of the result [default: from the output''s name, else jpeg]'
            cand --quality 'Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]'
            cand --if-exists 'What to do when the output exists [default: fail for a name you gave, rename for one made here]'
            cand --region 'Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0'
            cand --mask 'Change only what is white in this picture; grey in part'
            cand --threshold 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures'' noise]'
            cand --feather 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]'
            cand --alpha 'What becomes of the original''s transparency: `keep` puts it on the result [default: what was edited is opaque]'
            cand --report 'Write one JSON object a line to this file, for each outcome'
            cand -j 'How many edits are under way at once, 1 to 256 [default: 4]'
            cand --jobs 'How many edits are under way at once, 1 to 256 [default: 4]'
            cand --rpm 'At most so many requests a minute'
            cand --give-up-after 'Stop after so long without a success [default: 5m]'
            cand --max-cost 'Never begin an edit that could bring this run''s cost above so many US dollars'
            cand --price 'What one edit costs, where neither the last ones nor the service''s list say so; where they do, the larger is set aside'
            cand --max-jobs 'Begin at most so many of the rows that are left'
            cand --shard 'Run the I-th of N shares of the rows (1/8 is the first of eight); which rows are in it follows from their content'
            cand --profile 'Use this profile of the configuration file'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --response-format 'How the service hands over the result [default: the service''s, url]'
            cand --retries 'How often to try again what certainly cost nothing, 0 to 20 [default: 3]'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --keep-steps 'Keep the results of the steps before the last, too, as …-step1.jpg'
            cand --watermark 'Put an invisible watermark on the result [default: the service''s]'
            cand --no-watermark 'Put none on it'
            cand --fetch 'Download a link here and send its bytes, rather than handing the link to the service'
            cand --no-fit 'Send pictures as they are, but for metadata, and refuse those that the service would not take or not show upright'
            cand --keep-metadata 'Send what a picture says of place, time and camera, too [default: it is left out]'
            cand -f 'Replace the output when it exists'
            cand --force 'Replace the output when it exists'
            cand --preserve 'Keep the picture''s own pixels wherever the edit changed nothing, at full size'
            cand --keep-size 'Scale the result to the picture''s own size'
            cand --dry-run 'Show what would be sent, where results would go and what is known of the price; send and write nothing'
            cand --unordered 'Report results as they come, not in the order of the manifest'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand --no-progress 'Draw no progress on the terminal'
            cand --fail-fast 'Begin nothing new after the first failure'
            cand --redo 'Pay again for what was delivered and is gone or altered on disk, and for what was lost'
            cand --sandbox 'Use the built-in stand-in for the service: no key, no network, no price'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;recover'= {
            cand --to 'Save results in this directory instead of their own places'
            cand --wait 'Keep asking the usage log for so long about what it does not know yet'
            cand --pay-again 'Run a lost or unknown job again, with the same seed, knowing that it may be paid for twice'
            cand --profile 'Use this profile of the configuration file'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --rerun 'Run again what is now known not to have been charged'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand --no-progress 'Draw no progress on the terminal'
            cand --sandbox 'Use the built-in stand-in for the service: no key, no network, no price'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;merge'= {
            cand -o 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly'
            cand --output 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly'
            cand --format 'The format of the result [default: from the output''s name, else jpeg]'
            cand --quality 'The quality of a JPEG, 1 to 100 [default: 95]'
            cand --if-exists 'What to do when the output exists [default: fail]'
            cand --mask-out 'Write where the result comes from, as PNG or WebP: white is the edited picture, black the original'
            cand --threshold 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures'' noise]'
            cand --feather 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]'
            cand --alpha 'What becomes of the original''s transparency: `keep` puts it on the result [default: what was edited is opaque]'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -f 'Replace the output when it exists'
            cand --force 'Replace the output when it exists'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand --strict 'Fail (exit 3) and write nothing when most of the picture changed'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history'= {
            cand -n 'At most so many jobs'
            cand --limit 'At most so many jobs'
            cand --since 'Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)'
            cand --status 'In this state'
            cand --grep 'With this text in the instruction or a file name, in any case'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --cost 'What was spent each day, each month and in all, in place of the list'
            cand --sandbox 'The journal of the sandbox'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List jobs, newest first'
            cand show 'Tell everything about a job'
            cand forget 'Remove entries of jobs that were delivered or refused'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;history;list'= {
            cand -n 'At most so many jobs'
            cand --limit 'At most so many jobs'
            cand --since 'Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)'
            cand --status 'In this state'
            cand --grep 'With this text in the instruction or a file name, in any case'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --cost 'What was spent each day, each month and in all, in place of the list'
            cand --sandbox 'The journal of the sandbox'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;show'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand --sandbox 'The journal of the sandbox'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;forget'= {
            cand --before 'All that were begun before this time: a date, a date and time, or how long ago'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -y 'Do not ask for confirmation; required where nobody can be asked'
            cand --yes 'Do not ask for confirmation; required where nobody can be asked'
            cand --sandbox 'The journal of the sandbox'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;help'= {
            cand list 'List jobs, newest first'
            cand show 'Tell everything about a job'
            cand forget 'Remove entries of jobs that were delivered or refused'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;history;help;list'= {
        }
        &'seededit;history;help;show'= {
        }
        &'seededit;history;help;forget'= {
        }
        &'seededit;history;help;help'= {
        }
        &'seededit;inspect'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand get 'Print the value of a setting'
            cand set 'Write a setting to the configuration file; comments in it are kept'
            cand unset 'Remove a setting from the configuration file'
            cand list 'Show every setting, its value, and where that came from'
            cand path 'Print where the configuration file lies'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;config;get'= {
            cand --profile 'Use this profile of the configuration file'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;set'= {
            cand --profile 'Write it to this profile, which is made when missing'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;unset'= {
            cand --profile 'Remove it from this profile'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;list'= {
            cand --profile 'Use this profile of the configuration file'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;path'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;help'= {
            cand get 'Print the value of a setting'
            cand set 'Write a setting to the configuration file; comments in it are kept'
            cand unset 'Remove a setting from the configuration file'
            cand list 'Show every setting, its value, and where that came from'
            cand path 'Print where the configuration file lies'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;config;help;get'= {
        }
        &'seededit;config;help;set'= {
        }
        &'seededit;config;help;unset'= {
        }
        &'seededit;config;help;list'= {
        }
        &'seededit;config;help;path'= {
        }
        &'seededit;config;help;help'= {
        }
        &'seededit;auth'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Check a key with the free balance call and store it, readable by you only'
            cand logout 'Remove the stored key'
            cand status 'Say where the key comes from, and its first characters'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;auth;login'= {
            cand --profile 'Use this profile of the configuration file'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --with-token 'Read the key from standard input rather than asking for it'
            cand --no-verify 'Store it without asking the service whether it is good'
            cand --sandbox 'Use the built-in stand-in for the service: no key, no network, no price'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;auth;logout'= {
            cand --profile 'Use this profile of the configuration file'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;auth;status'= {
            cand --profile 'Use this profile of the configuration file'
            cand --color 'When to use colour on standard error [default: auto]'
            cand --json 'Print one JSON object a line on standard output, for each result and each failure'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;auth;help'= {
            cand login 'Check a key with the free balance call and store it, readable by you only'
            cand logout 'Remove the stored key'
            cand status 'Say where the key comes from, and its first characters'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;auth;help;login'= {
        }
        &'seededit;auth;help;logout'= {
        }
        &'seededit;auth;help;status'= {
        }
        &'seededit;auth;help;help'= {
        }
        &'seededit;sandbox'= {
            cand --listen 'Where to listen; loopback only, port 0 takes a free one'
            cand --fault 'Misbehave: KIND[=ARG][:WHEN] (repeatable; `--help` lists the kinds)'
            cand --fault-seed 'Draw the requests that a percentage strikes from this seed'
            cand --latency 'How long a generation takes, at least'
            cand --link-ttl 'How long a link to a result works'
            cand --log-lag 'How long after a call the usage log lists it'
            cand --retry-after 'Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date'
            cand --price 'The price of one edit'
            cand --balance 'What the account has to spend'
            cand --key 'Let in this made-up key only; never a real one, other users of the machine can see it'
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;completions'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;man'= {
            cand --color 'When to use colour on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Tell each step on standard error; twice, what it carried'
            cand --verbose 'Tell each step on standard error; twice, what it carried'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;help'= {
            cand edit 'Edit pictures'
            cand batch 'Run many edits from a file, and only what is left of them when run again'
            cand recover 'Finish what was paid for and not delivered, and settle what is not known'
            cand merge 'Put an edited picture back into its full-size original'
            cand history 'Say what was asked, what it cost, and where it went'
            cand inspect 'Say what a picture is, whether the service takes it, and the size that will come back'
            cand config 'Show and change settings'
            cand auth 'Store, remove and check the API key'
            cand sandbox 'Run the offline stand-in for the service'
            cand completions 'Print the completions for a shell'
            cand man 'Print the manual page'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;help;edit'= {
        }
        &'seededit;help;batch'= {
        }
        &'seededit;help;recover'= {
        }
        &'seededit;help;merge'= {
        }
        &'seededit;help;history'= {
            cand list 'List jobs, newest first'
            cand show 'Tell everything about a job'
            cand forget 'Remove entries of jobs that were delivered or refused'
        }
        &'seededit;help;history;list'= {
        }
        &'seededit;help;history;show'= {
        }
        &'seededit;help;history;forget'= {
        }
        &'seededit;help;inspect'= {
        }
        &'seededit;help;config'= {
            cand get 'Print the value of a setting'
            cand set 'Write a setting to the configuration file; comments in it are kept'
            cand unset 'Remove a setting from the configuration file'
            cand list 'Show every setting, its value, and where that came from'
            cand path 'Print where the configuration file lies'
        }
        &'seededit;help;config;get'= {
        }
        &'seededit;help;config;set'= {
        }
        &'seededit;help;config;unset'= {
        }
        &'seededit;help;config;list'= {
        }
        &'seededit;help;config;path'= {
        }
        &'seededit;help;auth'= {
            cand login 'Check a key with the free balance call and store it, readable by you only'
            cand logout 'Remove the stored key'
            cand status 'Say where the key comes from, and its first characters'
        }
        &'seededit;help;auth;login'= {
        }
        &'seededit;help;auth;logout'= {
        }
        &'seededit;help;auth;status'= {
        }
        &'seededit;help;sandbox'= {
        }
        &'seededit;help;completions'= {
        }
        &'seededit;help;man'= {
        }
        &'seededit;help;help'= {
        }
    ]
    $completions[$command]
}
