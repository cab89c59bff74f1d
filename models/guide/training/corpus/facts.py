"""System messages that carry facts, and questions about them: the answer copies the value, or says that it was not given."""
import random

from .grammar import expand
from .unknown import pseudo

NOT_GIVEN = "I was not given "
# entity, feature, kind of value
FEATURES = [("customer", f, k) for f, k in [("tier", "tier"), ("open_tickets", "n"), ("plan", "plan"), ("name", "name"), ("city", "city"), ("country", "city"), ("language", "lang"), ("age", "n"), ("segment", "word"), ("since", "year"), ("discount", "pct"), ("points", "n"), ("last_order", "id"),
    ("support_level", "tier"), ("credit_limit", "n"), ("balance", "n"), ("status", "status"), ("birthday", "date"), ("email", "email"), ("company", "name"), ("score", "n"), ("favourite_colour", "colour"), ("open_orders", "n"), ("open_invoices", "n"), ("loyalty_points", "n"), ("account_manager", "name"), ("churn_risk", "level"), ("time_zone", "city")]] + \
    [("account", f, k) for f, k in [("region", "region"), ("plan", "plan"), ("balance", "n"), ("status", "status"), ("owner", "name"), ("type", "word"), ("currency", "cur"), ("limit", "n"), ("seats", "n"), ("created", "date"), ("tier", "tier"), ("manager", "name"), ("id", "id")]] + \
    [("order", f, k) for f, k in [("status", "status"), ("id", "id"), ("total", "n"), ("items", "n"), ("date", "date"), ("carrier", "name"), ("city", "city"), ("priority", "level"), ("weight", "n"), ("number", "id"), ("delivery_date", "date")]] + \
    [("user", f, k) for f, k in [("role", "word"), ("name", "name"), ("team", "word"), ("department", "word"), ("location", "city"), ("language", "lang"), ("quota", "n"), ("level", "level"), ("last_login", "date"), ("manager", "name")]] + \
    [("device", f, k) for f, k in [("model", "id"), ("status", "status"), ("temperature", "n"), ("battery", "pct"), ("version", "ver"), ("colour", "colour"), ("location", "city")]] + \
    [("subscription", f, k) for f, k in [("plan", "plan"), ("status", "status"), ("renewal_date", "date"), ("price", "n"), ("seats", "n")]] + \
    [("ticket", f, k) for f, k in [("status", "status"), ("priority", "level"), ("owner", "name"), ("id", "id")]] + [("machine", "state", "status"), ("machine", "speed", "n"), ("invoice", "amount", "n"), ("invoice", "due_date", "date"), ("shipment", "status", "status"), ("shipment", "weight", "n"), ("project", "name", "name"), ("project", "budget", "n"), ("patient", "ward", "word"), ("site", "region", "region")]
# things that nobody declared as a feature: seldom given, often asked for
OTHER = [("customer", f, k) for f, k in [("shoe_size", "n"), ("phone_number", "id"), ("address", "word"), ("blood_type", "word"), ("password", "word"), ("salary", "n"), ("income", "n"), ("height", "n"), ("nickname", "name"), ("job", "word"), ("hobby", "word"), ("bank", "name"), ("car", "word"), ("doctor", "name"), ("postcode", "id"), ("street", "word"), ("gender", "word"), ("title", "word"), ("surname", "name"), ("rank", "level"), ("group", "word"), ("category", "word"), ("contract", "id"), ("contract_end", "date"),
    ("package", "plan"), ("rate", "pct"), ("budget", "n"), ("debt", "n"), ("rating", "n"), ("feedback", "word"), ("target", "n"), ("deadline", "date"), ("open_calls", "n"), ("open_cases", "n"), ("open_tasks", "n"), ("complaints", "n"), ("refunds", "n"), ("visits", "n"), ("orders", "n"), ("purchases", "n"), ("messages", "n"), ("children", "n"), ("badge", "id"), ("serial_number", "id"), ("licence", "id"), ("warranty", "date"), ("insurance", "name"), ("partner", "name"), ("supplier", "name"), ("branch", "city"),
    ("shop", "city"), ("last_visit", "date"), ("last_payment", "date"), ("next_payment", "date"), ("payment_method", "word"), ("card_number", "id"), ("tax_number", "id"), ("vat_number", "id"), ("reference", "id"), ("username", "word"), ("profile", "word"), ("theme", "colour"), ("preference", "word"), ("channel", "word"), ("risk", "level"), ("urgency", "level"), ("stage", "status"), ("state", "status"), ("result", "word"), ("grade", "level"), ("class", "level"), ("stock", "n"), ("price", "n"), ("cost", "n"), ("tax", "pct"), ("fee", "n"), ("bonus", "n")]]
