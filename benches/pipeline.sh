#!/usr/bin/env bash
# One edit without seededit.
#
#     API_KEY=… benches/pipeline.sh URL PICTURE PROMPT OUTPUT
#
# It is fast rather than careful: it checks nothing and retries nothing, and OUTPUT is incomplete if the download is
# interrupted.
set -euo pipefail
url=$1 picture=$2 prompt=$3 output=$4

encode() {
    case $OSTYPE in
    darwin*) base64 -i "$picture" ;; # one line by default
    *) base64 -w 0 "$picture" ;;
    esac
}

link=$(
    encode |
        jq -Rs --arg prompt "$prompt" '{
            model: "bytedance/seededit-3.0-i2i",
            image: ("data:image/jpeg;base64," + .),
            prompt: $prompt,
            seed: 41
        }' |
        curl -sS --fail -H "Authorization: Bearer $API_KEY" -H "Content-Type: application/json" \
            --data-binary @- "$url/v1/images/generations" |
        jq -r '.data[0].url'
)
curl -sS --fail -o "$output" "$link"
