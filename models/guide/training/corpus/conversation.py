"""Puts turns together into conversations, varies how they are written, and keeps held-out questions apart."""
import hashlib
import re

from . import concepts, details, services, smalltalk, using
from .facts import NOT_GIVEN, contrasts, facts, without_facts
from .grammar import expand, expand_all, question
from .handmade import DEV, TEST
from .more_ways import SAY
from .unknown import pseudo, unknown

ZAKENAK = using.INTENTS + details.INTENTS + services.INTENTS + concepts.INTENTS
SMALL = smalltalk.INTENTS
_BY = {i.name: i for i in ZAKENAK + SMALL}
for _name, _ways in SAY.items():
    _BY[_name].say.extend(_ways)
for _name, _weight in (("sad", 6), ("happy", 4), ("good", 5), ("bad", 4), ("tired", 3), ("angry", 3), ("bored", 2), ("sick", 1.5), ("colleague", 2)):
    _BY["s_" + _name].weight = _weight                      # "I am ..." and "you are ...": alike, so they need more examples
NO_MORE = "That is all I know about it. The README of Zakenak says more."
ABOUT_WHAT = "About what? You can ask me about Zakenak, for example how to start it."
MORE = ["tell me more", "more", "more [please]", "can you tell me more [about (it|that|this)]", "go on", "what else", "tell me more about (it|that|this)", "(and|what) else [is there]", "explain more", "more details [please]", "give me more (details|information)", "can you explain (it|that) in more detail", "anything else", "and then", "is that all", "i want to know more", "please elaborate", "elaborate", "is there more", "why", "why [is] that", "how so", "why does (it|that) matter", "(where|when) is (it|that) used", "what for", "(give me|do you have|show me) an example", "for example", "how exactly", "can you be more specific", "what does that mean", "in what way", "what next", "and after that", "what is it good for"]
NAMES = "Anna Peter Maria John Ali Olga Hans Julia Tom Sara Omar Lena Paul Nina Ivan Rosa Max Eva Leo Mia Ben Kate Mark Luca Yusuf Ingrid Chen Aiko Pedro Sofia Emma Noah Liam Oscar Ruth Vera Karl Ella Hugo Jane Bob Alice Sam Tim Kim Lisa Marc Erik Anton Deniz".split()
SYSTEM = ["You are a helpful assistant.", "You are a helpful assistant.", "You are the Zakenak guide.", "You are a helpful assistant that answers questions about Zakenak.", "Answer briefly.", "You are a friendly assistant. Keep your answers short.", "Be concise.", "You are an AI assistant.", "You are a helpful, honest assistant.", "Answer in plain English.", "You answer questions about Zakenak in plain English.", "You are a chatbot.", "Help the user.", "You are a support agent of a company.", "You are a precise assistant. Answer with facts only."]