_V = {k: v.split() for k, v in {
    "tier": "gold silver bronze platinum basic standard premium free diamond iron black", "plan": "free basic pro team business enterprise premium starter trial family plus", "colour": "red blue green yellow black white orange purple brown pink grey",
    "city": "Berlin Paris Madrid Oslo Tokyo Boston Lisbon Vienna Lima Cairo Zurich Dublin Athens Seoul Delhi Sydney France Italy Japan Brazil Canada Norway Peru Kenya", "lang": "English German French Spanish Italian Dutch Turkish Polish Greek Czech",
    "status": "active inactive open closed shipped pending paid cancelled delivered blocked new delayed packed returned running stopped suspended expired lost ready", "region": "eu-west us-east ap-south north south east west europe asia emea central eu-central us-west", "cur": "EUR USD GBP CHF JPY SEK PLN",
    "level": "low medium high critical normal urgent", "name": "Anna Peter Maria John Ali Olga Hans Julia Tom Sara Omar Lena Paul Nina Ivan Rosa Max Eva Leo Mia Acme Globex Initech Umbra Nordwind"}.items()}


def value(kind, rng):
    r = rng.random()
    if r < 0.05:
        return pseudo(rng)
    if kind in _V and r < 0.93:
        return rng.choice(_V[kind])
    if kind == "n":
        return str(rng.randint(0, rng.choice((9, 9, 9, 20, 99, 999, 9999)))) if r < 0.98 else f"{rng.randint(0, 999)}.{rng.randint(0, 99):02d}"
    if kind == "year":
        return str(rng.randint(1980, 2030))
    if kind == "pct":
        return f"{rng.randint(0, 100)}" + rng.choice(("%", "%", ""))
    if kind == "date":
        return f"{rng.randint(2000, 2030)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    if kind == "id":
        return rng.choice(("", "A-", "ORD-", "X", "no")) + str(rng.randint(1, 999999))
    if kind == "ver":
        return f"{rng.randint(0, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"
    if kind == "email":
        return pseudo(rng).lower() + "@example.com"
    return " ".join(pseudo(rng) for _ in range(rng.choice((1, 1, 2))))


def _features(rng, n):
    entity = rng.choice(("customer", "customer", "customer", "customer", None))
    pool = [f for f in FEATURES if entity is None or f[0] == entity]
    pool = pool + [f for f in pool if f[0] == "customer" and f[1] in ("tier", "open_tickets", "plan", "status", "city")] * 5
    if entity is None:
        e = rng.choice(FEATURES)[0]
        pool = [f for f in FEATURES if f[0] == e] if rng.random() < 0.6 else FEATURES
    out = {}
    for _ in range(n):
        e, f, k = rng.choice(pool) if rng.random() < 0.8 else rng.choice(OTHER)
        if rng.random() < 0.03:
            f = rng.choice((pseudo(rng).lower(), f + "_" + pseudo(rng).lower()))
        if f not in {x.split(":")[1] for x in out}:
            out[f"{e}:{f}"] = value(k, rng)
    return out


def words(feature):
    return feature.split(":")[1].replace("_", " ")


def ask(feature, rng):
    e, w = feature.split(":")[0], words(feature)
    if w.startswith(("open ", "points", "items", "seats", "loyalty points")) or (w.endswith("s") and w != "status" and rng.random() < 0.5):
        forms = [f"how many {w} (do i have|are there|have i got|does the {e} have)", f"how many {w} do i have", f"what is the number of {w}", f"tell me how many {w} i have", f"how many {w}", f"do i have [any] {w}", f"my {w}", f"{w}", f"can you tell me how many {w} i have [right now]", f"what are my {w}"]
    else:
        forms = [f"what is (my|the|the {e}'s) {w}", f"what is my {w}", f"what is my {w}", f"what's (my|the) {w}", f"which {w} (do i have|am i on|does the {e} have|is it|am i in|is mine)", f"tell me (my|the) {w}", f"do you know my {w}", f"can you tell me my {w}", f"what {w} do i have", f"what {w} am i (on|in)", f"(my|) {w}", f"show me my {w}", f"what is the {w} of (the|my|this) {e}", f"i want to know my {w}", f"what is my {e} {w}", f"what is the {e} {w}", f"what does it say about my {w}", f"and my {w}", f"what about my {w}", f"please tell me my {w}", f"{e}:{feature.split(':')[1]}", f"what {w} is (this|my) {e}", f"i forgot my {w}, what is it", f"give me my {w}"]
        if w == "status":
            forms += [f"what is the status of (my|the) {e}", f"how is my {e} doing", f"where is my {e}", f"is my {e} (open|shipped|active|paid|ready)"]
        if w == "name":
            forms += ["who am i", "what am i called", "do you know who i am"]
        if "date" in w or w in ("since", "birthday", "created", "last login"):
            forms += [f"when is my {w}"]
        if w in ("city", "country", "location", "region"):
            forms += ["where am i", "where do i live"] if w != "region" else ["which region am i in"]
        if w == "age":
            forms += ["how old am i"]
    return expand(rng.choice(forms), rng)


