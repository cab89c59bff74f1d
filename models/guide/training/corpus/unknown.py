"""Questions that the guide cannot answer, in thousands of variants: frames, many nouns and invented words."""
import re

from .grammar import expand

ANSWER = "I don't know that. I am a small model that knows only Zakenak and a little small talk."
NO_ZAKENAK = "I don't know that about Zakenak. Its README and its documentation may say more."
NO_CODE = "I cannot write programs or texts. I only know how to use Zakenak."
NO_MATH = "I cannot calculate. I only know how to use Zakenak."
NO_TRANSLATE = "I cannot translate. I only know how to use Zakenak."
NO_ADVICE = "I cannot advise you on that. Please ask someone who knows about it."

W = lambda s: s.split()
P = lambda s: [x.strip() for x in s.split(",")]
THINGS = P("""apple, banana, bread, cheese, chocolate cake, pizza, soup, pasta, rice, salad, coffee, tea, wine, beer, sugar, salt, honey, butter, potato, tomato, onion, garlic, mango, orange, omelette, pancake,
car, bicycle, train, ship, aeroplane, helicopter, rocket, tractor, motorbike, boat, bus, tram, engine, brake, tyre, battery, clock, watch, lamp, mirror, chair, table, bed, sofa, carpet, window, roof, wall, door, kitchen, garden,
guitar, piano, violin, drum, flute, trumpet, symphony, opera, ballet, novel, poem, painting, statue, photograph, film, theatre, circus, newspaper, magazine, dictionary, alphabet, grammar book, pencil, paper, scissors, glue,
dog, cat, horse, cow, sheep, goat, pig, chicken, duck, goose, eagle, owl, penguin, whale, dolphin, shark, salmon, frog, snake, lizard, spider, ant, bee, butterfly, elephant, lion, tiger, bear, wolf, fox, rabbit, mouse, kangaroo, camel, monkey, giraffe, zebra, octopus, dinosaur, mosquito,
tree, rose, tulip, oak, grass, moss, mushroom, cactus, forest, desert, river, lake, ocean, island, mountain, volcano, glacier, valley, beach, cave, earthquake, storm, hurricane, thunder, lightning, rainbow, cloud, snow, ice, fire, moon, sun, star, planet, comet, galaxy, black hole, gravity, magnet, atom, molecule, electron, acid, oxygen, hydrogen, gold, silver, iron, copper, diamond, salt water, plastic, glass,
heart, lung, liver, brain, bone, blood, skin, tooth, eye, ear, vitamin, virus, vaccine, fever, allergy, diabetes, cancer, headache, muscle, protein, DNA, gene, cell, bacteria, hospital, surgery, medicine, aspirin,
democracy, parliament, king, queen, president, election, constitution, tax, inflation, stock market, bank account, mortgage, insurance, pension, contract, law, court, police, army, war, revolution, treaty, empire, republic, passport, visa, embassy,
football, tennis, chess, golf, hockey, swimming, marathon, Olympic Games, basketball, cricket, rugby, skiing, yoga, boxing, referee, stadium, world cup,
philosophy, logic, ethics, religion, church, temple, mosque, prayer, angel, ghost, dragon, unicorn, vampire, magic, astrology, horoscope, dream, memory, friendship, jealousy, wedding, divorce, baby, school, university, exam, teacher, homework, triangle, circle, prime number, square root, fraction, integral, derivative, probability, equation, pi, pyramid, castle, bridge, tower, skyscraper, lighthouse, cathedral, museum,
smartphone, television, radio, printer, keyboard, camera, microscope, telescope, satellite, robot vacuum, washing machine, fridge, oven, microwave, blockchain, bitcoin, video game, spreadsheet, pivot table, web browser, email, hashtag, password manager, USB stick, hard disk, monitor, projector, drone, 3D printer, laser, nuclear power, solar panel, wind turbine, oil, coal, petrol, electricity, umbrella, suitcase, hotel, ticket, hat, shoe, shirt, trousers, dress, necklace, ring, perfume, soap, shampoo, toothbrush""")
PLACES = P("""France, Germany, Italy, Spain, Portugal, Poland, Sweden, Norway, Finland, Denmark, Greece, Turkey, Egypt, Morocco, Kenya, Nigeria, South Africa, India, China, Japan, Korea, Vietnam, Thailand, Australia, New Zealand, Canada, Mexico, Brazil, Argentina, Chile, Peru, Cuba, Iceland, Ireland, Scotland, England, Wales, Belgium, Austria, Hungary, Romania, Ukraine, Russia, Iran, Iraq, Israel, Pakistan, Nepal, Mongolia, the United States, the Netherlands, Switzerland,
Paris, London, Berlin, Rome, Madrid, Lisbon, Warsaw, Vienna, Prague, Budapest, Athens, Istanbul, Cairo, Moscow, Tokyo, Beijing, Delhi, Sydney, New York, Chicago, Toronto, Amsterdam, Brussels, Oslo, Helsinki, Dublin, Mars, Venus, Jupiter, Saturn, Africa, Asia, Europe, Antarctica, Texas, California, Bavaria, Sicily""")
PEOPLE = P("""Einstein, Newton, Mozart, Beethoven, Bach, Shakespeare, Goethe, Picasso, Napoleon, Cleopatra, Caesar, Gandhi, Darwin, Galileo, Columbus, Lincoln, Aristotle, Plato, Socrates, Marie Curie, Leonardo da Vinci, Michelangelo, Homer, Dante, Confucius, Buddha, Tolstoy, Kafka, Mandela, Elvis, the Beatles, Madonna, Batman, Superman, Sherlock Holmes, Harry Potter, Pele, Alan Turing, Ada Lovelace, Kant, Nietzsche, Freud, Marx, Churchill, Kennedy, the pope, the president, the king of Spain, my neighbour, my brother, your cousin, Anna, Peter, Maria, John, Ali, Olga, Hans""")
SOFTWARE = P("""Photoshop, Excel, Word, PowerPoint, Windows, Outlook, Chrome, Firefox, Kafka, Redis, MySQL, MongoDB, Oracle, Elasticsearch, RabbitMQ, Jenkins, Terraform, Ansible, WordPress, Drupal, React, Angular, Vue, Django, Flask, Spring, Rails, Laravel, TensorFlow, PyTorch, Spark, Hadoop, Airflow, Grafana, Kibana, Nginx, Apache, HAProxy, Envoy, Istio, Consul, Nomad, Vagrant, VirtualBox, Steam, Minecraft, Fortnite, Skype, Slack, Zoom, Teams, WhatsApp, Instagram, Facebook, TikTok, YouTube, Netflix, Spotify, Blender, Unity, Unreal, AutoCAD, Matlab, SAP, Salesforce, Jira, Notion, Dropbox, Gmail, Linux Mint, Arch, FreeBSD, iOS, Android, Eclipse, IntelliJ, vim, emacs, Visual Studio, LaTeX, Haskell, Erlang, Fortran, COBOL, Perl, Ruby, Scala, Kotlin, Swift, Julia, Prolog, Lisp, Visual Basic, SQL, GraphQL, WebAssembly, Solidity""")
TECH = P("""OAuth, SAML, Kerberos, LDAP, SSH, DNS, TCP, UDP, DHCP, NAT, an IP address, a subnet, a firewall, a router, a VPN, a mutex, a semaphore, a thread, a deadlock, a compiler, a linker, a garbage collector, a pointer, recursion, a binary tree, a hash table, a linked list, a regular expression, a microservice, a monolith, event sourcing, CQRS, a message broker, the CAP theorem, Raft, Paxos, a Merkle tree, RSA, AES, Diffie-Hellman, a smart contract, a cookie, CORS, XSS, SQL injection, phishing, a honeypot, a firewall rule,
gradient descent, backpropagation, a perceptron, a convolutional network, a GAN, a diffusion model, reinforcement learning, RLHF, a decision tree, a random forest, k-means, overfitting, dropout, softmax, beam search, LoRA, RAG, a vector database, a knowledge graph, agile, scrum, kanban, continuous integration, GitHub, GitLab, Bitbucket, Subversion, Helm, a service mesh, eBPF, a cgroup, a kernel, an operating system, a file system, an inode, RAID, an SSD, BIOS, UEFI, an Arduino, a Raspberry Pi, HTML, CSS, JavaScript, TypeScript, PHP, Python, Java, Go, Rust, XML, YAML, TOML, CSV, Markdown, a WebSocket, gRPC, REST, SOAP, MQTT, Protobuf, Avro, Parquet, Unicode, ASCII, base64, a bit, a byte order, floating point, a transistor, a CPU cache, a register, assembly language, a virtual machine, a hypervisor, a monad, a closure, a lambda, inheritance, polymorphism, an interface, dependency injection, the singleton pattern, a design pattern, SOLID, quantum computing, a qubit, P versus NP, a Turing machine, Big O, a search engine, SEO, an ad blocker, 5G, wifi, Bluetooth, NFC, a QR code, a barcode, a cron job, systemd, bash, PowerShell, a makefile, CMake, gcc, LLVM, a debugger, a profiler, a unit of work, an ORM, Entity Framework, Blazor, MAUI, WPF, WinForms, Xamarin, NuGet, F#, Azure, AWS, Google Cloud, an S3 bucket, a lambda function, serverless, edge computing, a CDN, a data lake, a data warehouse, ETL, OLAP, an index, a foreign key, a transaction, ACID, normalization, sharding, replication""")
ADJ = W("red blue green big small old new fast slow cheap expensive good bad long short famous wild tame hot cold heavy light round flat sweet sour strange modern ancient dark bright dry wet common rare tall deep")
VERBS = P("""cook, bake, clean, repair, paint, draw, build, sell, buy, wash, grow, plant, cut, catch, feed, train, learn, play, drive, ride, fly, draw, measure, weigh, store, freeze, fold, hang, open, peel, boil, fry, clean, decorate, carry, move, lift, tie, sew, knit, print, record, design, choose, find, make, get rid of, fix, remove, polish, sharpen, photograph""")

