
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
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit pictures')
            [CompletionResult]::new('batch', 'batch', [CompletionResultType]::ParameterValue, 'Run many edits from a file, and only what is left of them when run again')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Finish what was paid for and not delivered, and settle what is not known')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Put an edited picture back into its full-size original')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Say what was asked, what it cost, and where it went')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Say what a picture is, whether the service takes it, and the size that will come back')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show and change settings')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Store, remove and check the API key')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run the offline stand-in for the service')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;edit' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'The instruction')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, 'The instruction')
            [CompletionResult]::new('--prompt-file', '--prompt-file', [CompletionResultType]::ParameterName, 'Read the instruction from a file, or from standard input with `-`')
            [CompletionResult]::new('--then', '--then', [CompletionResultType]::ParameterName, 'Edit the result again with this instruction; may be given several times')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'So many variations of each picture, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'So many variations of each picture, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]')
            [CompletionResult]::new('--guidance-scale', '--guidance-scale', [CompletionResultType]::ParameterName, 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the result; the service knows one way only')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The model [default: bytedance/seededit-3.0-i2i]')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model [default: bytedance/seededit-3.0-i2i]')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'How a picture is made to fit that the service would not take as it is')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The directory for results whose names are made here; made when missing')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'The directory for results whose names are made here; made when missing')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the result [default: from the output''s name, else jpeg]')
            [CompletionResult]::new('--quality', '--quality', [CompletionResultType]::ParameterName, 'Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'What to do when the output exists [default: fail for a name you gave, rename for one made here]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0')
            [CompletionResult]::new('--mask', '--mask', [CompletionResultType]::ParameterName, 'Change only what is white in this picture; grey in part')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures'' noise]')
            [CompletionResult]::new('--feather', '--feather', [CompletionResultType]::ParameterName, 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]')
            [CompletionResult]::new('--alpha', '--alpha', [CompletionResultType]::ParameterName, 'What becomes of the original''s transparency: `keep` puts it on the result [default: what was edited is opaque]')
            [CompletionResult]::new('--mask-out', '--mask-out', [CompletionResultType]::ParameterName, 'Write where the result comes from, as PNG or WebP: white is the answer, black the original')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'How many edits are under way at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many edits are under way at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--rpm', '--rpm', [CompletionResultType]::ParameterName, 'At most so many requests a minute')
            [CompletionResult]::new('--give-up-after', '--give-up-after', [CompletionResultType]::ParameterName, 'Stop after so long without a success [default: 5m]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Never begin an edit that could bring this run''s cost above so many US dollars')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'What one edit costs, where neither the last ones nor the service''s list say so; where they do, the larger is set aside')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--response-format', '--response-format', [CompletionResultType]::ParameterName, 'How the service hands over the result [default: the service''s, url]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what certainly cost nothing, 0 to 20 [default: 3]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-R', '-R ', [CompletionResultType]::ParameterName, 'Take the pictures in directories, too; -d gets the same tree')
            [CompletionResult]::new('--recursive', '--recursive', [CompletionResultType]::ParameterName, 'Take the pictures in directories, too; -d gets the same tree')
            [CompletionResult]::new('--keep-steps', '--keep-steps', [CompletionResultType]::ParameterName, 'Keep the results of the steps before the last, too, as …-step1.jpg')
            [CompletionResult]::new('--watermark', '--watermark', [CompletionResultType]::ParameterName, 'Put an invisible watermark on the result [default: the service''s]')
            [CompletionResult]::new('--no-watermark', '--no-watermark', [CompletionResultType]::ParameterName, 'Put none on it')
            [CompletionResult]::new('--fetch', '--fetch', [CompletionResultType]::ParameterName, 'Download a link here and send its bytes, rather than handing the link to the service')
            [CompletionResult]::new('--no-fit', '--no-fit', [CompletionResultType]::ParameterName, 'Send pictures as they are, but for metadata, and refuse those that the service would not take or not show upright')
            [CompletionResult]::new('--keep-metadata', '--keep-metadata', [CompletionResultType]::ParameterName, 'Send what a picture says of place, time and camera, too [default: it is left out]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--preserve', '--preserve', [CompletionResultType]::ParameterName, 'Keep the picture''s own pixels wherever the edit changed nothing, at full size')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Scale the result to the picture''s own size')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be sent, where results would go and what is known of the price; send and write nothing')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail (exit 3) when most of the picture changed; the result was paid for by then, and is kept')
            [CompletionResult]::new('--reuse', '--reuse', [CompletionResultType]::ParameterName, 'Take an earlier result of the same picture, instruction, parameters and --seed, if it is there unchanged: nothing is sent or paid')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Draw no progress on the terminal')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Begin nothing new after the first failure')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in stand-in for the service: no key, no network, no price')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;batch' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'The instruction of rows that have none')
            [CompletionResult]::new('--prompt', '--prompt', [CompletionResultType]::ParameterName, 'The instruction of rows that have none')
            [CompletionResult]::new('--then', '--then', [CompletionResultType]::ParameterName, 'Edit the result again with this instruction; may be given several times')
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'So many variations of each picture, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--count', '--count', [CompletionResultType]::ParameterName, 'So many variations of each picture, with consecutive seeds [default: 1]')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Make the same result again: same picture, instruction and seed (0 to 2147483647) [default: drawn]')
            [CompletionResult]::new('-g', '-g', [CompletionResultType]::ParameterName, 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]')
            [CompletionResult]::new('--guidance-scale', '--guidance-scale', [CompletionResultType]::ParameterName, 'How closely the instruction is followed, 1 to 10 [default: the model''s, 5.5]')
            [CompletionResult]::new('--size', '--size', [CompletionResultType]::ParameterName, 'The size of the result; the service knows one way only')
            [CompletionResult]::new('-m', '-m', [CompletionResultType]::ParameterName, 'The model [default: bytedance/seededit-3.0-i2i]')
            [CompletionResult]::new('--model', '--model', [CompletionResultType]::ParameterName, 'The model [default: bytedance/seededit-3.0-i2i]')
            [CompletionResult]::new('--fit', '--fit', [CompletionResultType]::ParameterName, 'How a picture is made to fit that the service would not take as it is')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'The directory for results whose names are made here; made when missing')
            [CompletionResult]::new('--out-dir', '--out-dir', [CompletionResultType]::ParameterName, 'The directory for results whose names are made here; made when missing')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'How names are made, of {stem} {seed} {number} {ext} {date} {job} [default: {stem}-edited.{ext}]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the result [default: from the output''s name, else jpeg]')
            [CompletionResult]::new('--quality', '--quality', [CompletionResultType]::ParameterName, 'Encode a JPEG again with this quality, 1 to 100 [default: the delivered bytes are kept]')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'What to do when the output exists [default: fail for a name you gave, rename for one made here]')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'Change only this part, at its own resolution: in pixels or percent, 400x300+100+50 or 50%x50%+0+0')
            [CompletionResult]::new('--mask', '--mask', [CompletionResultType]::ParameterName, 'Change only what is white in this picture; grey in part')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures'' noise]')
            [CompletionResult]::new('--feather', '--feather', [CompletionResultType]::ParameterName, 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]')
            [CompletionResult]::new('--alpha', '--alpha', [CompletionResultType]::ParameterName, 'What becomes of the original''s transparency: `keep` puts it on the result [default: what was edited is opaque]')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write one JSON object a line to this file, for each outcome')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'How many edits are under way at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'How many edits are under way at once, 1 to 256 [default: 4]')
            [CompletionResult]::new('--rpm', '--rpm', [CompletionResultType]::ParameterName, 'At most so many requests a minute')
            [CompletionResult]::new('--give-up-after', '--give-up-after', [CompletionResultType]::ParameterName, 'Stop after so long without a success [default: 5m]')
            [CompletionResult]::new('--max-cost', '--max-cost', [CompletionResultType]::ParameterName, 'Never begin an edit that could bring this run''s cost above so many US dollars')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'What one edit costs, where neither the last ones nor the service''s list say so; where they do, the larger is set aside')
            [CompletionResult]::new('--max-jobs', '--max-jobs', [CompletionResultType]::ParameterName, 'Begin at most so many of the rows that are left')
            [CompletionResult]::new('--shard', '--shard', [CompletionResultType]::ParameterName, 'Run the I-th of N shares of the rows (1/8 is the first of eight); which rows are in it follows from their content')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--response-format', '--response-format', [CompletionResultType]::ParameterName, 'How the service hands over the result [default: the service''s, url]')
            [CompletionResult]::new('--retries', '--retries', [CompletionResultType]::ParameterName, 'How often to try again what certainly cost nothing, 0 to 20 [default: 3]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--keep-steps', '--keep-steps', [CompletionResultType]::ParameterName, 'Keep the results of the steps before the last, too, as …-step1.jpg')
            [CompletionResult]::new('--watermark', '--watermark', [CompletionResultType]::ParameterName, 'Put an invisible watermark on the result [default: the service''s]')
            [CompletionResult]::new('--no-watermark', '--no-watermark', [CompletionResultType]::ParameterName, 'Put none on it')
            [CompletionResult]::new('--fetch', '--fetch', [CompletionResultType]::ParameterName, 'Download a link here and send its bytes, rather than handing the link to the service')
            [CompletionResult]::new('--no-fit', '--no-fit', [CompletionResultType]::ParameterName, 'Send pictures as they are, but for metadata, and refuse those that the service would not take or not show upright')
            [CompletionResult]::new('--keep-metadata', '--keep-metadata', [CompletionResultType]::ParameterName, 'Send what a picture says of place, time and camera, too [default: it is left out]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--preserve', '--preserve', [CompletionResultType]::ParameterName, 'Keep the picture''s own pixels wherever the edit changed nothing, at full size')
            [CompletionResult]::new('--keep-size', '--keep-size', [CompletionResultType]::ParameterName, 'Scale the result to the picture''s own size')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be sent, where results would go and what is known of the price; send and write nothing')
            [CompletionResult]::new('--unordered', '--unordered', [CompletionResultType]::ParameterName, 'Report results as they come, not in the order of the manifest')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Draw no progress on the terminal')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Begin nothing new after the first failure')
            [CompletionResult]::new('--redo', '--redo', [CompletionResultType]::ParameterName, 'Pay again for what was delivered and is gone or altered on disk, and for what was lost')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in stand-in for the service: no key, no network, no price')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;recover' {
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Save results in this directory instead of their own places')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Keep asking the usage log for so long about what it does not know yet')
            [CompletionResult]::new('--pay-again', '--pay-again', [CompletionResultType]::ParameterName, 'Run a lost or unknown job again, with the same seed, knowing that it may be paid for twice')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--rerun', '--rerun', [CompletionResultType]::ParameterName, 'Run again what is now known not to have been charged')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Draw no progress on the terminal')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in stand-in for the service: no key, no network, no price')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;merge' {
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Where the result goes: a file, a directory, or `-` for standard output; PNG and WebP keep every pixel exactly')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'The format of the result [default: from the output''s name, else jpeg]')
            [CompletionResult]::new('--quality', '--quality', [CompletionResultType]::ParameterName, 'The quality of a JPEG, 1 to 100 [default: 95]')
            [CompletionResult]::new('--if-exists', '--if-exists', [CompletionResultType]::ParameterName, 'What to do when the output exists [default: fail]')
            [CompletionResult]::new('--mask-out', '--mask-out', [CompletionResultType]::ParameterName, 'Write where the result comes from, as PNG or WebP: white is the edited picture, black the original')
            [CompletionResult]::new('--threshold', '--threshold', [CompletionResultType]::ParameterName, 'How many levels of light, 1 to 255, have to differ over a few pixels to count as an edit; thin lines and colours count less [default: found by the pictures'' noise]')
            [CompletionResult]::new('--feather', '--feather', [CompletionResultType]::ParameterName, 'How far both pictures fade into each other, 0 to 1000 pixels of the original [default: 4 pixels of the smaller picture]')
            [CompletionResult]::new('--alpha', '--alpha', [CompletionResultType]::ParameterName, 'What becomes of the original''s transparency: `keep` puts it on the result [default: what was edited is opaque]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-f', '-f', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Replace the output when it exists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Fail (exit 3) and write nothing when most of the picture changed')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'At most so many jobs')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many jobs')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'In this state')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'With this text in the instruction or a file name, in any case')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'What was spent each day, each month and in all, in place of the list')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'The journal of the sandbox')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List jobs, newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Tell everything about a job')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Remove entries of jobs that were delivered or refused')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;history;list' {
            [CompletionResult]::new('-n', '-n', [CompletionResultType]::ParameterName, 'At most so many jobs')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many jobs')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Begun at this time or later: a date, a date and time, or how long ago (`2026-01-31`, `7d`, `12h`)')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'In this state')
            [CompletionResult]::new('--grep', '--grep', [CompletionResultType]::ParameterName, 'With this text in the instruction or a file name, in any case')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--cost', '--cost', [CompletionResultType]::ParameterName, 'What was spent each day, each month and in all, in place of the list')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'The journal of the sandbox')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;show' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'The journal of the sandbox')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;forget' {
            [CompletionResult]::new('--before', '--before', [CompletionResultType]::ParameterName, 'All that were begun before this time: a date, a date and time, or how long ago')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask for confirmation; required where nobody can be asked')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask for confirmation; required where nobody can be asked')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'The journal of the sandbox')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;history;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List jobs, newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Tell everything about a job')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Remove entries of jobs that were delivered or refused')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;history;help;list' {
            break
        }
        'seededit;history;help;show' {
            break
        }
        'seededit;history;help;forget' {
            break
        }
        'seededit;history;help;help' {
            break
        }
        'seededit;inspect' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Write a setting to the configuration file; comments in it are kept')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a setting from the configuration file')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show every setting, its value, and where that came from')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file lies')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;config;get' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;set' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Write it to this profile, which is made when missing')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;unset' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Remove it from this profile')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;list' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;config;path' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
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
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show every setting, its value, and where that came from')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file lies')
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
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Check a key with the free balance call and store it, readable by you only')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove the stored key')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say where the key comes from, and its first characters')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'seededit;auth;login' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--base-url', '--base-url', [CompletionResultType]::ParameterName, 'The service''s base URL: https, or plain http to this machine')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long to wait for an answer [default: 5m]')
            [CompletionResult]::new('--connect-timeout', '--connect-timeout', [CompletionResultType]::ParameterName, 'How long to wait for a connection [default: 10s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--with-token', '--with-token', [CompletionResultType]::ParameterName, 'Read the key from standard input rather than asking for it')
            [CompletionResult]::new('--no-verify', '--no-verify', [CompletionResultType]::ParameterName, 'Store it without asking the service whether it is good')
            [CompletionResult]::new('--sandbox', '--sandbox', [CompletionResultType]::ParameterName, 'Use the built-in stand-in for the service: no key, no network, no price')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;auth;logout' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;auth;status' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Use this profile of the configuration file')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print one JSON object a line on standard output, for each result and each failure')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;auth;help' {
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Check a key with the free balance call and store it, readable by you only')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove the stored key')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say where the key comes from, and its first characters')
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
            [CompletionResult]::new('--fault', '--fault', [CompletionResultType]::ParameterName, 'Misbehave: KIND[=ARG][:WHEN] (repeatable; `--help` lists the kinds)')
            [CompletionResult]::new('--fault-seed', '--fault-seed', [CompletionResultType]::ParameterName, 'Draw the requests that a percentage strikes from this seed')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'How long a generation takes, at least')
            [CompletionResult]::new('--link-ttl', '--link-ttl', [CompletionResultType]::ParameterName, 'How long a link to a result works')
            [CompletionResult]::new('--log-lag', '--log-lag', [CompletionResultType]::ParameterName, 'How long after a call the usage log lists it')
            [CompletionResult]::new('--retry-after', '--retry-after', [CompletionResultType]::ParameterName, 'Send Retry-After with 429 and 503; `date:DURATION` sends it as an HTTP date')
            [CompletionResult]::new('--price', '--price', [CompletionResultType]::ParameterName, 'The price of one edit')
            [CompletionResult]::new('--balance', '--balance', [CompletionResultType]::ParameterName, 'What the account has to spend')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Let in this made-up key only; never a real one, other users of the machine can see it')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;completions' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;man' {
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to use colour on standard error [default: auto]')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing but errors on standard error')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell each step on standard error; twice, what it carried')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'seededit;help' {
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Edit pictures')
            [CompletionResult]::new('batch', 'batch', [CompletionResultType]::ParameterValue, 'Run many edits from a file, and only what is left of them when run again')
            [CompletionResult]::new('recover', 'recover', [CompletionResultType]::ParameterValue, 'Finish what was paid for and not delivered, and settle what is not known')
            [CompletionResult]::new('merge', 'merge', [CompletionResultType]::ParameterValue, 'Put an edited picture back into its full-size original')
            [CompletionResult]::new('history', 'history', [CompletionResultType]::ParameterValue, 'Say what was asked, what it cost, and where it went')
            [CompletionResult]::new('inspect', 'inspect', [CompletionResultType]::ParameterValue, 'Say what a picture is, whether the service takes it, and the size that will come back')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show and change settings')
            [CompletionResult]::new('auth', 'auth', [CompletionResultType]::ParameterValue, 'Store, remove and check the API key')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run the offline stand-in for the service')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the manual page')
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
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Tell everything about a job')
            [CompletionResult]::new('forget', 'forget', [CompletionResultType]::ParameterValue, 'Remove entries of jobs that were delivered or refused')
            break
        }
        'seededit;help;history;list' {
            break
        }
        'seededit;help;history;show' {
            break
        }
        'seededit;help;history;forget' {
            break
        }
        'seededit;help;inspect' {
            break
        }
        'seededit;help;config' {
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print the value of a setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Write a setting to the configuration file; comments in it are kept')
            [CompletionResult]::new('unset', 'unset', [CompletionResultType]::ParameterValue, 'Remove a setting from the configuration file')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Show every setting, its value, and where that came from')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the configuration file lies')
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
            [CompletionResult]::new('login', 'login', [CompletionResultType]::ParameterValue, 'Check a key with the free balance call and store it, readable by you only')
            [CompletionResult]::new('logout', 'logout', [CompletionResultType]::ParameterValue, 'Remove the stored key')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Say where the key comes from, and its first characters')
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
