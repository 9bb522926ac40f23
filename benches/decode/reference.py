"""Encodes and decodes pictures with Pillow and pillow-heif, as asked on standard input. Each line of it is a command:

    save SOURCE TARGET OPTION=NUMBER...    encodes a picture
    load FILE                              decodes a picture

Words are separated by tabs. The answer is a line: the time and the processor time in seconds, or `error` and the reason.
"""

import sys
import time

from PIL import Image

try:
    import pillow_heif

    pillow_heif.register_heif_opener()
except ImportError:
    pass


def save(source, target, *options):
    options = dict(option.split("=") for option in options)
    Image.open(source).save(target, **{name: int(value) for name, value in options.items()})


def load(file):
    with Image.open(file) as image:
        image.load()


for line in sys.stdin:
    command, *arguments = line.rstrip("\n").split("\t")
    started = time.perf_counter(), time.process_time()
    try:
        {"save": save, "load": load}[command](*arguments)
    except Exception as error:
        print("error", type(error).__name__, " ".join(str(error).split()), flush=True)
    else:
        print(time.perf_counter() - started[0], time.process_time() - started[1], flush=True)