FRAMES_THING = [
    "what is [a|an|the] {t}", "what is [a|an|the] {t}", "what's a {t}", "what is a {a} {t}", "explain {t} [to me]", "tell me about [the] {t}", "define {t}", "what does {t} mean", "how does a {t} work", "how do i {v} a {t}", "how do i {v} [a|an|the] {a} {t}", "how to {v} a {t}",
    "how can i {v} my {t}", "why is (the|a) {t} (so|) {a}", "where can i (buy|find|see) a {t}", "how (big|old|heavy|expensive|long|fast|tall|far away) is (a|the) {t}", "who invented the {t}", "when was the {t} invented", "what is the difference between a {t} and a {t2}", "is a {t} {a}", "can a {t} {v2}",
    "what (colour|shape|size) is a {t}", "how many {t}s are there", "how much does a {t} cost", "do you (know|have) (a|any) {t}s", "which {t} is the best", "what is the best {t}", "should i buy a {t} or a {t2}", "give me (a recipe for|advice about|facts about|some information about|a list of) {t}s", "i want to {v} a {t}", "my {t} is broken", "my {t} does not work", "what do you think (of|about) {t}s",
    "what is the history of the {t}", "{t}", "{a} {t}", "why do people like {t}s", "why does a {t} {v2}", "what are {t}s made of", "how is a {t} made", "is it true that {t}s are {a}", "what is the plural of {t}", "how do you spell {t}", "i need a {t}", "can i eat a {t}", "what is the (biggest|smallest|fastest|oldest|first|most famous) {t} [in the world]",
    "are {t}s {a}", "what about [a|the] {t}", "and [a|the] {t}", "and what is a {t}", "how long does a {t} live", "how do {t}s {v2}", "can you {v} a {t}", "did you see my {t}", "i bought a {t}", "i lost my {t}", "where is my {t}", "when should i {v} the {t}", "which {t} should i {v}", "how many {t}s does a {t2} need", "do {t}s {v2}", "what happens if i {v} a {t}",
    "what does a {t} do", "what do you know about {t}s", "what is {t} for", "have you heard of {t}", "describe a {t}", "why do we need {t}s", "help me {v} a {t}", "what is the purpose of a {t}",
]
FRAMES_TECH = [
    "what is {h}", "what's {h}", "what is {h}", "explain {h} [to me]", "how does {h} work", "define {h}", "tell me about {h}", "what does {h} do", "what does {h} mean", "why (do i|would i|do we) need {h}", "how do i (use|learn|set up|configure|install|implement|disable|debug|choose|create|write) {h}", "is {h} (good|better than {h2}|hard to learn|free|secure|fast|dead)", "what is the difference between {h} and {h2}", "{h}", "{h} or {h2}", "who invented {h}", "can you explain {h}", "i don't understand {h}", "do you know {h}", "what does {h} stand for", "what is {h} (good|used) for", "when should i use {h}", "how do i get started with {h}", "what are the advantages of {h}", "how do i connect {h} to {h2}", "and {h}", "what about {h}", "give me an example of {h}", "my {s} has a problem with {h}", "is {h} part of {s}", "which {h} is best",
]
FRAMES_MORE = [
    "why (is|are) the {t}s in {p} so {a}", "what (do|did) the {t}s of {p} {v2}", "how many {t}s (are there in|does) {p} [have]", "who was the first {t} (on|in) {p}", "when did the first {t} {v2}", "which {t} is {a} and {a2}", "what would happen if all {t}s (disappeared|were {a})", "how (deep|hot|wide|strong|common|rare|dangerous|useful) is the {t}", "who is the best {t} in {p}", "is there a {t} in {p}", "how do {t}s {v2} without a {t2}", "what's the {a}est {t}", "can i take my {t} to {p}", "how do i tell a {t} from a {t2}", "where do {t}s come from",
    "what did {q} say about {t}s", "which {t} did {q} use", "why did {q} {v2}", "how often should i {v} my {t}", "what time does the {t} open", "how do i get to the {t}", "recommend [me] a {t}", "which {t} do you recommend", "what {t} should i (take|buy|get|choose)", "how do you {v} {t}s", "what is the {t} of the {t2}", "who owns the {t}", "why was the {t} (built|invented|lost|{a})", "does a {t} have a {t2}", "what comes after the {t}", "name (three|five|ten|some) {a} {t}s", "list some {t}s", "what is the name of the {a} {t}", "what's the best way to {v} a {t}", "what is the weight of a {t}", "what's inside a {t}", "how was the {t} (made|built|discovered|named)", "what is the opposite of {a}", "what rhymes with {t}", "did {q} (like|have|know) {t}s", "how many {t}s can {q} {v}", "my {t} {v2}s all day", "there is a {t} in my {t2}", "i saw a {a} {t} in {p}", "i need help with my {t}", "the {t} is {a}", "my neighbour's {t} is too {a}",
    "how do i {v} {t}s (at home|by hand|in winter|without a {t2})", "what do {t}s (eat|need|cost|look like|mean)", "when is the best time to {v} {t}s", "who (won|made|wrote|painted|directed|sang|discovered) the {t}", "what year was the {t}", "how far can a {t} {v2}", "at what (age|temperature|height) does a {t} {v2}", "is {t} (one of|part of) the {t2}s", "how long (should i|do i have to) {v} a {t}", "what happened to the {t} of {p}", "what is a {t} {t2}", "{t} {t2}", "what is {a} {t}", "how (safe|popular|clean|noisy) is {p}", "when does the {t} (start|end|open|close)", "who plays {q} in the film", "which book by {q} should i read", "what is the best song of {q}",
]
FRAMES_PLACE = [
    "what is the capital of {p}", "where is {p}", "how many people live in {p}", "who is the (president|king|queen|prime minister|mayor) of {p}", "how far is it to {p}", "how far is {p} from {p2}", "what language do they speak in {p}", "tell me about {p}", "what is the (largest|biggest|oldest) (city|river|mountain|lake) in {p}", "what can i (see|do|eat) in {p}",
    "is {p} (bigger|smaller|older|warmer) than {p2}", "when was {p} founded", "what is the currency of {p}", "how do i get to {p}", "have you been to {p}", "what is the best hotel in {p}", "what is {p} famous for", "plan a trip to {p}", "which (flights|trains) go to {p}", "what is the population of {p}", "why is {p} {a}", "what time zone is {p} in", "who won the (election|war|match) in {p}", "do i need a visa for {p}", "what is {p}", "{p}", "i want to travel to {p}", "is it {a} in {p}", "what is the flag of {p}", "who discovered {p}",
]
FRAMES_PERSON = [
    "who is {q}", "who was {q}", "when was {q} born", "when did {q} die", "what did {q} (do|write|invent|discover|say)", "tell me about {q}", "where was {q} born", "how old (is|was) {q}", "was {q} {a}", "what is {q} famous for", "who is the (wife|husband|mother|father|son|daughter) of {q}", "how tall is {q}", "is {q} (alive|dead|rich|married)", "have you met {q}", "do you know {q}", "where does {q} live", "what do you think of {q}", "what is the most famous work of {q}", "{q}", "what would {q} say", "who (killed|taught|married) {q}", "how did {q} die",
]
FRAMES_SOFT = [
    "how do i (install|use|configure|start|update|uninstall|learn|stop|run|set up|deploy|restart|open) {s}", "what is {s}", "is {s} (free|good|open source|safe)", "what is the (difference between|best of) {s} and {s2}", "{s} or {s2}", "why is {s} so {a}", "who made {s}", "how much does {s} cost", "{s} does not (start|work)", "what is the (port|price|licence|newest version) of {s}", "how do i connect {s} to {s2}", "what is the default port of {s}",
    "(can you|please) help me with {s}", "explain {s}", "what does {s} do", "tell me about {s}", "do you know {s}", "i have a problem with {s}", "how do i get started with {s}", "where is the configuration of {s}", "how do i log in to {s}", "what are the requirements of {s}", "is {s} better than {s2}", "where do i download {s}", "{s}", "how do i write a {t} in {s}", "which version of {s} should i use", "does {s} run offline", "how do i reset {s}", "where are the logs of {s}", "how do i sign a {t} in {s}", "where is my {s} password", "what is the API of {s}",
]
FRAMES_CODE = [
    "write [me] (a|some) (program|function|script|code|class|regex|query) (that|to) {v} {t}s", "write [me] (a|an) (essay|letter|email|article|report|summary|speech|blog post|cover letter|novel) about {t}s", "(implement|code|program) (quicksort|binary search|a linked list|fizzbuzz|a parser|a game|tic tac toe|a calculator|a web server) [in {s}]", "can you (code|program|write code|write a program|write python)", "debug my code", "fix this code", "what is wrong with this code", "write hello world [in {s}]", "generate (code|a python script|a C# class|html|a website|SQL)", "write a (test|function) for me", "summarize (this text|this article|the book|{t}s for me)", "rewrite this (sentence|text|letter)", "write a letter to {q}", "do my homework", "correct my (text|spelling|grammar)", "write a song about {t}s", "can you write (an essay|a letter|code|a program)",
]
FRAMES_TRANS = [
    "translate {t} (to|into) (German|French|Spanish|Italian|Dutch|Turkish|Polish|Japanese|Latin|English)", "what is {t} in (German|French|Spanish|Italian|Dutch|Latin|Chinese)", "how do you say {t} in (German|French|Spanish|Japanese|Russian|Turkish)", "what does {x} mean in (English|German|French)", "translate this [for me]", "can you translate [something] [into German]", "translate the word {t}", "translate good morning into (German|French|Dutch)",
]
FRAMES_ADVICE = [
    "should i (marry|leave|call|trust|forgive|sue) {q}", "how (do i|can i) (lose weight|get rich|sleep better|find a job|find love|stop smoking|get over my ex|make friends|invest my money|save money|get a loan|get fit|become famous)", "which (stock|car|house|phone|bank|insurance) should i buy", "what (pills|medicine) should i take for (a {t}|my heart|my back|a cold|a headache)", "is it (legal|healthy|safe|dangerous|wrong) to {v} a {t}", "can i sue (my boss|{q}|my landlord)", "what should i (wear|eat|cook|buy|study|watch|read) (today|tonight|tomorrow|for dinner)", "do i have (cancer|a fever|the flu|an allergy)", "what is the dose of (aspirin|ibuprofen)", "who should i vote for", "what do you think of (the president|politics|the government|religion|the war|abortion)", "should i invest in (bitcoin|gold|stocks|{s})", "i feel a pain in my (chest|arm|leg)", "how much (money|tax) should i (save|pay)", "what gift should i buy for {q}",
]
FRAMES_Z = [
    "does Zakenak (support|have|use|know|offer|include|need|come with|work with) {t}s", "does Zakenak (support|have|use|need|work with|integrate with) {s}", "who (is the CEO of|invested in|bought|owns|founded|leads) Zakenak", "how many (users|customers|employees|stars|downloads|developers|lines of code) does Zakenak have", "what is the (stock price|logo|phone number|email|roadmap|mascot|slogan|revenue) of Zakenak", "can Zakenak {v} [a] {t}[s]", "when will Zakenak (be finished|support {s}|2.0 come out)", "what is the {t} of Zakenak", "how do i (connect|integrate|use) Zakenak (to|with) {s}", "is there a Zakenak (conference|podcast|book|course|app store|forum|t-shirt|newsletter)", "when was Zakenak (founded|released|first released)", "is Zakenak (older|newer|bigger) than {s}", "what is the {x} setting", "what does the option --{x} do", "what is the {x} service", "which {t} does Zakenak use", "is there a plugin for {s}", "can i use Zakenak with {s}", "how do i export (a model|my data) to {s}", "does the gateway (support|have) {t}s", "where is the {t} of the gateway", "what does the {x} header mean",
]
_ON = W("b br bl c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr qu r s sc sh sk sl sn sp st str t th tr v w y z zw")
_VO = W("a e i o u a e i o u ai ea ee oo ou oa ie y")
_CO = W("b ck d f g l ll m n nd ng nk nt p r rd rk rm rn s sh ss st t th x z") + [""] * 12


