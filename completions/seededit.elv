
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
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand edit 'Edit pictures'
            cand batch 'Run many edits from a manifest; a second run does what is left'
            cand recover 'Deliver what was paid for, and find out what is in doubt'
            cand merge 'Put an edited picture back into its full-size original'
            cand history 'List past jobs: prompts, costs and files'
            cand inspect 'Describe a picture, what would be uploaded, and the result''s size'
            cand models 'List the models of a service, with what they take and their list prices'
            cand balance 'Show what is left in the account, for free'
            cand doctor 'Check settings, proxy, service, clock, key, model, journal and disk, for free'
            cand config 'Show and change settings'
            cand auth 'Store, remove and check the API key'
            cand sandbox 'Run a local simulated service'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the man page, or that of a command'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;edit'= {
            cand -p 'What to do, in plain words; @FILE reads them from a file'
            cand --prompt 'What to do, in plain words; @FILE reads them from a file'
            cand --prompt-file 'Read the prompt from a file, or from standard input with `-`'
            cand --then 'Edit the result again with this prompt; may be repeated'
            cand -n 'The number of variations of each picture, with consecutive seeds [default: 1]'
            cand --count 'The number of variations of each picture, with consecutive seeds [default: 1]'
            cand --seed 'The seed, for models that take one; the same picture, prompt and seed give the same result [default: random]'
            cand -g 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]'
            cand --guidance-scale 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]'
            cand --negative-prompt 'What the result should not show, for models that take it'
            cand --size 'The size of the result: WIDTHxHEIGHT, a ratio such as 16:9, 1K, 2K, 4K, or `adaptive` [default: the allowed size closest to the picture]'
            cand -m 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]'
            cand --model 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]'
            cand --reference 'Another picture that the prompt can refer to, for models that take several; may be repeated'
            cand --page 'The frame, page or picture to use of a file that has several, from 1 [default: the one that is shown first]'
            cand --fit 'How to prepare a picture that the service would not accept as it is'
            cand -o 'Where the result goes: a file, a directory, or `-` for standard output'
            cand --output 'Where the result goes: a file, a directory, or `-` for standard output'
            cand -d 'The directory for results; created if missing'
            cand --out-dir 'The directory for results; created if missing'
            cand --name 'The template of file names, made of {stem} {name} {seed} {number} {ext} {ext_in} {date} {job}, and in a batch of the columns of the row [default: {stem}-edited.{ext}]'
            cand --format 'The format of the result [default: from the output''s name, else jpeg]'
            cand --quality 'Encode a JPEG again with this quality, 1 to 100 [default: keep the service''s bytes, or the picture''s blocks]'
            cand --if-exists 'What to do if the output exists [default: fail for -o, rename otherwise]'
            cand --region 'Change only this part, at full resolution: X,Y,WxH, two corners X1,Y1:X2,Y2, `center`, center,WxH, or WxH+X+Y; in pixels or percent of the upright picture'
            cand --region-context 'How much around the region is uploaded with it, on each side: pixels, or a percentage of the region [default: a quarter, and enough for a megapixel]'
            cand --mask 'Change only what is white in this picture; gray blends'
            cand --mask-from 'What says where the picture may change: white, or transparent [default: brightness]'
            cand --threshold 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]'
            cand --feather 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]'
            cand --alpha 'What to do with the original''s transparency [default: edited parts become opaque]'
            cand --placement 'Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]'
            cand --detail 'Where fine detail comes from if the whole picture changed [default: auto]'
            cand --metadata 'What results keep of the picture''s metadata [default: keep if the result is the picture with an edit, else safe]'
            cand --mask-out 'Write a mask of what changed, as PNG or WebP: white is from the answer, black from the original'
            cand --overlay 'Write the original with what changed tinted and outlined, as PNG, WebP or JPEG'
            cand -j 'The number of edits that run at once, 1 to 256 [default: 4]'
            cand --jobs 'The number of edits that run at once, 1 to 256 [default: 4]'
            cand --rpm 'The most requests per minute, 1 to 60000'
            cand --give-up-after 'Stop after this long without a success [default: 5m]'
            cand --max-cost 'Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`'
            cand --max-cost-per-day 'Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`'
            cand --confirm-above 'Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail'
            cand --price 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --response-format 'How the service returns the result [default: the service''s, url]'
            cand --retries 'How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]'
            cand --color 'When to use color on standard error [default: auto]'
            cand -R 'Edit the pictures in directories, too; -d gets the same tree'
            cand --recursive 'Edit the pictures in directories, too; -d gets the same tree'
            cand --skip-unreadable 'Continue without pictures that are damaged or in a format that is not read; they are reported, and the exit code is 11 [default: nothing is sent]'
            cand --include-results 'Edit the results of earlier edits again, too; several pictures and -R leave them out otherwise'
            cand --keep-steps 'Keep the results of earlier steps, too, as …-step1.jpg'
            cand --watermark 'Ask for a watermark on the result [default: none]'
            cand --no-watermark 'Ask for no watermark on the result'
            cand --fetch 'Download links here and upload the pictures, instead of passing the links to the service'
            cand --no-fit 'Upload pictures as they are, except for metadata; refuse those that the service would not accept or not show upright'
            cand --keep-metadata 'Upload the picture''s metadata (place, time, camera), too [default: it is removed]'
            cand -f 'Replace the output if it exists'
            cand --force 'Replace the output if it exists'
            cand --keep-answer 'Write the answer beside the result, as the service made it: out.answer.jpg for out.png'
            cand --preserve 'Keep the original''s pixels and size wherever the edit changed nothing'
            cand --keep-size 'Scale the result to the original''s size'
            cand --mask-invert 'Change what the mask protects, and protect the rest'
            cand --keep-times 'Give the result''s file the times of the picture''s file'
            cand --record 'Record the prompt, the model, the seed and the job in the result''s metadata'
            cand --dry-run 'Show what would be sent, where results would go and what they would cost; send and write nothing'
            cand --strict 'Fail (exit 3) if most of the picture changed, or nothing did; the result has been paid for by then and is kept'
            cand --reuse 'Use the earlier result of the same picture, prompt and parameters, if it is still there unchanged: nothing is sent or paid. Nothing is sent either while such an edit is in doubt'
            cand --pay-again 'Pay for new results, even if earlier ones of the same edits exist; the default for a single result'
            cand --json 'Print JSON on standard output, one object per line'
            cand --no-progress 'Draw no progress on the terminal'
            cand --fail-fast 'Start nothing new after the first failure'
            cand -y 'Do not ask, whatever the run is expected to cost'
            cand --yes 'Do not ask, whatever the run is expected to cost'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;batch'= {
            cand -p 'The prompt of rows that have none, with columns of the row in braces: "{color} curtains"; {{ and }} are braces. @FILE reads it from a file'
            cand --prompt 'The prompt of rows that have none, with columns of the row in braces: "{color} curtains"; {{ and }} are braces. @FILE reads it from a file'
            cand --then 'Edit the results again with this prompt, of rows that have no `then`; may be repeated'
            cand -n 'The number of variations of rows that have no count, with consecutive seeds [default: 1]'
            cand --count 'The number of variations of rows that have no count, with consecutive seeds [default: 1]'
            cand --seed 'The seed of rows that have none, 0 to 2147483647; the same picture, prompt and seed give the same result [default: derived from the row, the same in every run]'
            cand -g 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]'
            cand --guidance-scale 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]'
            cand --negative-prompt 'What the result should not show, for models that take it'
            cand --size 'The size of the result: WIDTHxHEIGHT, a ratio such as 16:9, 1K, 2K, 4K, or `adaptive` [default: the allowed size closest to the picture]'
            cand -m 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]'
            cand --model 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]'
            cand --reference 'Another picture that the prompt can refer to, for models that take several; may be repeated'
            cand --page 'The frame, page or picture to use of a file that has several, from 1 [default: the one that is shown first]'
            cand --fit 'How to prepare a picture that the service would not accept as it is'
            cand -d 'The directory for results; created if missing'
            cand --out-dir 'The directory for results; created if missing'
            cand --name 'The template of file names, made of {stem} {name} {seed} {number} {ext} {ext_in} {date} {job}, and in a batch of the columns of the row [default: {stem}-edited.{ext}]'
            cand --format 'The format of the result [default: from the output''s name, else jpeg]'
            cand --quality 'Encode a JPEG again with this quality, 1 to 100 [default: keep the service''s bytes, or the picture''s blocks]'
            cand --if-exists 'What to do if the output of a row exists and is not the row''s own result [default: fail for a row with an output, rename otherwise]'
            cand --region 'Change only this part, at full resolution: X,Y,WxH, two corners X1,Y1:X2,Y2, `center`, center,WxH, or WxH+X+Y; in pixels or percent of the upright picture'
            cand --region-context 'How much around the region is uploaded with it, on each side: pixels, or a percentage of the region [default: a quarter, and enough for a megapixel]'
            cand --mask 'Change only what is white in this picture; gray blends'
            cand --mask-from 'What says where the picture may change: white, or transparent [default: brightness]'
            cand --threshold 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]'
            cand --feather 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]'
            cand --alpha 'What to do with the original''s transparency [default: edited parts become opaque]'
            cand --placement 'Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]'
            cand --detail 'Where fine detail comes from if the whole picture changed [default: auto]'
            cand --metadata 'What results keep of the picture''s metadata [default: keep if the result is the picture with an edit, else safe]'
            cand --report 'Write the outcomes to this file, one JSON object per line'
            cand -j 'The number of edits that run at once, 1 to 256 [default: 4]'
            cand --jobs 'The number of edits that run at once, 1 to 256 [default: 4]'
            cand --rpm 'The most requests per minute, 1 to 60000'
            cand --give-up-after 'Stop after this long without a success [default: 5m]'
            cand --max-cost 'Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`'
            cand --max-cost-per-day 'Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`'
            cand --confirm-above 'Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail'
            cand --price 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts'
            cand --max-jobs 'Start at most N of the rows that are left'
            cand --shard 'Run the I-th of N shares of the rows (1/8 is the first of eight); the content of a row decides which share it is in'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --response-format 'How the service returns the result [default: the service''s, url]'
            cand --retries 'How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --keep-steps 'Keep the results of earlier steps, too, as …-step1.jpg'
            cand --watermark 'Ask for a watermark on the result [default: none]'
            cand --no-watermark 'Ask for no watermark on the result'
            cand --fetch 'Download links here and upload the pictures, instead of passing the links to the service'
            cand --no-fit 'Upload pictures as they are, except for metadata; refuse those that the service would not accept or not show upright'
            cand --keep-metadata 'Upload the picture''s metadata (place, time, camera), too [default: it is removed]'
            cand -f 'Replace the output if it exists'
            cand --force 'Replace the output if it exists'
            cand --keep-answer 'Write the answer beside the result, as the service made it: out.answer.jpg for out.png'
            cand --preserve 'Keep the original''s pixels and size wherever the edit changed nothing'
            cand --keep-size 'Scale the result to the original''s size'
            cand --mask-invert 'Change what the mask protects, and protect the rest'
            cand --keep-times 'Give the result''s file the times of the picture''s file'
            cand --record 'Record the prompt, the model, the seed and the job in the result''s metadata'
            cand --dry-run 'Show what would be sent, where results would go and what they would cost; send and write nothing'
            cand --unordered 'Report results as they arrive, not in the order of the manifest'
            cand --strict 'Count a result as failed (exit 11) if most of the picture changed, or nothing did; it is kept'
            cand --json 'Print JSON on standard output, one object per line'
            cand --no-progress 'Draw no progress on the terminal'
            cand --fail-fast 'Start nothing new after the first failure'
            cand -y 'Do not ask, whatever the run is expected to cost'
            cand --yes 'Do not ask, whatever the run is expected to cost'
            cand --redo 'Pay again for results that were lost, or that are gone from disk or changed there'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;recover'= {
            cand --to 'Write results to this directory, created if missing, instead of their destinations'
            cand --wait 'Keep asking the usage log for this long about jobs that it does not list yet'
            cand --pay-again 'Run a job again with the same seed, although it may be paid for twice: a lost or doubtful one, or one whose link is still refused'
            cand --not-charged 'Record that an unknown job was not charged, as the service''s console shows; nothing is sent'
            cand --max-cost 'Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`'
            cand --max-cost-per-day 'Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`'
            cand --confirm-above 'Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail'
            cand --price 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --rerun 'Run jobs again that turned out not to have been charged'
            cand -y 'Do not ask, whatever the run is expected to cost'
            cand --yes 'Do not ask, whatever the run is expected to cost'
            cand --json 'Print JSON on standard output, one object per line'
            cand --no-progress 'Draw no progress on the terminal'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;merge'= {
            cand --job 'Merge the answer of an earlier edit again, for free: its number in the history, its id, or how the id begins'
            cand -o 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly'
            cand --output 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly'
            cand --format 'The format of the result [default: from the output''s name, else jpeg]'
            cand --quality 'Encode all of a JPEG again with this quality, 1 to 100 [default: keep the original''s blocks, else 95]'
            cand --if-exists 'What to do if the output exists [default: fail]'
            cand --mask-out 'Write a mask of what changed, as PNG or WebP: white is from the edited picture, black from the original'
            cand --overlay 'Write the original with what changed tinted and outlined, as PNG, WebP or JPEG'
            cand --threshold 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]'
            cand --feather 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]'
            cand --alpha 'What to do with the original''s transparency [default: edited parts become opaque]'
            cand --placement 'Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]'
            cand --detail 'Where fine detail comes from if the whole picture changed [default: auto]'
            cand --metadata 'What results keep of the picture''s metadata [default: keep if the result is the picture with an edit, else safe]'
            cand --page 'The frame, page or picture of the original to use, from 1 [default: the one that is shown first]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Use the sandbox''s journal'
            cand -f 'Replace the output when it exists'
            cand --force 'Replace the output when it exists'
            cand --json 'Print JSON on standard output, one object per line'
            cand --keep-times 'Give the result''s file the times of the picture''s file'
            cand --strict 'Fail (exit 3) and write nothing if most of the picture changed, or nothing did'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history'= {
            cand -n 'The most jobs to list'
            cand --limit 'The most jobs to list'
            cand --since 'Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)'
            cand --status 'Only jobs in this state'
            cand --grep 'With this text in the prompt or a file name; case does not matter'
            cand --color 'When to use color on standard error [default: auto]'
            cand --cost 'Show the cost per day, per month and in total instead of the list'
            cand --sandbox 'Use the sandbox''s journal'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List jobs, newest first'
            cand show 'Show everything about a job'
            cand audit 'Compare the journal with the service''s usage log, for free'
            cand forget 'Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;history;list'= {
            cand -n 'The most jobs to list'
            cand --limit 'The most jobs to list'
            cand --since 'Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)'
            cand --status 'Only jobs in this state'
            cand --grep 'With this text in the prompt or a file name; case does not matter'
            cand --color 'When to use color on standard error [default: auto]'
            cand --cost 'Show the cost per day, per month and in total instead of the list'
            cand --sandbox 'Use the sandbox''s journal'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;show'= {
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Use the sandbox''s journal'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;audit'= {
            cand --since 'Sent at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;forget'= {
            cand --before 'All that were started before this time: a date, a date and time, or how long ago'
            cand --color 'When to use color on standard error [default: auto]'
            cand -y 'Do not ask for confirmation; required where nobody can be asked'
            cand --yes 'Do not ask for confirmation; required where nobody can be asked'
            cand --sandbox 'Use the sandbox''s journal'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;history;help'= {
            cand list 'List jobs, newest first'
            cand show 'Show everything about a job'
            cand audit 'Compare the journal with the service''s usage log, for free'
            cand forget 'Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;history;help;list'= {
        }
        &'seededit;history;help;show'= {
        }
        &'seededit;history;help;audit'= {
        }
        &'seededit;history;help;forget'= {
        }
        &'seededit;history;help;help'= {
        }
        &'seededit;inspect'= {
            cand -m 'The model that the picture is for [default: as for `edit`]'
            cand --model 'The model that the picture is for [default: as for `edit`]'
            cand --page 'The frame, page or picture to describe of a file that has several, from 1'
            cand --region 'Describe the upload for an edit of this part; see `edit --help`'
            cand --region-context 'How much around the region is uploaded with it; see `edit --help`'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL, which decides whether a withdrawn default model is replaced'
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Describe what is uploaded to the built-in simulated service, which still has the default model'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;models'= {
            cand --takes 'Only models that take this; may be repeated'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand --all 'List the models of all services'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand list 'List models'
            cand show 'Show everything about a model'
            cand check 'Compare the cards with what the service lists, for free'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;models;list'= {
            cand --takes 'Only models that take this; may be repeated'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand --all 'List the models of all services'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;models;show'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;models;check'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;models;help'= {
            cand list 'List models'
            cand show 'Show everything about a model'
            cand check 'Compare the cards with what the service lists, for free'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;models;help;list'= {
        }
        &'seededit;models;help;show'= {
        }
        &'seededit;models;help;check'= {
        }
        &'seededit;models;help;help'= {
        }
        &'seededit;balance'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;doctor'= {
            cand -m 'The model to check [default: as for `edit`]'
            cand --model 'The model to check [default: as for `edit`]'
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config'= {
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand get 'Print the value of a setting'
            cand set 'Write a setting to the configuration file; comments in it are kept'
            cand unset 'Remove a setting from the configuration file'
            cand list 'Show all settings, their values, and where these come from'
            cand path 'Print the path of the configuration file'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;config;get'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;set'= {
            cand --profile 'Write it to this profile, which is created if missing'
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;unset'= {
            cand --profile 'Remove it from this profile'
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;list'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;path'= {
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;config;help'= {
            cand get 'Print the value of a setting'
            cand set 'Write a setting to the configuration file; comments in it are kept'
            cand unset 'Remove a setting from the configuration file'
            cand list 'Show all settings, their values, and where these come from'
            cand path 'Print the path of the configuration file'
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
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand login 'Check a key with the free balance call, and store it for this user only'
            cand logout 'Remove the stored key'
            cand status 'Show where the key comes from, and its first characters'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'seededit;auth;login'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --base-url 'The service''s base URL: https, or plain http to this machine'
            cand --timeout 'How long to wait for an answer [default: 5m]'
            cand --connect-timeout 'How long to wait for a connection [default: 10s]'
            cand --color 'When to use color on standard error [default: auto]'
            cand --with-token 'Read the key from standard input instead of asking for it'
            cand --no-verify 'Store the key without checking it'
            cand --sandbox 'Use the built-in simulated service: no key, no network, no cost'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;auth;logout'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;auth;status'= {
            cand --profile 'Use this profile of the configuration file'
            cand --service 'The service to use [default: aimlapi]; `seededit models` lists all'
            cand --color 'When to use color on standard error [default: auto]'
            cand --json 'Print JSON on standard output, one object per line'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;auth;help'= {
            cand login 'Check a key with the free balance call, and store it for this user only'
            cand logout 'Remove the stored key'
            cand status 'Show where the key comes from, and its first characters'
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
            cand --fault 'Inject a fault: KIND[=ARG][:WHEN] (repeatable; --help lists the kinds at its end)'
            cand --fault-seed 'The seed that picks the requests hit by a percentage'
            cand --latency 'The least time that a generation takes'
            cand --link-ttl 'How long a link to a result works'
            cand --result-ttl 'How long a queue keeps a result'
            cand --log-lag 'How long after a call the usage log lists it'
            cand --retry-after 'Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date'
            cand --price 'The price of one edit with SeedEdit 3.0; other models have fixed prices'
            cand --balance 'The balance of the account'
            cand --key 'Accept only this made-up key; never use a real one, since other users can see it'
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;completions'= {
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;man'= {
            cand --out-dir 'Write the pages of all commands to this directory, which is created if missing'
            cand --color 'When to use color on standard error [default: auto]'
            cand -q 'Print nothing but errors on standard error'
            cand --quiet 'Print nothing but errors on standard error'
            cand -v 'Print each step on standard error; -vv adds requests'
            cand --verbose 'Print each step on standard error; -vv adds requests'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
        }
        &'seededit;help'= {
            cand edit 'Edit pictures'
            cand batch 'Run many edits from a manifest; a second run does what is left'
            cand recover 'Deliver what was paid for, and find out what is in doubt'
            cand merge 'Put an edited picture back into its full-size original'
            cand history 'List past jobs: prompts, costs and files'
            cand inspect 'Describe a picture, what would be uploaded, and the result''s size'
            cand models 'List the models of a service, with what they take and their list prices'
            cand balance 'Show what is left in the account, for free'
            cand doctor 'Check settings, proxy, service, clock, key, model, journal and disk, for free'
            cand config 'Show and change settings'
            cand auth 'Store, remove and check the API key'
            cand sandbox 'Run a local simulated service'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the man page, or that of a command'
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
            cand show 'Show everything about a job'
            cand audit 'Compare the journal with the service''s usage log, for free'
            cand forget 'Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server'
        }
        &'seededit;help;history;list'= {
        }
        &'seededit;help;history;show'= {
        }
        &'seededit;help;history;audit'= {
        }
        &'seededit;help;history;forget'= {
        }
        &'seededit;help;inspect'= {
        }
        &'seededit;help;models'= {
            cand list 'List models'
            cand show 'Show everything about a model'
            cand check 'Compare the cards with what the service lists, for free'
        }
        &'seededit;help;models;list'= {
        }
        &'seededit;help;models;show'= {
        }
        &'seededit;help;models;check'= {
        }
        &'seededit;help;balance'= {
        }
        &'seededit;help;doctor'= {
        }
        &'seededit;help;config'= {
            cand get 'Print the value of a setting'
            cand set 'Write a setting to the configuration file; comments in it are kept'
            cand unset 'Remove a setting from the configuration file'
            cand list 'Show all settings, their values, and where these come from'
            cand path 'Print the path of the configuration file'
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
            cand login 'Check a key with the free balance call, and store it for this user only'
            cand logout 'Remove the stored key'
            cand status 'Show where the key comes from, and its first characters'
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
