#!/usr/bin/env bash
# What seededit replaces: one edit by hand.
#
#     API_KEY=… benches/pipeline.sh URL PICTURE PROMPT OUTPUT
#
# Written to be fast rather than careful: nothing is checked here, nothing is tried again, and
# OUTPUT is half a picture when the download breaks.
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
