"""System messages that carry facts, and questions about them: the answer copies the value."""
from .grammar import expand
from .unknown import pseudo

NOT_TOLD = "I was not given that fact, so I don't know it."
# entity, feature, kind of value
FEATURES = [("customer", f, k) for f, k in [("tier", "tier"), ("open_tickets", "n"), ("plan", "plan"), ("name", "name"), ("city", "city"), ("country", "city"), ("language", "lang"), ("age", "n"), ("segment", "word"), ("since", "year"), ("discount", "pct"), ("points", "n"), ("last_order", "id"),
    ("support_level", "tier"), ("credit_limit", "n"), ("balance", "n"), ("status", "status"), ("birthday", "date"), ("email", "email"), ("company", "name"), ("score", "n"), ("favourite_colour", "colour"), ("open_orders", "n"), ("open_invoices", "n"), ("loyalty_points", "n"), ("account_manager", "name"), ("churn_risk", "level"), ("time_zone", "city")]] + \
    [("account", f, k) for f, k in [("region", "region"), ("plan", "plan"), ("balance", "n"), ("status", "status"), ("owner", "name"), ("type", "word"), ("currency", "cur"), ("limit", "n"), ("seats", "n"), ("created", "date"), ("tier", "tier"), ("manager", "name"), ("id", "id")]] + \
    [("order", f, k) for f, k in [("status", "status"), ("id", "id"), ("total", "n"), ("items", "n"), ("date", "date"), ("carrier", "name"), ("city", "city"), ("priority", "level"), ("weight", "n"), ("number", "id"), ("delivery_date", "date")]] + \
    [("user", f, k) for f, k in [("role", "word"), ("name", "name"), ("team", "word"), ("department", "word"), ("location", "city"), ("language", "lang"), ("quota", "n"), ("level", "level"), ("last_login", "date"), ("manager", "name")]] + \
    [("device", f, k) for f, k in [("model", "id"), ("status", "status"), ("temperature", "n"), ("battery", "pct"), ("version", "ver"), ("colour", "colour"), ("location", "city")]] + \
    [("subscription", f, k) for f, k in [("plan", "plan"), ("status", "status"), ("renewal_date", "date"), ("price", "n"), ("seats", "n")]] + \
    [("ticket", f, k) for f, k in [("status", "status"), ("priority", "level"), ("owner", "name"), ("id", "id")]] + [("machine", "state", "status"), ("machine", "speed", "n"), ("invoice", "amount", "n"), ("invoice", "due_date", "date"), ("shipment", "status", "status"), ("shipment", "weight", "n"), ("project", "name", "name"), ("project", "budget", "n"), ("patient", "ward", "word"), ("site", "region", "region")]
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
        e, f, k = rng.choice(pool)
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


def facts(rng):
    """A system message text and a list of (question, answer) about it."""
    known = _features(rng, rng.choice((1, 2, 2, 2, 2, 3, 3, 4)))
    items = list(known.items())
    text = "Known facts:\n" + "\n".join(f"{k} = {v}" for k, v in items)
    qa = []
    for _ in range(rng.choice((1, 2, 2, 3, 3))):
        r = rng.random()
        if r < 0.66:
            k, v = rng.choice(items)
            qa.append((ask(k, rng), reply(k, v)))
        elif r < 0.96:
            miss = [f"{e}:{f}" for e, f, _ in FEATURES if f not in {k.split(":")[1] for k in known} and not any(f in k or k.split(":")[1] in f for k in known)]
            qa.append((ask(rng.choice(miss), rng), NOT_TOLD))
        else:
            q = expand(rng.choice(["what do you know about (me|the customer|my account)", "(what|which) facts do you (have|know)", "list the [known] facts", "what are the [known] facts", "tell me what you know about me", "what do you know", "what have you been told", "summarize the facts", "known facts"]), rng)
            qa.append((q, "I know this: " + ", ".join(f"{words(k)} {v}" for k, v in items) + "."))
    return text, qa


def without_facts(rng):
    """A question about a fact when no facts were given."""
    while True:
        k = rng.choice(FEATURES)
        q = ask(f"{k[0]}:{k[1]}", rng)
        if "my " in q + " " and q not in ("my name", "my age"):
            return q, NOT_TOLD
