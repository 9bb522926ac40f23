
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'seededit' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'seededit'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'seededit' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit pictures')
            [CompletionResult]::new('batch', 'batch', [CompletionResultType]::ParameterValue, 'Run many edits from a manifest; a second run does what is left')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Deliver what was paid for, and find out what is in doubt')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Put an edited picture back into its full-size original')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List past jobs: prompts, costs and files')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Describe a picture, what would be uploaded, and the result''s size')
            [CompletionResult]::new('models', 'models', [CompletionResultType]::ParameterValue, 'List the models of a service, with what they take and their list prices')
            [CompletionResult]::new('balance', 'balance', [CompletionResultType]::ParameterValue, 'Show what is left in the account, for free')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check settings, proxy, service, clock, key, model, journal and disk, for free')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show and change settings')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Store, remove and check the API key')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run a local simulated service')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page, or that of a command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;edit' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'What to do, in plain words; @FILE reads them from a file')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, 'What to do, in plain words; @FILE reads them from a file')
            [CompletionResult]::new('--prompt-file', '--prompt-file', [CompletionResultType]::ParameterName, 'Read the prompt from a file, or from standard input with `-`')
            [CompletionResult]::new('--then', '--then', [CompletionResultType]::ParameterName, 'Edit the result again with this prompt; may be repeated')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The number of variations of each picture, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'The number of variations of each picture, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'The seed, for models that take one; the same picture, prompt and seed give the same result [default: random]')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]')
            [CompletionResult]::new('--guidance-scale', '--guidance-scale', [CompletionResultType]::ParameterName, 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]')
            [CompletionResult]::new('--negative-prompt', '--negative-prompt', [CompletionResultType]::ParameterName, 'What the result should not show, for models that take it')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the result: WIDTHxHEIGHT, a ratio such as 16:9, 1K, 2K, 4K, or `adaptive` [default: the allowed size closest to the picture]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Another picture that the prompt can refer to, for models that take several; may be repeated')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'The frame, page or picture to use of a file that has several, from 1 [default: the one that is shown first]')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'How to prepare a picture that the service would not accept as it is')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The directory for results; created if missing')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'The directory for results; created if missing')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The template of file names, made of {stem} {name} {seed} {number} {ext} {ext_in} {date} {job}, and in a batch of the columns of the row [default: {stem}-edited.{ext}]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the result [default: from the output''s name, else jpeg]')
            [CompletionResult]::new('--quality', '--quality', [CompletionResultType]::ParameterName, 'Encode a JPEG again with this quality, 1 to 100 [default: keep the service''s bytes, or the picture''s blocks]')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'What to do if the output exists [default: fail for -o, rename otherwise]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Change only this part, at full resolution: X,Y,WxH, two corners X1,Y1:X2,Y2, `center`, center,WxH, or WxH+X+Y; in pixels or percent of the upright picture')
            [CompletionResult]::new('--region-context', '--region-context', [CompletionResultType]::ParameterName, 'How much around the region is uploaded with it, on each side: pixels, or a percentage of the region [default: a quarter, and enough for a megapixel]')
            [CompletionResult]::new('--mask', '--mask', [CompletionResultType]::ParameterName, 'Change only what is white in this picture; gray blends')
            [CompletionResult]::new('--mask-from', '--mask-from', [CompletionResultType]::ParameterName, 'What says where the picture may change: white, or transparent [default: brightness]')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]')
            [CompletionResult]::new('--feather', '--feather', [CompletionResultType]::ParameterName, 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]')
            [CompletionResult]::new('--alpha', '--alpha', [CompletionResultType]::ParameterName, 'What to do with the original''s transparency [default: edited parts become opaque]')
            [CompletionResult]::new('--placement', '--placement', [CompletionResultType]::ParameterName, 'Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]')
            [CompletionResult]::new('--detail', '--detail', [CompletionResultType]::ParameterName, 'Where fine detail comes from if the whole picture changed [default: auto]')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'What results keep of the picture''s metadata [default: keep if the result is the picture with an edit, else safe]')
            [CompletionResult]::new('--mask-out', '--mask-out', [CompletionResultType]::ParameterName, 'Write a mask of what changed, as PNG or WebP: white is from the answer, black from the original')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Write the original with what changed tinted and outlined, as PNG, WebP or JPEG')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'The number of edits that run at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'The number of edits that run at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--rpm', '--rpm', [CompletionResultType]::ParameterName, 'The most requests per minute, 1 to 60000')
            [CompletionResult]::new('--give-up-after', '--give-up-after', [CompletionResultType]::ParameterName, 'Stop after this long without a success [default: 5m]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`')
            [CompletionResult]::new('--max-cost-per-day', '--max-cost-per-day', [CompletionResultType]::ParameterName, 'Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`')
            [CompletionResult]::new('--confirm-above', '--confirm-above', [CompletionResultType]::ParameterName, 'Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--response-format', '--response-format', [CompletionResultType]::ParameterName, 'How the service returns the result [default: the service''s, url]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Edit the pictures in directories, too; -d gets the same tree')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Edit the pictures in directories, too; -d gets the same tree')
            [CompletionResult]::new('--skip-unreadable', '--skip-unreadable', [CompletionResultType]::ParameterName, 'Continue without pictures that are damaged or in a format that is not read; they are reported, and the exit code is 11 [default: nothing is sent]')
            [CompletionResult]::new('--include-results', '--include-results', [CompletionResultType]::ParameterName, 'Edit the results of earlier edits again, too; several pictures and -R leave them out otherwise')
            [CompletionResult]::new('--keep-steps', '--keep-steps', [CompletionResultType]::ParameterName, 'Keep the results of earlier steps, too, as …-step1.jpg')
            [CompletionResult]::new('--watermark', '--watermark', [CompletionResultType]::ParameterName, 'Ask for a watermark on the result [default: none]')
            [CompletionResult]::new('--no-watermark', '--no-watermark', [CompletionResultType]::ParameterName, 'Ask for no watermark on the result')
            [CompletionResult]::new('--fetch', '--fetch', [CompletionResultType]::ParameterName, 'Download links here and upload the pictures, instead of passing the links to the service')
            [CompletionResult]::new('--no-fit', '--no-fit', [CompletionResultType]::ParameterName, 'Upload pictures as they are, except for metadata; refuse those that the service would not accept or not show upright')
            [CompletionResult]::new('--keep-metadata', '--keep-metadata', [CompletionResultType]::ParameterName, 'Upload the picture''s metadata (place, time, camera), too [default: it is removed]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Replace the output if it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the output if it exists')
            [CompletionResult]::new('--keep-answer', '--keep-answer', [CompletionResultType]::ParameterName, 'Write the answer beside the result, as the service made it: out.answer.jpg for out.png')
            [CompletionResult]::new('--preserve', '--preserve', [CompletionResultType]::ParameterName, 'Keep the original''s pixels and size wherever the edit changed nothing')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Scale the result to the original''s size')
            [CompletionResult]::new('--mask-invert', '--mask-invert', [CompletionResultType]::ParameterName, 'Change what the mask protects, and protect the rest')
            [CompletionResult]::new('--keep-times', '--keep-times', [CompletionResultType]::ParameterName, 'Give the result''s file the times of the picture''s file')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Record the prompt, the model, the seed and the job in the result''s metadata')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be sent, where results would go and what they would cost; send and write nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail (exit 3) if most of the picture changed, or nothing did; the result has been paid for by then and is kept')
            [CompletionResult]::new('--reuse', '--reuse', [CompletionResultType]::ParameterName, 'Use the earlier result of the same picture, prompt and parameters, if it is still there unchanged: nothing is sent or paid. Nothing is sent either while such an edit is in doubt')
            [CompletionResult]::new('--pay-again', '--pay-again', [CompletionResultType]::ParameterName, 'Pay for new results, even if earlier ones of the same edits exist; the default for a single result')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Draw no progress on the terminal')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Start nothing new after the first failure')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask, whatever the run is expected to cost')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask, whatever the run is expected to cost')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;batch' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'The prompt of rows that have none, with columns of the row in braces: "{color} curtains"; {{ and }} are braces. @FILE reads it from a file')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, 'The prompt of rows that have none, with columns of the row in braces: "{color} curtains"; {{ and }} are braces. @FILE reads it from a file')
            [CompletionResult]::new('--then', '--then', [CompletionResultType]::ParameterName, 'Edit the results again with this prompt, of rows that have no `then`; may be repeated')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The number of variations of rows that have no count, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'The number of variations of rows that have no count, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'The seed of rows that have none, 0 to 2147483647; the same picture, prompt and seed give the same result [default: derived from the row, the same in every run]')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]')
            [CompletionResult]::new('--guidance-scale', '--guidance-scale', [CompletionResultType]::ParameterName, 'How closely to follow the prompt, in the range of the model, such as 1 to 10 [default: the model''s]')
            [CompletionResult]::new('--negative-prompt', '--negative-prompt', [CompletionResultType]::ParameterName, 'What the result should not show, for models that take it')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the result: WIDTHxHEIGHT, a ratio such as 16:9, 1K, 2K, 4K, or `adaptive` [default: the allowed size closest to the picture]')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model, or the end of its name, such as kontext-pro [default: the service''s; see `seededit models`]')
            [CompletionResult]::new('--reference', '--reference', [CompletionResultType]::ParameterName, 'Another picture that the prompt can refer to, for models that take several; may be repeated')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'The frame, page or picture to use of a file that has several, from 1 [default: the one that is shown first]')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'How to prepare a picture that the service would not accept as it is')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The directory for results; created if missing')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'The directory for results; created if missing')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The template of file names, made of {stem} {name} {seed} {number} {ext} {ext_in} {date} {job}, and in a batch of the columns of the row [default: {stem}-edited.{ext}]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the result [default: from the output''s name, else jpeg]')
            [CompletionResult]::new('--quality', '--quality', [CompletionResultType]::ParameterName, 'Encode a JPEG again with this quality, 1 to 100 [default: keep the service''s bytes, or the picture''s blocks]')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'What to do if the output of a row exists and is not the row''s own result [default: fail for a row with an output, rename otherwise]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Change only this part, at full resolution: X,Y,WxH, two corners X1,Y1:X2,Y2, `center`, center,WxH, or WxH+X+Y; in pixels or percent of the upright picture')
            [CompletionResult]::new('--region-context', '--region-context', [CompletionResultType]::ParameterName, 'How much around the region is uploaded with it, on each side: pixels, or a percentage of the region [default: a quarter, and enough for a megapixel]')
            [CompletionResult]::new('--mask', '--mask', [CompletionResultType]::ParameterName, 'Change only what is white in this picture; gray blends')
            [CompletionResult]::new('--mask-from', '--mask-from', [CompletionResultType]::ParameterName, 'What says where the picture may change: white, or transparent [default: brightness]')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]')
            [CompletionResult]::new('--feather', '--feather', [CompletionResultType]::ParameterName, 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]')
            [CompletionResult]::new('--alpha', '--alpha', [CompletionResultType]::ParameterName, 'What to do with the original''s transparency [default: edited parts become opaque]')
            [CompletionResult]::new('--placement', '--placement', [CompletionResultType]::ParameterName, 'Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]')
            [CompletionResult]::new('--detail', '--detail', [CompletionResultType]::ParameterName, 'Where fine detail comes from if the whole picture changed [default: auto]')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'What results keep of the picture''s metadata [default: keep if the result is the picture with an edit, else safe]')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write the outcomes to this file, one JSON object per line')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'The number of edits that run at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'The number of edits that run at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--rpm', '--rpm', [CompletionResultType]::ParameterName, 'The most requests per minute, 1 to 60000')
            [CompletionResult]::new('--give-up-after', '--give-up-after', [CompletionResultType]::ParameterName, 'Stop after this long without a success [default: 5m]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`')
            [CompletionResult]::new('--max-cost-per-day', '--max-cost-per-day', [CompletionResultType]::ParameterName, 'Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`')
            [CompletionResult]::new('--confirm-above', '--confirm-above', [CompletionResultType]::ParameterName, 'Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts')
            [CompletionResult]::new('--max-jobs', '--max-jobs', [CompletionResultType]::ParameterName, 'Start at most N of the rows that are left')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Run the I-th of N shares of the rows (1/8 is the first of eight); the content of a row decides which share it is in')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--response-format', '--response-format', [CompletionResultType]::ParameterName, 'How the service returns the result [default: the service''s, url]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to retry a request that certainly cost nothing, 0 to 20 [default: 3]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--keep-steps', '--keep-steps', [CompletionResultType]::ParameterName, 'Keep the results of earlier steps, too, as …-step1.jpg')
            [CompletionResult]::new('--watermark', '--watermark', [CompletionResultType]::ParameterName, 'Ask for a watermark on the result [default: none]')
            [CompletionResult]::new('--no-watermark', '--no-watermark', [CompletionResultType]::ParameterName, 'Ask for no watermark on the result')
            [CompletionResult]::new('--fetch', '--fetch', [CompletionResultType]::ParameterName, 'Download links here and upload the pictures, instead of passing the links to the service')
            [CompletionResult]::new('--no-fit', '--no-fit', [CompletionResultType]::ParameterName, 'Upload pictures as they are, except for metadata; refuse those that the service would not accept or not show upright')
            [CompletionResult]::new('--keep-metadata', '--keep-metadata', [CompletionResultType]::ParameterName, 'Upload the picture''s metadata (place, time, camera), too [default: it is removed]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Replace the output if it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the output if it exists')
            [CompletionResult]::new('--keep-answer', '--keep-answer', [CompletionResultType]::ParameterName, 'Write the answer beside the result, as the service made it: out.answer.jpg for out.png')
            [CompletionResult]::new('--preserve', '--preserve', [CompletionResultType]::ParameterName, 'Keep the original''s pixels and size wherever the edit changed nothing')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Scale the result to the original''s size')
            [CompletionResult]::new('--mask-invert', '--mask-invert', [CompletionResultType]::ParameterName, 'Change what the mask protects, and protect the rest')
            [CompletionResult]::new('--keep-times', '--keep-times', [CompletionResultType]::ParameterName, 'Give the result''s file the times of the picture''s file')
            [CompletionResult]::new('--record', '--record', [CompletionResultType]::ParameterName, 'Record the prompt, the model, the seed and the job in the result''s metadata')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be sent, where results would go and what they would cost; send and write nothing')
            [CompletionResult]::new('--unordered', '--unordered', [CompletionResultType]::ParameterName, 'Report results as they arrive, not in the order of the manifest')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Count a result as failed (exit 11) if most of the picture changed, or nothing did; it is kept')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Draw no progress on the terminal')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Start nothing new after the first failure')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask, whatever the run is expected to cost')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask, whatever the run is expected to cost')
            [CompletionResult]::new('--redo', '--redo', [CompletionResultType]::ParameterName, 'Pay again for results that were lost, or that are gone from disk or changed there')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;recover' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Write results to this directory, created if missing, instead of their destinations')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Keep asking the usage log for this long about jobs that it does not list yet')
            [CompletionResult]::new('--pay-again', '--pay-again', [CompletionResultType]::ParameterName, 'Run a job again with the same seed, although it may be paid for twice: a lost or doubtful one, or one whose link is still refused')
            [CompletionResult]::new('--not-charged', '--not-charged', [CompletionResultType]::ParameterName, 'Record that an unknown job was not charged, as the service''s console shows; nothing is sent')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Start no edit that could bring the cost of this run above this amount, in US dollars, or `off`')
            [CompletionResult]::new('--max-cost-per-day', '--max-cost-per-day', [CompletionResultType]::ParameterName, 'Start no edit that could bring the cost of all edits of this day above this amount, in US dollars, or `off`')
            [CompletionResult]::new('--confirm-above', '--confirm-above', [CompletionResultType]::ParameterName, 'Ask before a run that is expected to cost more than this amount, in US dollars, or `off`; in a script, fail')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'The price of one edit in US dollars, if neither recent edits nor the price list show it; if they do, the larger amount counts')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--rerun', '--rerun', [CompletionResultType]::ParameterName, 'Run jobs again that turned out not to have been charged')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask, whatever the run is expected to cost')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask, whatever the run is expected to cost')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Draw no progress on the terminal')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;merge' {
            [CompletionResult]::new('--job', '--job', [CompletionResultType]::ParameterName, 'Merge the answer of an earlier edit again, for free: its number in the history, its id, or how the id begins')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the result [default: from the output''s name, else jpeg]')
            [CompletionResult]::new('--quality', '--quality', [CompletionResultType]::ParameterName, 'Encode all of a JPEG again with this quality, 1 to 100 [default: keep the original''s blocks, else 95]')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'What to do if the output exists [default: fail]')
            [CompletionResult]::new('--mask-out', '--mask-out', [CompletionResultType]::ParameterName, 'Write a mask of what changed, as PNG or WebP: white is from the edited picture, black from the original')
            [CompletionResult]::new('--overlay', '--overlay', [CompletionResultType]::ParameterName, 'Write the original with what changed tinted and outlined, as PNG, WebP or JPEG')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'The difference in brightness, 1 to 255, that counts as an edit [default: estimated from the noise]')
            [CompletionResult]::new('--feather', '--feather', [CompletionResultType]::ParameterName, 'The width of the blend between both pictures, 0 to 1000 pixels [default: 4 pixels of the smaller picture]')
            [CompletionResult]::new('--alpha', '--alpha', [CompletionResultType]::ParameterName, 'What to do with the original''s transparency [default: edited parts become opaque]')
            [CompletionResult]::new('--placement', '--placement', [CompletionResultType]::ParameterName, 'Where the edited picture lies on the original: `auto` finds it, `exact` takes it for the whole picture or the part that was uploaded, X,Y,WxH is a rectangle in pixels of the original [default: auto]')
            [CompletionResult]::new('--detail', '--detail', [CompletionResultType]::ParameterName, 'Where fine detail comes from if the whole picture changed [default: auto]')
            [CompletionResult]::new('--metadata', '--metadata', [CompletionResultType]::ParameterName, 'What results keep of the picture''s metadata [default: keep if the result is the picture with an edit, else safe]')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'The frame, page or picture of the original to use, from 1 [default: the one that is shown first]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the sandbox''s journal')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('--keep-times', '--keep-times', [CompletionResultType]::ParameterName, 'Give the result''s file the times of the picture''s file')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail (exit 3) and write nothing if most of the picture changed, or nothing did')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The most jobs to list')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'The most jobs to list')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only jobs in this state')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'With this text in the prompt or a file name; case does not matter')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'Show the cost per day, per month and in total instead of the list')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the sandbox''s journal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List jobs, newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a job')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Compare the journal with the service''s usage log, for free')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;history;list' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'The most jobs to list')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'The most jobs to list')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Started at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Only jobs in this state')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'With this text in the prompt or a file name; case does not matter')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'Show the cost per day, per month and in total instead of the list')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the sandbox''s journal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the sandbox''s journal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;audit' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Sent at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;forget' {
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'All that were started before this time: a date, a date and time, or how long ago')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask for confirmation; required where nobody can be asked')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask for confirmation; required where nobody can be asked')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the sandbox''s journal')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List jobs, newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a job')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Compare the journal with the service''s usage log, for free')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;history;help;list' {
            break
        }
        'seededit;history;help;show' {
            break
        }
        'seededit;history;help;audit' {
            break
        }
        'seededit;history;help;forget' {
            break
        }
        'seededit;history;help;help' {
            break
        }
        'seededit;inspect' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The model that the picture is for [default: as for `edit`]')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model that the picture is for [default: as for `edit`]')
            [CompletionResult]::new('--page', '--page', [CompletionResultType]::ParameterName, 'The frame, page or picture to describe of a file that has several, from 1')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Describe the upload for an edit of this part; see `edit --help`')
            [CompletionResult]::new('--region-context', '--region-context', [CompletionResultType]::ParameterName, 'How much around the region is uploaded with it; see `edit --help`')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL, which decides whether a withdrawn default model is replaced')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Describe what is uploaded to the built-in simulated service, which still has the default model')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;models' {
            [CompletionResult]::new('--takes', '--takes', [CompletionResultType]::ParameterName, 'Only models that take this; may be repeated')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'List the models of all services')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List models')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a model')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Compare the cards with what the service lists, for free')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;models;list' {
            [CompletionResult]::new('--takes', '--takes', [CompletionResultType]::ParameterName, 'Only models that take this; may be repeated')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'List the models of all services')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;models;show' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;models;check' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;models;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List models')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a model')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Compare the cards with what the service lists, for free')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;models;help;list' {
            break
        }
        'seededit;models;help;show' {
            break
        }
        'seededit;models;help;check' {
            break
        }
        'seededit;models;help;help' {
            break
        }
        'seededit;balance' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;doctor' {
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The model to check [default: as for `edit`]')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model to check [default: as for `edit`]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Write a setting to the configuration file; comments in it are kept')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a setting from the configuration file')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all settings, their values, and where these come from')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the configuration file')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;config;get' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;set' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Write it to this profile, which is created if missing')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;unset' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Remove it from this profile')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;list' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;path' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;help' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Write a setting to the configuration file; comments in it are kept')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a setting from the configuration file')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all settings, their values, and where these come from')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the configuration file')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;config;help;get' {
            break
        }
        'seededit;config;help;set' {
            break
        }
        'seededit;config;help;unset' {
            break
        }
        'seededit;config;help;list' {
            break
        }
        'seededit;config;help;path' {
            break
        }
        'seededit;config;help;help' {
            break
        }
        'seededit;auth' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Check a key with the free balance call, and store it for this user only')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove the stored key')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where the key comes from, and its first characters')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;auth;login' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--with-token', '--with-token', [CompletionResultType]::ParameterName, 'Read the key from standard input instead of asking for it')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Store the key without checking it')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in simulated service: no key, no network, no cost')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;auth;logout' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;auth;status' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--service', '--service', [CompletionResultType]::ParameterName, 'The service to use [default: aimlapi]; `seededit models` lists all')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON on standard output, one object per line')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;auth;help' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Check a key with the free balance call, and store it for this user only')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove the stored key')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where the key comes from, and its first characters')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;auth;help;login' {
            break
        }
        'seededit;auth;help;logout' {
            break
        }
        'seededit;auth;help;status' {
            break
        }
        'seededit;auth;help;help' {
            break
        }
        'seededit;sandbox' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Where to listen; loopback only, port 0 takes a free one')
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'Inject a fault: KIND[=ARG][:WHEN] (repeatable; --help lists the kinds at its end)')
            [CompletionResult]::new('--fault-seed', '--fault-seed', [CompletionResultType]::ParameterName, 'The seed that picks the requests hit by a percentage')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'The least time that a generation takes')
            [CompletionResult]::new('--link-ttl', '--link-ttl', [CompletionResultType]::ParameterName, 'How long a link to a result works')
            [CompletionResult]::new('--result-ttl', '--result-ttl', [CompletionResultType]::ParameterName, 'How long a queue keeps a result')
            [CompletionResult]::new('--log-lag', '--log-lag', [CompletionResultType]::ParameterName, 'How long after a call the usage log lists it')
            [CompletionResult]::new('--retry-after', '--retry-after', [CompletionResultType]::ParameterName, 'Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'The price of one edit with SeedEdit 3.0; other models have fixed prices')
            [CompletionResult]::new('--balance', '--balance', [CompletionResultType]::ParameterName, 'The balance of the account')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Accept only this made-up key; never use a real one, since other users can see it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;man' {
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'Write the pages of all commands to this directory, which is created if missing')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use color on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each step on standard error; -vv adds requests')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;help' {
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit pictures')
            [CompletionResult]::new('batch', 'batch', [CompletionResultType]::ParameterValue, 'Run many edits from a manifest; a second run does what is left')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Deliver what was paid for, and find out what is in doubt')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Put an edited picture back into its full-size original')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'List past jobs: prompts, costs and files')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Describe a picture, what would be uploaded, and the result''s size')
            [CompletionResult]::new('models', 'models', [CompletionResultType]::ParameterValue, 'List the models of a service, with what they take and their list prices')
            [CompletionResult]::new('balance', 'balance', [CompletionResultType]::ParameterValue, 'Show what is left in the account, for free')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check settings, proxy, service, clock, key, model, journal and disk, for free')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show and change settings')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Store, remove and check the API key')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run a local simulated service')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script of a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page, or that of a command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;help;edit' {
            break
        }
        'seededit;help;batch' {
            break
        }
        'seededit;help;recover' {
            break
        }
        'seededit;help;merge' {
            break
        }
        'seededit;help;history' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List jobs, newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a job')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Compare the journal with the service''s usage log, for free')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Remove entries of jobs that were delivered or refused, or sent to a sandbox or a stopped local server')
            break
        }
        'seededit;help;history;list' {
            break
        }
        'seededit;help;history;show' {
            break
        }
        'seededit;help;history;audit' {
            break
        }
        'seededit;help;history;forget' {
            break
        }
        'seededit;help;inspect' {
            break
        }
        'seededit;help;models' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List models')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show everything about a model')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Compare the cards with what the service lists, for free')
            break
        }
        'seededit;help;models;list' {
            break
        }
        'seededit;help;models;show' {
            break
        }
        'seededit;help;models;check' {
            break
        }
        'seededit;help;balance' {
            break
        }
        'seededit;help;doctor' {
            break
        }
        'seededit;help;config' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Write a setting to the configuration file; comments in it are kept')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a setting from the configuration file')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show all settings, their values, and where these come from')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print the path of the configuration file')
            break
        }
        'seededit;help;config;get' {
            break
        }
        'seededit;help;config;set' {
            break
        }
        'seededit;help;config;unset' {
            break
        }
        'seededit;help;config;list' {
            break
        }
        'seededit;help;config;path' {
            break
        }
        'seededit;help;auth' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Check a key with the free balance call, and store it for this user only')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove the stored key')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show where the key comes from, and its first characters')
            break
        }
        'seededit;help;auth;login' {
            break
        }
        'seededit;help;auth;logout' {
            break
        }
        'seededit;help;auth;status' {
            break
        }
        'seededit;help;sandbox' {
            break
        }
        'seededit;help;completions' {
            break
        }
        'seededit;help;man' {
            break
        }
        'seededit;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