def reply(feature, val):
    e, w = feature.split(":")[0], words(feature)
    if w.startswith("open ") or w in ("points", "items", "seats", "loyalty points"):
        return f"You have {val} {w}." if e in ("customer", "account", "user") else f"The {e} has {val} {w}."
    return f"Your {w} is {val}." if e in ("customer", "user") else f"Your {e} {w} is {val}."


def not_given(feature, question):
    """Names what was asked; with the entity where the question says it and it isn't the asker."""
    e, w = feature.split(":")[0], words(feature)
    return NOT_GIVEN + f"your {e + ' ' if e not in ('customer', 'user') and e in question.lower() else ''}{w}, so I can't say."


def absent(known, rng):
    """A feature that is not among the known ones, nor called like one of them; often one of the same entity."""
    names = {k.split(":")[1] for k in known}
    same = {k.split(":")[0] for k in known}
    pool = FEATURES if rng.random() < 0.6 else OTHER
    if rng.random() < 0.5:
        pool = [x for x in pool if x[0] in same] or pool
    while True:
        e, f, _ = rng.choice(pool) if rng.random() < 0.97 else ("customer", pseudo(rng).lower(), "word")
        if not any(f in n or n in f for n in names) and not any(f in e for e in same):
            return f"{e}:{f}"
        pool = FEATURES


def facts(rng):
    """A system message text and a list of (question, answer) about it: as many answers absent as present, often as a pair
    of questions that differ in nothing else."""
    known = _features(rng, rng.choice((1, 2, 2, 2, 2, 3, 3, 4, 5)))
    items = list(known.items())
    text = "Known facts:\n" + "\n".join(f"{k} = {v}" for k, v in items)
    qa = []
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        r, seed = rng.random(), rng.random()
        pair = rng.random() < 0.4
        part = []
        if pair or r < 0.5:
            k, v = rng.choice(items)
            part.append((ask(k, random.Random(seed)), reply(k, v)))
        if pair or 0.5 <= r < 0.97:
            k = absent(known, rng)
            q = ask(k, random.Random(seed))
            part.append((q, not_given(k, q)))
        if not part:
            q = expand(rng.choice(["what do you know about (me|the customer|my account)", "(what|which) facts do you (have|know)", "list the [known] facts", "what are the [known] facts", "tell me what you know about me", "what do you know", "what have you been told", "summarize the facts", "known facts"]), rng)
            part.append((q, "I know this: " + ", ".join(f"{words(k)} {v}" for k, v in items) + "."))
        rng.shuffle(part)
        qa += part
    return text, qa


CORE = "tier plan status city name region open_tickets points age country language segment discount balance score company email role team priority open_orders level".split()
_ANY = [v for k in ("tier", "plan", "colour", "city", "status", "level", "name", "lang", "region", "cur") for v in _V[k]]


def contrasts(rng):
    """Like facts, but a value can belong to any feature and every feature is as often given as not, so that nothing but
    finding its name tells the answer."""
    names = rng.sample(CORE, rng.choice((1, 2, 2, 2, 3, 3)))
    kinds = {f: k for _, f, k in reversed(FEATURES)}
    known = {f: value(kinds[f], rng) if rng.random() < 0.4 else rng.choice(_ANY) if rng.random() < 0.7 else str(rng.randint(0, rng.choice((9, 99)))) for f in names}
    text = "Known facts:\n" + "\n".join(f"customer:{f} = {v}" for f, v in known.items())
    others = [f for f in CORE if f not in known]
    qa, seed = [], rng.random()
    for f in [rng.choice(names) if rng.random() < 0.5 else rng.choice(others) for _ in range(rng.choice((1, 1, 2, 4, 5, 6)))]:
        k = f"customer:{f}"
        q = ask(k, random.Random(seed)) if rng.random() < 0.3 else ask(k, rng)
        qa.append((q, reply(k, known[f]) if f in known else not_given(k, q)))
    return text, qa


def without_facts(rng):
    """A question about a fact when no facts were given."""
    while True:
        k = absent((), rng)
        q = ask(k, rng)
        if "my " in q + " " and q not in ("my name", "my age"):
            return q, not_given(k, q)