def pseudo(rng):
    """An invented word, so that unknown words as such lead to 'I don't know'."""
    w = "".join(rng.choice(_ON) + rng.choice(_VO) + rng.choice(_CO) for _ in range(rng.choice((1, 2, 2, 2, 3, 3))))
    return w.capitalize() if rng.random() < 0.3 else w


def _pick(words, rng, keep, p_pseudo=0.15):
    if rng.random() < p_pseudo:
        return pseudo(rng)
    while True:
        w = rng.choice(words)
        if keep(w):
            break
    r = rng.random()
    if words is not THINGS or r > 0.25:
        return w
    other = _pick(THINGS, rng, keep, 0.1)
    return f"{rng.choice(ADJ)} {w}" if r < 0.1 else f"{w} {other}" if r < 0.15 else f"{w} of the {other}" if r < 0.2 else f"{w} in {_pick(PLACES, rng, keep, 0.1)}"


_KINDS = [(4, FRAMES_THING, ANSWER), (3, FRAMES_MORE, ANSWER), (2.2, FRAMES_TECH, ANSWER), (2.5, FRAMES_PLACE, ANSWER), (2, FRAMES_PERSON, ANSWER), (3, FRAMES_SOFT, ANSWER), (1, FRAMES_CODE, NO_CODE),
          (0.6, FRAMES_TRANS, NO_TRANSLATE), (1, FRAMES_ADVICE, NO_ADVICE), (1.8, FRAMES_Z, NO_ZAKENAK), (1, None, NO_MATH)]


