"""Vectors of the reference library (the package `tokenizers`).

reference.py vectors TOKENIZER.JSON OUT.JSONL COUNT: COUNT texts with their ids,
and what these decode to where that is another text, one JSON object a line.
reference.py tiny DIR: the small vocabularies beside this file, and their vectors.
reference.py speed TOKENIZER.JSON TEXT: seconds of processor time to
load, tokens a second of it.
"""

import json
import pathlib
import random
import sys
import time

from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent

WORDS = (
    "the quick brown fox jumps over lazy dogs while it's raining; don't you think they'll I'VE we'd SHE'S can'T "
    "naïve café Straße Ångström Москва Ελλάδα schön garçon coöperate İstanbul internationalization tokenizer HTTPServer "
    "parseJSON XMLHttpRequest snake_case kebab-case CONSTANT_VALUE x1 y22 z333 v1.2.3 3.14159 1,000,000 2026-11-24 0xDEADBEEF"
).split()
CODE = [
    "func main() {\n\tfmt.Println(\"hello, world\")\n}\n", "for (int i = 0; i < n; ++i) { a[i] += b[i]; }",
    "def f(x):\n    return [y**2 for y in x if y % 2 == 0]\n", "SELECT * FROM t WHERE a = 'b' AND c <> 3;", "<div class=\"a\">\r\n  <b>x</b>\r\n</div>",
    "if err != nil {\n\t\treturn fmt.Errorf(\"open %s: %w\", path, err)\n\t}\n", "#include <stdio.h>\n// a comment\n/* and\n   more */",
    "https://example.org/a/b?c=d&e=f#g", "{\"a\": [1, 2.5e-3, null], \"b\": \"\\u00e9\\n\"}", "x = y // z\n\n\n\n# ---- ==== ****\n", "a->b::c&&d||!e",
    "    \t  indented\n        more\n", "$HOME/bin:/usr/local/bin", "/path/to//file.tar.gz", "'''doc'''\n\"\"\"doc\"\"\"", "λx.x → ∀y∃z ≤ ≥ ≠ ∑∏√∞",
]
SCRIPTS = {
    "han": (0x4E00, 0x9FFF), "hiragana": (0x3041, 0x309F), "katakana": (0x30A0, 0x30FF), "hangul": (0xAC00, 0xD7A3),
    "jamo": (0x1100, 0x11FF), "cyrillic": (0x400, 0x52F), "greek": (0x370, 0x3FF), "arabic": (0x600, 0x6FF), "hebrew": (0x590, 0x5FF),
    "devanagari": (0x900, 0x97F), "bengali": (0x980, 0x9FF), "tamil": (0xB80, 0xBFF), "thai": (0xE00, 0xE7F), "tibetan": (0xF00, 0xFFF),
    "georgian": (0x10A0, 0x10FF), "ethiopic": (0x1200, 0x137F), "khmer": (0x1780, 0x17FF), "mongolian": (0x1800, 0x18AF),
    "latin": (0xC0, 0x24F), "latin+": (0x1E00, 0x1EFF), "greek+": (0x1F00, 0x1FFF), "punctuation": (0x2000, 0x206F),
    "letterlike": (0x2100, 0x218F), "math": (0x2200, 0x22FF), "enclosed": (0x2460, 0x24FF), "cjk marks": (0x3000, 0x303F),
    "compat": (0xF900, 0xFAFF), "forms": (0xFB00, 0xFDFF), "wide": (0xFF00, 0xFFEF), "bold": (0x1D400, 0x1D7FF),
    "gothic": (0x10330, 0x1034F), "cuneiform": (0x12000, 0x1209F), "adlam": (0x1E900, 0x1E95F), "han b": (0x20000, 0x20200),
    "new": (0x10D40, 0x10D8F), "cherokee": (0xAB70, 0xABBF), "kana+": (0x1B000, 0x1B0FF), "private": (0xE000, 0xE0FF),
}
EMOJI = [
    "😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "🇯🇵🇺🇸", "1️⃣", "#️⃣", "❤️", "❤️‍🔥", "👩🏿‍🚀", "🧑‍🤝‍🧑", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "☺︎", "🫠", "🪿", "🤷🏻‍♀️", "⌚", "㊗️", "©️",
    "\u200d", "\ufe0f", "\u20e3", "\U0001f3ff",
]
SPACES = " \t\n\r\x0b\x0c\x85\xa0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
MARKS = [chr(c) for c in [*range(0x300, 0x370), *range(0x483, 0x488), *range(0x591, 0x5BE), *range(0x64B, 0x656), 0x93C, 0x94D, 0x9BE, 0x9D7,
    0xE38, 0xE48, *range(0x1AB0, 0x1ACF), *range(0x1DC0, 0x1E00), *range(0x20D0, 0x20F1), 0x302A, 0x3099, 0x309A, *range(0xFE20, 0xFE30),
    0x8CB, 0x8CF, 0x11930, 0x1E08F, 0x1D165, 0x1D16D]]


def pick(rng, lo, hi):
    while True:
        c = rng.randint(lo, hi)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def prose(rng):
    out = []
    for _ in range(rng.randint(1, 60)):
        w = rng.choice(WORDS)
        out.append(w.upper() if rng.random() < 0.05 else w.capitalize() if rng.random() < 0.15 else w)
        out.append(rng.choice([" "] * 12 + [", ", ". ", "\n", "\n\n", " - ", "  ", "... ", "!? ", "; ", " (", ") "]))
    return "".join(out)


def code(rng):
    return "".join(rng.choice(CODE) + rng.choice(["", "\n", "\n\n", "\n\t", "    ", "\r\n"]) for _ in range(rng.randint(1, 6)))


