"""A phrase grammar: patterns such as "(start|run) [the] suite" expand to one phrase at random.

`(a|b|)` picks one branch, `[a|b]` picks one branch or nothing. Brackets nest.
An Intent is one thing that can be asked, the answer to it, and the many ways of asking.
"""
import re
from dataclasses import dataclass, field


def expand(pattern, rng):
    """Expands a pattern to one phrase; the choices come from rng."""
    text, _ = _sequence(pattern, 0, rng, "")
    return " ".join(text.split(" ")).replace("  ", " ").strip()


def _sequence(p, i, rng, closers):
    out = []
    while i < len(p):
        c = p[i]
        if c in closers or (closers and c == "|"):
            return "".join(out), i
        if c in "([":
            close = ")" if c == "(" else "]"
            branches, i = [], i + 1
            while True:
                text, i = _sequence(p, i, rng, close)
                branches.append(text)
                i += 1
                if p[i - 1] == close:
                    break
            if c == "[":
                branches = branches + [""] * len(branches)
            out.append(branches[int(rng.random() * len(branches))])
        else:
            out.append(c)
            i += 1
    if closers:
        raise ValueError(f"unclosed bracket in {p!r}")
    return "".join(out), i


def expand_all(pattern):
    """Every phrase that a pattern can become."""
    inner = re.search(r"[(\[]([^()\[\]]*)[)\]]", pattern)
    if not inner:
        return {" ".join(pattern.split())}
    branches = inner[1].split("|") + ([""] if inner[0][0] == "[" else [])
    return set().union(*(expand_all(pattern[:inner.start()] + b + pattern[inner.end():]) for b in branches))


@dataclass
class Intent:
    name: str
    a: object                                   # the answer, or several from which one is drawn
    more: object = None                         # the answer to "tell me more" straight after
    what: list = field(default_factory=list)    # noun phrases: "what is X"
    do: list = field(default_factory=list)      # verb phrases: "how do I X"
    where: list = field(default_factory=list)   # noun phrases: "where is X"
    can: list = field(default_factory=list)     # verb phrases: "can Zakenak X"
    say: list = field(default_factory=list)     # whole questions
    weight: float = 1.0
    group: str = ""                             # intents of one group follow each other up

    def answer(self, rng):
        return self.a if isinstance(self.a, str) else self.a[int(rng.random() * len(self.a))]