def _math(rng):
    a, b = rng.randint(0, rng.choice((10, 100, 5000))), rng.randint(1, rng.choice((10, 100, 5000)))
    return expand(rng.choice([f"what is {a} (plus|minus|times|divided by|+|-|*|/|x) {b}", f"{a} (plus|+|-|*|x|minus|times) {b}", f"how much is {a} (plus|times|+|*|minus|x) {b}", f"calculate {a} (plus|times|+|*|/) {b}", f"{a}(+|*|-|/){b}",
        f"what is the square root of {a}", f"solve x + {a} = {b}", f"is {a} a prime number", f"what is {a} percent of {b}", f"can you (calculate|do maths|do math|count|add numbers)", f"what is {a} squared", f"convert {a} (miles|pounds|euros|degrees) to (kilometres|kilos|dollars|celsius)", f"count (from|to) {a}", f"(add|multiply) {a} and {b}", f"1+1", f"{a}+{b}=", f"how many (metres|grams|seconds) are in {a} (miles|pounds|hours)"]), rng)


def unknown(rng, keep=lambda noun: True):
    """A question and its answer; keep says which nouns may be used (training and held-out nouns differ)."""
    _, frames, answer = rng.choices(_KINDS, [k[0] for k in _KINDS])[0]
    if frames is None:
        return _math(rng), answer
    f = expand(rng.choice(frames), rng)
    for key, words in (("t", THINGS), ("t2", THINGS), ("p", PLACES), ("p2", PLACES), ("q", PEOPLE), ("s", SOFTWARE), ("s2", SOFTWARE), ("h", TECH), ("h2", TECH)):
        if "{" + key + "}" in f:
            word = _pick(words, rng, keep, 0.3 if key == "t" else 0.15)
            f = f.replace("{" + key + "}s", word if word.endswith("s") else word + "s").replace("{" + key + "}", word)
    f = f.replace("{a}", rng.choice(ADJ)).replace("{a2}", rng.choice(ADJ)).replace("{x}", pseudo(rng))
    while "{v}" in f or "{v2}" in f:
        f = f.replace("{v}", rng.choice(VERBS) if rng.random() < 0.9 else pseudo(rng).lower(), 1).replace("{v2}", rng.choice(W("swim fly sleep eat grow run jump burn float break die shine move sing see smell work bite hide hunt")), 1)
    return re.sub(r"\ba (?=[aeiou])", "an ", f), answer
