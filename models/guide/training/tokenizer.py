"""A byte-level BPE tokenizer as llama.cpp knows it (`tokenizer.ggml.model=gpt2`, `tokenizer.ggml.pre=gpt-2`).

    python3 tokenizer.py            # trains the merges on the corpus and writes tokenizer.json
"""
import json
import os
import random
import unicodedata
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SIZE = 3072


def byte_names():
    """GPT-2's printable stand-ins for the 256 bytes."""
    keep = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    names, extra = {}, 0
    for b in range(256):
        if b in keep:
            names[b] = chr(b)
        else:
            names[b] = chr(256 + extra)
            extra += 1
    return names


def pieces(text):
    r"""Splits by GPT-2's pattern 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ ."""
    kinds = ["s" if c.isspace() else unicodedata.category(c)[0] if unicodedata.category(c)[0] in "LN" else "o" for c in text]
    i, n = 0, len(text)
    while i < n:
        if text[i] == "'":
            for end in ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d"):
                if text.startswith(end, i):
                    break
            else:
                end = ""
            if end:
                yield end
                i += len(end)
                continue
        j = i + 1 if text[i] == " " and i + 1 < n and kinds[i + 1] != "s" else i
        if kinds[j] != "s":
            k = j
            while k < n and kinds[k] == kinds[j]:
                k += 1
        else:
            k = j
            while k < n and kinds[k] == "s":
                k += 1
            if k < n and k - i > 1:
                k -= 1                      # the last space belongs to the word that follows
        yield text[i:k]
        i = k


class Tokenizer:
    def __init__(self, merges):
        self.names = byte_names()
        self.merges = [tuple(m) for m in merges]
        self.ranks = {m: r for r, m in enumerate(self.merges)}
        self.tokens = [self.names[b] for b in range(256)] + [a + b for a, b in self.merges] + SPECIALS
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        self.bytes = {c: b for b, c in self.names.items()}
        self.start, self.end = self.ids["<|im_start|>"], self.ids["<|im_end|>"]
        self.cache = {}

    @staticmethod
    def load(path=os.path.join(HERE, "tokenizer.json")):
        with open(path, encoding="utf-8") as f:
            return Tokenizer(json.load(f)["merges"])

    def encode(self, text):
        out = []
        for p in pieces(text):
            ids = self.cache.get(p)
            if ids is None:
                ids = self.cache[p] = self._word(p) if len(self.cache) < 500_000 else self._word(p)
            out += ids
        return out

    def _word(self, piece):
        parts = [self.names[b] for b in piece.encode()]
        while len(parts) > 1:
            rank, i = min((self.ranks.get((a, b), 1 << 30), i) for i, (a, b) in enumerate(zip(parts, parts[1:])))
            if rank == 1 << 30:
                break
            parts[i:i + 2] = [parts[i] + parts[i + 1]]
        return [self.ids[p] for p in parts]

    def decode(self, ids):
        out = bytearray()
        for i in ids:
            t = self.tokens[i]
            out += t.encode() if t in SPECIALS else bytes(self.bytes[c] for c in t)
        return out.decode(errors="replace")

    def chat(self, messages):
        """ChatML: the token ids, and for each whether it is an assistant's own (and so is learned)."""
        ids, own = [], []
        for role, text in messages:
            head = [self.start] + self.encode(role + "\n")
            body = self.encode(text) + [self.end]
            tail = self.encode("\n")
            ids += head + body + tail
            own += [0] * len(head) + [int(role == "assistant")] * len(body) + [0] * len(tail)
        return ids, own

    def prompt(self, messages):
        return self.chat(messages)[0] + [self.start] + self.encode("assistant\n")


def train(counts, size):
    """Learns merges from piece counts. Digits are never merged, so that every number is spelled out."""
    names = byte_names()
    words = [([names[b] for b in w.encode()], c) for w, c in sorted(counts.items()) if not any(ch.isdigit() for ch in w)]
    pairs, where = Counter(), defaultdict(set)
    for n, (w, c) in enumerate(words):
        for p in zip(w, w[1:]):
            pairs[p] += c
            where[p].add(n)
    merges = []
    while len(merges) < size - 256 - len(SPECIALS):
        best = max(pairs, key=lambda p: (pairs[p], p))
        if pairs[best] < 2:
            raise SystemExit("the corpus is too small for this vocabulary")
        merges.append(best)
        for n in where.pop(best):
            w, c = words[n]
            for p in zip(w, w[1:]):
                pairs[p] -= c
            i, new = 0, []
            while i < len(w):
                if i + 1 < len(w) and (w[i], w[i + 1]) == best:
                    new.append(w[i] + w[i + 1])
                    i += 2
                else:
                    new.append(w[i])
                    i += 1
            w[:] = new
            for p in zip(w, w[1:]):
                pairs[p] += c
                where[p].add(n)
        del pairs[best]
    return merges


def main():
    from corpus.conversation import Maker
    maker, counts = Maker(random.Random(1)), Counter()
    for _ in range(60_000):
        for _, text in maker.conversation():
            counts.update(pieces(text))
    counts.update({"user": 10**6, "assistant": 10**6, "system": 10**6})
    merges = train(counts, SIZE)
    with open(os.path.join(HERE, "tokenizer.json"), "w", encoding="utf-8", newline="\n") as f:
        json.dump({"merges": merges, "specials": SPECIALS}, f, ensure_ascii=False, separators=(",", ":"))
    print(f"{len(counts)} different pieces, {len(merges)} merges")


if __name__ == "__main__":
    main()