WHAT = [
    "what is {}", "what is {}", "what is {}", "what's {}", "what are {}", "whats {}", "what does {} mean", "what do you mean by {}",
    "explain {}", "[please] explain {} to me", "can you explain {}", "could you explain {} [to me]", "define {}",
    "tell me about {}", "can you tell me about {}", "what exactly is {}", "what is {} [exactly|again|in short]",
    "{}", "what is meant by {}", "give me a [short] definition of {}", "i (do not|don't) know what {} is",
    "what is {} (in simple words|in one sentence|for)", "describe {}", "do you know what {} is", "do you know {}",
    "i want to know what {} is", "help me understand {}", "i (do not|don't) understand {}", "meaning of {}", "the meaning of {}",
    "(and|so|ok) what is {}", "what is {} in Zakenak", "why (do we|do i|would i) need {}", "what is the (point|purpose|idea) of {}",
    "how does {} work", "how do you define {}", "{} - what is (that|it)", "{} explained", "(what about|how about|and) {}",
    "have you heard of {}", "what can you tell me about {}", "never heard of {}, what is it", "someone mentioned {}, what is that",
    "what is {} (good for|used for|all about)", "(could|would) you [please] (explain|define|describe) {}", "in short, what is {}", "(say|tell me) in (a sentence|one sentence|a few words|short) what {} is", "what do (people|you|they) mean by {}", "{}, what is (that|it|this)", "{}, please explain",
    "could you tell me what {} is", "i read about {}, what is it", "why is {} (used|useful|important|needed)", "who or what is {}", "what role does {} (play|have)", "what is the (job|task|purpose|responsibility|function) of {}", "what is {} responsible for", "what does {} do", "what is {} (there|here) for", "why is there {}", "i keep hearing about {}, what is it", "{}?", "what, in short, is {}", "what is the role of {}", "what should i know about {}", "give me {} in one sentence", "what kind of thing is {}",
]
DO = [
    "how do i {}", "how do i {}", "how do i {}", "how can i {}", "how to {}", "how do you {}", "how would i {}", "how should i {}",
    "how can (one|we|you) {}", "i want to {}", "i need to {}", "i would like to {}", "i'd like to {}", "show me how to {}",
    "tell me how to {}", "can you tell me how to {}", "what is the (command|way) to {}", "what's the (best|easiest|right|quickest) way to {}",
    "what do i (type|do|need to do|have to do) to {}", "which command (do i use to|should i use to|lets me) {}", "please tell me how to {}",
    "can i {}", "is there a way to {}", "i am trying to {}", "i'm trying to {}", "help me {}", "what must i do to {}",
    "explain how to {}", "what steps do i take to {}", "how does one {}", "could you show me how to {}", "is it possible to {}",
    "{}", "how on earth do i {}", "how do we {}", "any idea how to {}", "i don't know how to {}", "what command do i need to {}",
    "i was wondering how to {}", "i wonder how (to|i can) {}", "what would i (type|enter|run) to {}", "what do i enter [in the terminal] to {}", "with (what|which) command do i {}", "(let me|i wish to|i have to|we want to|we need to) {}", "{}, how", "{} how", "how would (i|you|one) {} [from the terminal]", "what is needed to {}", "how might i {}", "now i want to {}, how",
    "give me the command to {}", "i have no idea how to {}", "steps to {}", "instructions to {}", "(could|would) you [please] (tell|show) me how to {}", "what are the steps to {}", "what is the (proper|correct|normal|usual|simplest) way to {}", "how exactly do i {}", "the command to {}", "i'd love to {}, how", "next i want to {}", "what if i want to {}",
    "my (boss|colleague|friend) asked me to {}, how do i do that", "how can somebody {}", "what's the command to {}",
]
WHERE = [
    "where is {}", "where is {}", "where's {}", "where can i find {}", "where do i find {}", "where do i get {}", "where does {} live",
    "i can't find {}", "i cannot find {}", "where should i look for {}", "how do i find {}", "where are {}", "show me {}",
    "what is the (location|place|path) of {}", "i am looking for {}", "which file (holds|has|contains) {}", "where does Zakenak (keep|store|put) {}",
    "tell me where {} is", "do you know where {} is", "where (has|was) {} (been put|put|stored)", "where exactly is {}", "where will i find {}", "where must i look for {}", "which (folder|file|place) is {} in", "{}, where is it", "{} where", "i need {}", "how do i get {}", "where can i see {}", "looking for {}",
]
CAN = [
    "can Zakenak {}", "can (it|i|you) {}", "does Zakenak {}", "is Zakenak able to {}", "does it {}", "can i use Zakenak to {}", "will Zakenak {}",
    "is it possible to {}", "can we {} [with Zakenak]", "could Zakenak {}", "i wonder if Zakenak can {}", "do you know if Zakenak can {}", "would it {}",
]


def question(intent, rng):
    """One way of asking the intent, in lower-case plain form (casing and punctuation come later)."""
    kinds = [k for k in ("what", "do", "where", "can", "say") if getattr(intent, k)]
    weights = {"what": 2.0, "do": 2.0, "where": 1.5, "can": 1.0, "say": 2.0}
    kind = rng.choices(kinds, [weights[k] * min(1.5, 0.5 + len(getattr(intent, k)) / 6) for k in kinds])[0]
    phrase = expand(rng.choice(getattr(intent, kind)), rng)
    if kind == "say":
        return phrase
    frame = expand(rng.choice({"what": WHAT, "do": DO, "where": WHERE, "can": CAN}[kind]), rng)
    return frame.replace("{}", phrase)
