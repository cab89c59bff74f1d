"""Trains the guide on conversations that the corpus makes on the fly; no question is seen twice but by chance.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python3 train.py --out /tmp/guide --minutes 70        # writes /tmp/guide/last.pt as it goes
    ... train.py --out /tmp/guide --minutes 70 --resume                     # goes on after an interruption

Conversations of like length share a batch, so that little is padded. Only the assistant's tokens are learned.
"""
import argparse
import json
import os
import random
import time

import torch
import torch.nn.functional as F

from corpus.conversation import Maker
from model import Guide, Shape
from tokenizer import Tokenizer

CHUNK = 4096            # conversations drawn, sorted by length and cut into batches at a time


def batches(seed, tok, size, context, cut, single, noise):
    """One chunk as a list of (ids, targets); a target of -1 is not learned.

    A share `cut` of the conversations ends ten tokens into its last answer: which answer is the right one shows in its
    first words, the rest is soon known by heart, and so one hour of a processor sees more questions.
    """
    rng = random.Random(seed)
    maker, rows = Maker(rng, single=single, noise=noise), []
    for _ in range(CHUNK):
        messages = maker.conversation()
        ids, own = tok.chat(messages)
        if rng.random() < cut:
            rest = max(0, len(tok.encode(messages[-1][1])) + 2 - 10)      # with <|im_end|> and the line's end
            ids, own = ids[:len(ids) - rest], own[:len(own) - rest]
        ids, own = ids[:context + 1], own[:context + 1]
        rows.append((ids[:-1], [i if o else -1 for i, o in zip(ids[1:], own[1:])]))
    rows.sort(key=lambda r: len(r[0]))
    out, start = [], 0
    while start < len(rows):
        end = start + 1
        while end < len(rows) and len(rows[end][0]) * (end + 1 - start) <= size:
            end += 1
        group, longest = rows[start:end], len(rows[end - 1][0])
        pad = lambda row, fill: row + [fill] * (longest - len(row))
        out.append((torch.tensor([pad(r[0], 0) for r in group]), torch.tensor([pad(r[1], -1) for r in group])))
        start = end
    rng.shuffle(out)
    return out


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--steps", type=int, default=20000)
    ap.add_argument("--minutes", type=float, default=0, help="end the schedule at this time instead, if it comes first")
    ap.add_argument("--batch", type=int, default=2048, help="tokens in a step")
    ap.add_argument("--lr", type=float, default=1.5e-3)
    ap.add_argument("--cut", type=float, default=0.6, help="share of conversations that end early in the last answer")
    ap.add_argument("--single", type=float, default=0.5, help="share of conversations of one turn")
    ap.add_argument("--noise", type=float, default=1.0, help="how much questions are varied; less at first is learned sooner")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--resume", action="store_true")
    ap.add_argument("--again", action="store_true", help="with --resume: the schedule starts anew, to teach a finished model what its corpus lacked")
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    os.makedirs(a.out, exist_ok=True)
    last = os.path.join(a.out, "last.pt")
    tok = Tokenizer.load()
    model = Guide(Shape(vocab=len(tok.tokens)))
    decay = [p for p in model.parameters() if p.dim() == 2]
    opt = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0}], lr=a.lr, betas=(0.9, 0.97))
    step, chunk, tokens, before = 0, 0, 0, 0.0
    if a.resume and os.path.exists(last):
        s = torch.load(last)
        model.load_state_dict(s["model"])
        opt.load_state_dict(s["opt"])
        step, chunk, tokens, before = s["step"], s["chunk"] + 1, s["tokens"], s["seconds"]
    print(f"{sum(p.numel() for p in model.parameters())} parameters, from step {step}", flush=True)
    first, spent = (step, before) if a.again else (0, 0.0)
    began, seen, losses, saved = time.time(), 0, [], time.time()

    def save():
        torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "shape": vars(model.s), "step": step, "chunk": chunk, "tokens": tokens, "seconds": before + time.time() - began}, last + ".new")
        os.replace(last + ".new", last)

    done = False
    while not done:
        for ids, want in batches(a.seed * 1_000_003 + chunk, tok, a.batch, model.s.context, a.cut, a.single, a.noise):
            seconds = before + time.time() - began
            part = max((step - first) / a.steps, (seconds - spent) / (a.minutes * 60) if a.minutes else 0)
            if part >= 1:
                done = True
                break
            rate = a.lr * min(1, (step - first + 1) / (50 if first else 200)) * (1 - part)
            for g in opt.param_groups:
                g["lr"] = rate
            h = model.hidden(ids)
            learn = want >= 0
            loss = F.cross_entropy(h[learn] @ model.embed.T, want[learn])
            opt.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            step, tokens, seen = step + 1, tokens + ids.numel(), seen + ids.numel()
            losses.append(loss.item())
            if step % 50 == 0:
                print(json.dumps({"step": step, "loss": round(sum(losses) / len(losses), 4), "lr": round(rate, 6), "tokens": tokens, "tok_s": round(seen / (time.time() - began)), "min": round(seconds / 60, 1)}), flush=True)
                losses = []
            if time.time() - saved > 45:
                save()
                saved = time.time()
        chunk += 1
    save()
    print("done", flush=True)


if __name__ == "__main__":
    main()
