"""Asks a GGUF, in real llama.cpp and greedily, questions that the training never saw.

    python3 evaluate.py LIB ../v1/guide-v1.gguf                 # figures for all held-out sets
    python3 evaluate.py LIB ../v1/guide-v1.gguf --show 40       # and that many answers to read
    python3 evaluate.py LIB ../v1/guide-v1.gguf --checkpoint last.pt    # compares tokens and logits with torch as well

LIB is llama.cpp's folder (see llama.py). An answer counts only if it is word for word one of those that the question's
intent allows; "declined" counts any of the sentences by which the guide says that it does not know or cannot do it, and,
asked for a fact that is absent, any that begins like the one for that case. "named" counts those of them that also name
what was asked, word for word.
"""
import argparse
import random

from corpus import unknown as u
from corpus.conversation import _BY, Maker, held_out, vary
from corpus.facts import NOT_GIVEN, facts, not_given, reply, value
from corpus.handmade import DEV, TEST
from llama import Llama

DECLINED = {u.ANSWER, u.NO_ZAKENAK, u.NO_CODE, u.NO_MATH, u.NO_TRANSLATE, u.NO_ADVICE}
DECLINED |= {_BY[n].a for n in ("s_weather", "s_time", "s_news", "s_cannot", "s_meaning", "s_game", "s_sing", "s_languages")}


def allowed(answers):
    return {answers} if isinstance(answers, str) else set(answers)


def grammar_sets(n, rng):
    """Held-out questions of the grammar: (set, messages, allowed answers)."""
    m = Maker(rng, training=False)
    for _ in range(n):
        q, _, i = m.one(m.intent)
        yield "using Zakenak", [("user", vary(q, rng, noise=0))], allowed(i.a)
    for _ in range(n):
        q, a, _ = m.one(m.unknown)
        yield "outside its knowledge", [("user", vary(q, rng, noise=0))], DECLINED


def fact_sets(n, rng):
    """Held-out questions about facts that are given and about facts that are absent, and the example of the model card."""
    for name in ("fact that is given", "fact that is absent"):
        made = 0
        while made < n:
            text, qa = facts(rng)
            given = [x for x in qa if x[1].startswith(NOT_GIVEN) == (name == "fact that is absent") and not x[1].startswith("I know this") and held_out(x[0])]
            if given:
                q, a = given[0]
                made += 1
                yield name, [("system", text), ("user", vary(q, rng, plain=True, noise=0))], {a}
    example = [("tier", "What is my tier?"), ("open_tickets", "How many open tickets do I have?"), ("plan", "What is my plan?"), ("city", "Which city do I live in?")]
    for _ in range(60):
        known = {"customer:tier": value("tier", rng), "customer:open_tickets": value("n", rng)}
        text = "Known facts:\n" + "\n".join(f"{k} = {v}" for k, v in known.items())
        for f, q in example:
            k = f"customer:{f}"
            yield ("example, given" if k in known else f"example, absent ({f})"), [("system", text), ("user", q)], {reply(k, known[k]) if k in known else not_given(k, q)}


def hand_set(name, items):
    for q, intent in items:
        yield name, [("user", q)], DECLINED if intent == "?" else allowed(_BY[intent].a)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("lib")
    ap.add_argument("gguf")
    ap.add_argument("-n", type=int, default=250, help="questions in each set of the grammar")
    ap.add_argument("--show", type=int, default=0)
    ap.add_argument("--wrong", action="store_true", help="show all wrong answers")
    ap.add_argument("--test", action="store_true", help="ask the hand-written TEST set too (only of a finished model)")
    ap.add_argument("--checkpoint")
    a = ap.parse_args()
    llama = Llama(a.lib, a.gguf)
    if a.checkpoint:
        compare(llama, a.checkpoint)
    sets = list(grammar_sets(a.n, random.Random(7))) + list(fact_sets(a.n, random.Random(8))) + list(hand_set("by hand, read while improving (DEV)", DEV))
    if a.test:
        sets += list(hand_set("by hand, asked only at the end (TEST)", TEST))
    right, shown = {}, 0
    show = set(random.Random(11).sample(range(len(sets)), min(a.show, len(sets))))
    for k, (name, messages, good) in enumerate(sets):
        answer = llama.answer(messages)
        ok = answer in good
        if "absent" in name:
            named = right.setdefault(name + ", named", [0, 0])
            named[0], named[1] = named[0] + ok, named[1] + 1
            ok = answer.startswith(NOT_GIVEN) or answer in DECLINED
        r = right.setdefault(name, [0, 0])
        r[0] += ok
        r[1] += 1
        if k in show or (a.wrong and not ok):
            print(f"[{'ok' if ok else 'WRONG'}] " + " / ".join(f"{t!r}" for _, t in messages) + f"\n    {answer}")
            if not ok:
                print(f"    wanted: {sorted(good)[0]}")
    for name, (ok, all_) in right.items():
        print(f"{name}: {ok} of {all_} ({100 * ok / all_:.1f} %)")


def compare(llama, checkpoint):
    """Tokens, logits and greedy answers of llama.cpp against torch."""
    import torch

    from model import Guide, Shape
    from tokenizer import Tokenizer
    tok, saved = Tokenizer.load(), torch.load(checkpoint, map_location="cpu")
    model = Guide(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    m, same_tokens, same_answers, texts, worst, n = Maker(random.Random(5), training=False), 0, 0, 0, 0.0, 40
    for k in range(300):
        for _, t in (chat := Maker(random.Random(k)).conversation()):
            same_tokens, texts = same_tokens + (tok.encode(t) == llama.tokenize(t)), texts + 1
        same_tokens, texts = same_tokens + (tok.prompt(chat) == llama.tokenize(llama.template(chat), True)), texts + 1
    for _ in range(n):
        ids = tok.prompt([("user", m.one(m.intent)[0])])
        with torch.no_grad():
            logits = model(torch.tensor([ids]))[0, -1].numpy()
        worst = max(worst, float(abs(logits - llama.feed(ids)).max()))
        same_answers += model.greedy(ids, tok.end) == llama.greedy(ids)
    print(f"tokenizer: {same_tokens} of {texts} texts equal; greedy answers: {same_answers} of {n} equal; largest difference of a logit: {worst:.3f}")


if __name__ == "__main__":
    main()
