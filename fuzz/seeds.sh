#!/usr/bin/env bash
# Fills corpus/ with a seed for each kind of input that the fuzz targets read: the pictures of our tests, the built-in
# cards, and the answers and manifests below. Also takes over the versions of the program's dependencies.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

pictures=../src/picture/corpus
jpegs=../src/jpeg/corpus

# seed TARGET FILE...
seed() {
    mkdir -p "corpus/$1"
    cp "${@:2}" "corpus/$1"
}

# text TARGET NAME TEXT: TEXT is a format of printf.
text() {
    mkdir -p "corpus/$1"
    # shellcheck disable=SC2059
    printf "$3" >"corpus/$1/$2"
}

cp ../Cargo.lock .

seed jpeg $jpegs/*.jpg
for target in header metadata colors contents; do
    seed $target $jpegs/{gray,progressive-420,adobe-transform-1,lines-after-scan,comment-between-scans}.jpg
    seed $target $pictures/*.{tiff,psd,ico,heic,avif,png}
done
seed pixels $jpegs/{gray,progressive-420,arithmetic-420-0,ycck-2}.jpg $pictures/*.{tiff,psd,ico}

# A GIF of two frames, a WebP and a BMP of one pixel, and an animated PNG without pixels.
for target in header metadata colors contents; do
    text $target gif 'GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;'
    text $target webp 'RIFF\x2e\0\0\0WEBPVP8X\n\0\0\0\x2c\0\0\0\0\0\0\0\0\0ICCP\x04\0\0\0abcdEXIF\x0a\0\0\0II*\0\x08\0\0\0\0\0'
    text $target bmp 'BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\0'
    text $target apng '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x08acTL\0\0\0\x02\0\0\0\0\0\0\0\0'
done

# A strip of each compression: the first byte selects it, the others are the depth, the colors, the options, the number of
# channels, the predictor, the width and the height.
for compression in 0 1 2 3 4 5 6 7 8; do
    text strip "black-and-white-$compression" "\\x0$compression\0\0\x01\x01\0\x10\x04\x26\xa0\x4d\x9a\x80\x80\x08\x01"
    text strip "color-$compression" "\\x0$compression\x03\x02\0\x03\x02\x04\x04\x80\0\x20\x50\x38\x24\x16\x0d\x07"
done

seed card ../src/cards/built_in/*.toml
for service in ../src/cards/built_in/*/; do
    while IFS= read -r file; do
        mkdir -p corpus/card
        cp "$file" "corpus/card/$(tr / - <<<"${file#../src/cards/built_in/}")"
    done < <(find "$service" -name '*.toml')
done

text answer link '{"created":1,"data":[{"b64_json":null,"url":"https://h.example/a.jpeg?X-Tos-Date=20260102T030405Z&X-Tos-Expires=86400"}],"meta":{"usage":{"credits_used":"63000","usd_spent":0.0315}}}'
text answer inline '{"images":[{"url":"data:image/png;base64,YWJj","content_type":"image/png"}],"seed":7}'
text answer relative '{"image":"/v1/images/7/content?x=1"}'
text answer blocked '{"data":[{"error":{"code":"Blocked","message":"not allowed, see https://h.example/a?key=x"}}]}'
text answer refused '{"error":{"message":"no","type":"invalid_request_error","code":"insufficient_quota"},"requestId":"1"}'
text answer detail '{"detail":[{"loc":["body","prompt"],"msg":"field required","type":"missing"}]}'
text answer queued '{"request_id":"a-1","status_url":"https://queue.fal.run/a/b/requests/a-1/status","response_url":"https://queue.fal.run/a/b/requests/a-1","status":"IN_QUEUE"}'
text answer date 'Sun, 06 Nov 1994 08:49:37 GMT'
text answer seconds '120'

text manifest lines '{"image":"a.jpg","prompt":"brighter","output":"b.png","id":7,"seed":8,"guidance_scale":5.5}\n{"image":"https://h.example/a.png","prompt":"x","then":["y","z"],"references":["c.png"],"count":2}\n'
text manifest table 'image,prompt,output,seed,then\r\na.jpg,"a ""bird"", please",b.png,8,"[""y"",""z""]"\r\nc.jpg,"two\nlines",,,\r\n'