def script(rng, n=40):
    lo, hi = SCRIPTS[rng.choice(list(SCRIPTS))]
    return "".join(rng.choice([" ", "\n", ".", "1", "'"]) if rng.random() < 0.15 else pick(rng, lo, hi) for _ in range(rng.randint(1, n)))


def cjk(rng):
    out = []
    for _ in range(rng.randint(1, 12)):
        lo, hi = SCRIPTS[rng.choice(["han", "han", "hiragana", "katakana", "hangul", "cjk marks", "wide", "compat"])]
        out.append("".join(pick(rng, lo, hi) for _ in range(rng.randint(1, 8))))
        out.append(rng.choice(["", "。", "，", " ", "123", "ABC", "\n", "、", "！"]))
    return "".join(out)


def emoji(rng):
    return "".join(rng.choice(EMOJI) * rng.choice([1, 1, 1, 2, 7]) + rng.choice(["", "", " ", "a", "\n"]) for _ in range(rng.randint(1, 20)))


def combining(rng):
    out = []
    for _ in range(rng.randint(1, 8)):
        out.append(rng.choice("aeiounAEIOUN ZЙйかक가가𑤵न") )
        out.extend(rng.choice(MARKS) for _ in range(rng.choice([0, 1, 1, 2, 3, 8, 31, 45])))
    return "".join(out)


def spaces(rng):
    out = []
    for _ in range(rng.randint(1, 10)):
        s = rng.choice([" ", " ", "\n", "\t", "\r\n", None])
        n = rng.choice([1, 2, 3, 4, 7, 8, 16, 33, 90])
        out.append("".join(rng.choice(SPACES) for _ in range(n)) if s is None else s * n)
        out.append(rng.choice(["", "x", "42", ".", "é", "语", "Word", "▁"]))
    return "".join(out)


def repeats(rng):
    c = rng.choice(["a", "A", "e", "0", "9", "=", "-", "é", "語", "😀", ".", "ab", "Ab", "\u0301", "▁", "ſ", "ха", "\x00", "<", "/"])
    return rng.choice(["", "x", " "]) + c * rng.choice([1, 2, 3, 5, 17, 63, 64, 65, 200, 1000, 3000]) + rng.choice(["", " end", "\n"])


def mixed(rng):
    return "".join(rng.choice([prose, code, script, cjk, emoji, combining, spaces])(rng)[: rng.randint(1, 30)] for _ in range(rng.randint(2, 8)))


def anything(rng):
    return "".join(pick(rng, *rng.choice([(0, 0x7F), (0, 0xFF), (0, 0x7FF), (0, 0xFFFF), (0, 0x1FFFF), (0, 0x10FFFF)])) for _ in range(rng.randint(1, 60)))


def noise(rng):
    return rng.randbytes(rng.randint(1, 200)).decode("utf-8", "ignore")


def ascii_noise(rng):
    return "".join(chr(rng.choice([32, 10, 13, 39, 47, 9]) if rng.random() < 0.3 else rng.randint(32, 126)) for _ in range(rng.randint(1, 80)))


def contractions(rng):
    return "".join(rng.choice(["'s", "'S", "'ſ", "'t", "'LL", "'ll", "'lL", "'re", "'VE", "'d", "'x", "''", "’s", "a", "B", "7", " ", "é", "É", "ǅ", "ʰ", "語"]) for _ in range(rng.randint(1, 30)))


def tokens(rng, added):
    out = []
    for _ in range(rng.randint(1, 8)):
        out.append(rng.choice(added) if added and rng.random() < 0.6 else rng.choice(["<|", "<", "|>", "[", "<s>", "</s>", "<0x0A>", "<unk>"]))
        out.append(rng.choice(["", " ", "  ", "text", " text ", "\n", "é", "\n\n", "\t", "▁"]))
    return "".join(out)


KINDS = [prose, code, script, cjk, emoji, combining, spaces, repeats, mixed, anything, noise, ascii_noise, contractions, tokens]


def texts(count, added, seed=1):
    rng = random.Random(seed)
    yield ""
    yield " "
    for i in range(count - 2):
        kind = KINDS[i % len(KINDS)]
        yield kind(rng, added) if kind is tokens else kind(rng)


def vectors(path, out, count, longest=1 << 20):
    tok = Tokenizer.from_file(str(path))
    tok.no_truncation()
    tok.no_padding()
    added = [t["content"] for t in json.loads(pathlib.Path(path).read_text())["added_tokens"]]
    with open(out, "w", encoding="utf-8") as f:
        for text in texts(count, added):
            if len(text) > longest:
                continue
            ids = tok.encode(text, add_special_tokens=False).ids
            row = {"text": text, "ids": ids}
            decoded = tok.decode(ids, skip_special_tokens=False)
            if decoded != text:
                row["decoded"] = decoded
            f.write(json.dumps(row, separators=(",", ":")) + "\n")


def speed(path, text):
    start = time.process_time()
    tok = Tokenizer.from_file(str(path))
    load = time.process_time() - start
    text = pathlib.Path(text).read_text()
    tok.encode("warm", add_special_tokens=False)
    n, start = 0, time.process_time()
    while time.process_time() - start < 2:
        n += len(tok.encode(text, add_special_tokens=False).ids)
    print(f"{load:.3f} {n / (time.process_time() - start):.0f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["vectors", path, out, count]:
            vectors(path, out, int(count))
        case ["tiny", folder]:
            import tiny

            tiny.make(pathlib.Path(folder), vectors)
        case ["speed", path, text]:
            speed(path, text)
        case _:
            sys.exit(__doc__)