def normal(text):
    """What makes two questions the same one: their letters and digits, in lower case."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def _bucket(text, n):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % n


HANDMADE = {normal(q) for q, _ in DEV + TEST}


WHOLE = {normal(q) for i in ZAKENAK + SMALL for pattern in i.say for q in expand_all(pattern)}


def held_out(q):
    """Held out from training: everything in handmade.py, and one in 25 of the questions of four words or more that the
    grammar puts together from a frame and a phrase. (A question that is written down whole has no likeness that could
    stand in for it, so the model would just not know it.)"""
    n = normal(q)
    return n in HANDMADE or (len(n.split()) >= 4 and n not in WHOLE and _bucket("q:" + n, 25) == 0)


def noun_held_out(noun):
    return _bucket("noun:" + noun, 10) == 0


_NEAR = {c: n for c, n in zip("qwertyuiopasdfghjklzxcvbnm", "wa qes wrd etf ryg tuh yij uok ipl ol qsz awdx sefc drgv fthb gyjn hukm jil kop asx zsdc xdfv cfgb vghn bhjm njk".split())}
_ASK = re.compile(r"^(and |so |ok |hi |hello )?(what|how|why|who|when|where|which|is|are|do|does|did|can|could|will|would|should|whats|what's|who's|where's|how's|am|have|has|may|must|for whom|in what|in which|on which|on what|under)\b", re.I)
_SHORT = [(r"\bwhat is\b", "what's"), (r"\bdo not\b", "don't"), (r"\bcannot\b", "can't"), (r"\bi am\b", "i'm"), (r"\bdoes not\b", "doesn't"), (r"\bwhere is\b", "where's"), (r"\bit is\b", "it's"), (r"\bhow do i\b", "how do you"), (r"\brepository\b", "repo"), (r"\blicence\b", "license"), (r"\bplease\b", "pls"), (r"\byou\b", "u"), (r"\bare\b", "r"), (r"\bi would\b", "i'd"), (r"\bdon't\b", "dont"), (r"\bcan't\b", "cant"), (r"\bwhat's\b", "whats"), (r"\bdirectory\b", "folder"), (r"\bwant to\b", "wanna"), (r"\bgoing to\b", "gonna"), (r"\bdoesn't\b", "doesnt"), (r"\bcommand\b", "cmd"), (r"\bmodel server\b", "modelserver"), (r"\bzakenak\b", "the Zakenak")]


def typo(word, rng):
    i = rng.randrange(len(word) - 1)
    r = rng.random()
    if r < 0.3:
        return word[:i] + word[i + 1:]
    if r < 0.6:
        return word[:i] + word[i + 1] + word[i] + word[i + 2:]
    if r < 0.75:
        return word[:i] + word[i] + word[i:]
    return word[:i] + rng.choice(_NEAR.get(word[i].lower(), word[i])) + word[i + 1:]


def vary(q, rng, small=False, plain=False, noise=1.0):
    """Writes a question as people do: casing, punctuation, politeness, short forms, slips of the fingers."""
    if rng.random() < 0.12 * noise and not plain:
        pat, rep = rng.choice(_SHORT[:-1])
        q = re.sub(pat, rep, q)
    if rng.random() < 0.10 * noise and not small:
        q = rng.choice(["hi, ", "hello, ", "hello! ", "hi! ", "please, ", "ok, ", "so, ", "hey, ", "sorry, ", "quick question: ", "excuse me, ", "well, ", "ok ", "hi ", "hey ", "great, ", "thanks, ", "thanks. ", "one more question: ", "good morning, ", "now ", "but ", "and ", "hmm, ", "hello guide, ", "dear guide, "]) + q
    if rng.random() < 0.06 * noise and not small:
        q = rng.choice(["I am new here", "I cloned the repository", "I have installed everything", "I work at a bank", "I have a question", "I read the README", "It is my first day", "I am on Linux", "We run our own servers", "I am a developer", "I use a laptop", "My boss wants to know this", "I looked everywhere", "I tried it yesterday", "I need your help", "I am stuck", "I'm confused", "Listen", "I hope you can help me", "I am writing a report", "I have just started", "We have no internet here", "I don't have much time", "Just curious", "Let me ask you something", "There is one thing I want to know"]) + rng.choice([". ", ". ", ", ", ": ", " - "]) + (q[0].upper() + q[1:] if rng.random() < 0.6 else q)
    ask = bool(_ASK.match(q)) or bool(re.search(r"\b(what|how|why|who|when|where|which) ", q))
    if rng.random() < 0.06 * noise and not small:
        q += rng.choice([" please", ", please", " thanks", " now", " exactly", " then", " again", ", thanks", " actually", " for me", " btw", " by the way", " here", " right now"])
    if rng.random() < 0.12 * noise and not plain:
        w = q.split(" ")
        for _ in range(rng.choice((1, 1, 1, 2))):
            i = rng.randrange(len(w))
            if len(w[i]) >= 4 and w[i].isalpha():
                w[i] = typo(w[i], rng)
        q = " ".join(w)
    r = rng.random()
    if r < 0.5:
        q = re.sub(r"\bi\b(?!\.)", "I", q) if rng.random() < 0.85 else q
        q = q[0].upper() + q[1:]
    elif r < 0.87 and not plain:
        q = q.lower()
    elif r < 0.9 and not plain:
        q = q.upper()
    r = rng.random()
    if ask:
        q += "?" if r < 0.66 else " ?" if r < 0.68 else "??" if r < 0.69 else "." if r < 0.72 else ""
    elif q[-1].isalnum():
        q += "!" if r < (0.2 if small else 0.03) else "." if r < 0.4 else "?" if r < (0.45 if small else 0.6) else ""
    return q


def weighted(intents):
    return intents, [i.weight * (1 if i.name.startswith("s_") else (len(i.what) + len(i.do) + len(i.where) + len(i.can) + len(i.say)) ** 0.35) for i in intents]


_ZW, _SW = weighted(ZAKENAK), weighted(SMALL)
_GROUPS = {}
for _i in ZAKENAK:
    if _i.group:
        _GROUPS.setdefault(_i.group, []).append(_i)
_AND = ["and {}", "what about {}", "how about {}", "and what about {}", "{}", "and for {}", "and {} then"]


class Maker:
    """Makes conversations from a random source; `training` decides which side of the split the questions come from."""

    def __init__(self, rng, training=True, single=0.5, noise=1.0):
        self.rng, self.training, self.single, self.noise = rng, training, single, noise

    def fits(self, q):
        return held_out(q) != self.training

    def one(self, draw):
        """Draws until the question is on our side of the split (training never sees a held-out one)."""
        for _ in range(2000):
            out = draw()
            if self.fits(out[0]):
                return out
        raise RuntimeError("no question on this side of the split")

    def intent(self, pool=_ZW):
        i = self.rng.choices(*pool)[0]
        return question(i, self.rng), i.answer(self.rng), i

    def unknown(self):
        q, a = unknown(self.rng, lambda n: noun_held_out(n) != self.training)
        return q, a, None

    def follow_up(self, prev):
        rng, group = self.rng, prev.group
        if group in ("port", "svc", "concept", "status") and rng.random() < 0.5:
            if group == "port":
                noun, name = rng.choice([("the dashboard", "port_dashboard"), ("the gateway", "port_gateway"), ("the model server", "port_other"), ("the other services", "port_other"), ("the certificate authority", "port_other"), ("the API", "port_gateway"), ("the feature proxy", "port_other")])
                return expand(rng.choice(_AND), rng).replace("{}", noun), _BY[name].answer(rng), _BY[name]
            i = rng.choice([x for x in _GROUPS[group] if x.what])
            return rng.choice(_AND).replace("{}", expand(rng.choice(i.what), rng)), i.answer(rng), i
        return expand(rng.choice(MORE), rng), prev.more or NO_MORE, None

    def turn(self, prev, name):
        """One more turn: (question as written, answer, the intent or None, the user's name if told)."""
        rng, r = self.rng, self.rng.random()
        if name and r < 0.5:
            return vary(rng.choice(["what is my name", "what is my name", "do you know my name", "who am i", "what am i called", "do you remember my name", "say my name"]), rng, True), f"Your name is {name}.", None, name
        if prev is not None and not prev.name.startswith("s_") and r < 0.32:
            q, a, i = self.follow_up(prev)
            return vary(q, rng, noise=self.noise), a, i, name
        if prev is not None and not prev.name.startswith("s_") and r < 0.46:
            i = _BY[rng.choice(("s_thanks", "s_thanks", "s_thanks", "s_thanks", "s_ok", "s_ok", "s_bye", "s_wow", "s_good"))]
            q, _ = self.one(lambda: (question(i, rng), ""))
            return vary(q, rng, small=True, noise=self.noise), i.answer(rng), i, name
        r = rng.random()
        if r < 0.02:
            n = rng.choice(NAMES) if rng.random() < 0.7 else pseudo(rng).capitalize()
            q = expand(rng.choice([f"my name is {n}", f"my name's {n}", f"i am called {n}", f"call me {n}", f"hello, my name is {n}", f"hi, my name is {n}"]), rng).strip(" ,")
            return vary(q, rng, True, True), f"Nice to meet you, {n}! How can I help you?", None, n
        if r < 0.025 and not name:
            return vary(expand(rng.choice(MORE[:-1]), rng), rng), NO_MORE if prev else ABOUT_WHAT, None, name
        if r < 0.04:
            q, a = self.one(lambda: without_facts(rng))
            return vary(q, rng, noise=self.noise), a, None, name
        if r < 0.05:
            (q1, a1, i1), (q2, a2, i2) = (self.one(lambda: self.intent()) for _ in range(2))
            if i1 is not i2 and i1.name != i2.name and self.fits(q1 + " and " + q2):
                return vary(q1 + rng.choice([" and ", ", and ", "? ", "? And "]) + q2, rng), a1 + " " + a2, None, name
        if r < 0.06:
            i, j = rng.sample([x for x in _GROUPS["concept"] + _GROUPS["svc"] if x.what], 2)
            q = expand(rng.choice(["what is the difference between {} and {}", "{} versus {}", "{} vs {}", "what are {} and {}", "how do {} and {} differ", "explain {} and {}", "{} or {}", "what is {} and what is {}", "compare {} and {}"]), rng).replace("{}", expand(rng.choice(i.what), rng), 1).replace("{}", expand(rng.choice(j.what), rng), 1)
            if self.fits(q):
                return vary(q, rng, noise=self.noise), i.answer(rng) + " " + j.answer(rng), None, name
        if r < 0.55:
            q, a, i = self.one(self.intent)
            return vary(q, rng, noise=self.noise), a, i, name
        if r < 0.76:
            q, a, i = self.one(lambda: self.intent(_SW))
            return vary(q, rng, small=True, noise=self.noise), a, i, name
        q, a, _ = self.one(self.unknown)
        return vary(q, rng, noise=self.noise), a, None, name

    def conversation(self):
        """A list of (role, text)."""
        rng = self.rng
        out, system, pending = [], [], []
        if rng.random() < 0.55:
            text, pending = contrasts(rng) if (hard := rng.random() < 0.7) else facts(rng)
            system.append(text)
            if rng.random() < (0.05 if hard else 0.15):
                pending = []
        if rng.random() < 0.25:
            system.insert(0 if rng.random() < 0.8 else len(system), rng.choice(SYSTEM))
        if len(system) == 2 and rng.random() < 0.5:
            system = ["\n\n".join(system)]
        out += [("system", s) for s in system]
        prev, name = None, ""
        has_facts = bool(system) and any("Known facts" in s for s in system)
        for k in range(max(len(pending), 1 if rng.random() < self.single else rng.choice((2, 2, 2, 3, 3, 4, 6)))):
            if pending and rng.random() < 0.85:
                q, a = pending.pop()
                if not self.fits(q):
                    continue
                q, prev = vary(q, rng, plain=rng.random() < 0.5, noise=self.noise), None
            else:
                q, a, prev, name = self.turn(prev if rng.random() < 0.9 else None, name)
                if has_facts and (a.startswith(NOT_GIVEN) or a == _BY["s_sky_user"].a) or has_facts and name:
                    continue
            out += [("user", q), ("assistant", a)]
        met = self.training and any(role == "user" and held_out(text) for role, text in out)     # also as finally written
        return out if out and out[-1][0] == "assistant" and not met else self.conversation()
