"""Small vocabularies in the shapes of known families, trained on the texts of
reference.py, for tests that need no download."""

import json

import reference
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK = [
    r"\p{N}{1,3}",
    "[一-龥぀-ゟ゠-ヿ]+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^" + "\r\n" + r"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+["
    + "\r\n" + r"]*|\s*[" + "\r\n" + r"]+|\s+(?!\S)|\s+",
]
SIZE = 640


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def byte_level(*stages, normalizer=None, regex=False, prefix=False):
    tok = Tokenizer(models.BPE())
    if normalizer:
        tok.normalizer = normalizer
    tok.pre_tokenizer = pre_tokenizers.Sequence(
        [*stages, pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=regex)]
    )
    tok.decoder = decoders.ByteLevel()
    return tok, trainers.BpeTrainer(vocab_size=SIZE, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)


def byte_fallback(normalizer, pre_tokenizer, decoder):
    tok = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tok.normalizer = normalizer
    if pre_tokenizer:
        tok.pre_tokenizer = pre_tokenizer
    tok.decoder = decoder
    special = ["<unk>", *(f"<0x{b:02X}>" for b in range(256))]
    return tok, trainers.BpeTrainer(vocab_size=SIZE + 200, special_tokens=special, limit_alphabet=150, show_progress=False)


def shapes():
    yield "gpt2", *byte_level(regex=True, prefix=True)
    yield "qwen3", *byte_level(split(CL100K % r"\p{N}"), normalizer=normalizers.NFC())
    yield "llama3", *byte_level(split(CL100K % r"\p{N}{1,3}"))
    yield "gpt4o", *byte_level(split(O200K, "removed", True))
    yield "deepseek_v3", *byte_level(*map(split, DEEPSEEK))
    # A pattern that nobody has, with steps of all kinds.
    yield "unknown", *byte_level(
        split(r"[A-Z]?[a-z]+(?=[^a-z]|$)|\d+", "merged_with_next"),
        pre_tokenizers.Split("-", "merged_with_previous"),
        split(r"\s+", "contiguous"),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("contiguous"),
        normalizer=normalizers.Sequence([normalizers.NFKC(), normalizers.Strip(), normalizers.Replace(Regex(r"x+"), "ks")]),
    )
    blank = decoders.Replace("▁", " ")
    yield "llama2", *byte_fallback(
        normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
        None,
        decoders.Sequence([blank, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
    )
    yield "gemma3", *byte_fallback(
        normalizers.Replace(" ", "▁"),
        pre_tokenizers.Split(" ", "merged_with_previous"),
        decoders.Sequence([blank, decoders.ByteFallback(), decoders.Fuse()]),
    )
    yield "metaspace", *byte_fallback(
        normalizers.NFKD(), pre_tokenizers.Metaspace(prepend_scheme="first"), decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="first")])
    )


def shape(name, path):
    """Puts into the file what the trainer does not know."""
    file = json.loads(path.read_text())
    if name == "llama3":
        file["model"]["ignore_merges"] = True
        # A word that its merges would not make.
        file["model"]["vocab"]["Ġquickest"] = max(file["model"]["vocab"].values()) + 1
        for t in file["added_tokens"]:
            t["id"] += 1
    # The trainer makes bytes special; in models they are plain tokens.
    file["added_tokens"] = [t for t in file["added_tokens"] if not t["content"].startswith("<0x")]
    if name in ("gpt2", "llama2"):  # the older form of merges
        file["model"]["merges"] = [m if isinstance(m, str) else " ".join(m) for m in file["model"]["merges"]]
    path.write_text(json.dumps(file, ensure_ascii=False, separators=(",", ":")) + "\n")


def make(folder, vectors):
    corpus = list(reference.texts(1500, [], seed=7))
    for name, tok, trainer in shapes():
        tok.train_from_iterator(corpus, trainer)
        tok.add_special_tokens(["<|begin|>", "<|end|>", AddedToken("<strip>", lstrip=True, rstrip=True)])
        tok.add_tokens([AddedToken("wörd", single_word=True), AddedToken("é\n", normalized=True), "||"])
        path = folder / f"{name}.tokenizer.json"
        tok.save(str(path), pretty=False)
        shape(name, path)
        vectors(path, folder / f"{name}.jsonl", 170, longest=120)
