"""Renders small templates with Jinja2, set up as chat templates are rendered in transformers, and prints them with what came out.

    python3 jinja2_cases.py > jinja2-cases.json      # needs jinja2 3.1

The file is what JinjaTests compares our own interpreter with; "error" stands for any exception.
"""
import json
import sys

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = {
    "s": " Hello, World! ",
    "u": "Grüße 🙂 und <|im_end|>",
    "e": "",
    "n": 7,
    "f": 2.5,
    "items": [3, 1, 2],
    "words": ["b", "A", "c", "a"],
    "nested": {"b": 1, "a": {"x": [1, 2.0, None, True, "q\"'\n"]}, "items": "key"},
    "people": [{"name": "Ann", "age": 31, "tags": ["x"]}, {"name": "bob", "age": 25}, {"name": "Cid", "age": 31, "admin": True}],
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "  Hi <b>there</b> \n"},
        {"role": "assistant", "content": "<think>\nhm\n</think>\n\nHello", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1, "b": [None, "ü"]}}}]},
        {"role": "tool", "content": "{\"ok\": true}"},
        {"role": "user", "content": "Bye"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}}],
    "add_generation_prompt": True,
    "bos_token": "<s>",
    "eos_token": "</s>",
}

EXPRESSIONS = r"""
s | trim
s.strip() ~ '|' ~ s.lstrip() ~ '|' ~ s.rstrip()
s | upper | lower
s | trim | length
u | length
u[6]
u[-1] ~ u[:5] ~ u[::-1]
u[6:9] ~ '|' ~ u[-10:]
u.split()
u.split(' ', 1)
u.rsplit(' ', 1)
'a,b,,c'.split(',')
'a,b,,c'.split(',', 2)[-1]
'a\nb\r\nc'.splitlines()
' a  b '.split()
'x'.join(['a', 'b'])
s.replace('l', 'L')
s.replace('l', 'L', 1)
s | replace('o', '0')
'abc'.replace('', '-')
s.title() ~ s.capitalize()
'hello world-foo' | title
'hello' | capitalize
s.startswith(' H') and not s.endswith('x')
s.startswith(('x', ' '))
s.find('World') ~ s.find('zz') ~ u.find('und')
'aXbXc'.rfind('X') ~ 'banana'.count('an')
'prefix-x'.removeprefix('prefix-') ~ 'x.y'.removesuffix('.y')
'12'.isdigit() ~ 'ab'.isalpha() ~ ' '.isspace() ~ 'AB'.isupper()
n + 1
n - 1.5
n * 2 ~ n / 2 ~ n // 2 ~ n % 4 ~ n ** 2
-n // 2
-n % 4
7.0 // 2
1e3
10 / 5
f ~ 1.0 ~ 100000000000000000000.0
0.1 + 0.2
1 / 3
2 ** 10
'ab' * 3
[1] * 3 + [2]
1 < 2 < 3
1 < 2 > 3
'a' < 'b'
1 == 1.0
true == 1
'1' == 1
none == false
not n
not n == 8
n == 7 and 'yes' or 'no'
0 or 'x'
'' and 'x'
'yes' if n > 5 else 'no'
'yes' if n > 50
missing
missing.x
missing is defined
n is defined and missing is not defined
missing | default('d')
'' | default('d')
'' | default('d', true)
none | default('d')
missing or 'other'
n is number and s is string and nested is mapping and items is iterable and items is sequence
n is integer and f is float and true is boolean and none is none
true is true and false is false and 1 is not true
n is odd and n is not even
n is divisibleby 7
n is divisibleby(2)
3 in items and 'x' not in words
'b' in nested
'ell' in s
n is in [7, 8]
n is eq 7 and n is gt 3 and n is not lt(2)
n is sameas n
items
words | sort
words | sort(case_sensitive=true)
words | sort(reverse=true)
people | sort(attribute='age') | map(attribute='name') | list
items | sort | first
items | last
items | max ~ items | min ~ items | sum
people | sum(attribute='age')
items | join
items | join(', ')
people | join('/', attribute='name')
items | reverse | list
'abc' | reverse
words | unique | list
words | map('upper') | list
words | map('upper') | join(',')
people | map(attribute='admin', default='no') | list
people | selectattr('admin') | list | length
people | selectattr('admin', 'defined') | map(attribute='name') | join
people | selectattr('age', 'equalto', 31) | map(attribute='name') | list
people | rejectattr('age', 'gt', 30) | map(attribute='name') | first
items | select('odd') | list
items | reject('odd') | list
[1, '', none, 2] | select | list
people | groupby('age') | list | length
nested | dictsort
{'b': 2, 'a': 3, 'C': 1} | dictsort
{'b': 2, 'a': 3} | dictsort(by='value')
nested | items | list
nested.items() | list
nested['items']
nested.keys() | list
nested.values() | list
nested.get('b') ~ nested.get('zz') ~ nested.get('zz', 'd')
nested.a.x[0] ~ nested['a']['x'][-1]
nested['zz'] is defined
nested.zz is defined
items[10] is defined
nested | tojson
nested | tojson(indent=2)
tools | tojson(indent=4)
u | tojson
'<>&\u0007\t"/' | tojson
[] | tojson ~ {} | tojson
[] | tojson(indent=2)
{'b': 1, 'a': 2} | tojson(sort_keys=true)
{'a': [1, 2]} | tojson(separators=(',', ':'))
f | tojson
nested | string
nested.a
(1, 2)
(1,)
[true, none, 'x', 1.5]
{'k': 'it\'s', 1: "q"}
'it\'s "q"' | list | string
'a\nb' | string
['a\nb', "it's"]
'x\ny\n\nz' | indent
'x\ny\n\nz' | indent(2, true)
'x\ny\n\nz' | indent(2, first=true, blank=true)
'x\ny\n' | indent('> ')
'5' | int + 1
'5.7' | int
'x' | int
'x' | int(3)
'2.5' | float
3.7 | int
3.14159 | round(2)
3.5 | round ~ 2.5 | round
3.2 | round(0, 'ceil')
-3 | abs
3 | string + '4'
'a' ~ 1 ~ none ~ true ~ 1.5
'a' + 'b' ~ 'c' + 'd'
'a' 'b' "c"
1 + '1'
'1' + 1
items.foo()
items[0:2] ~ items[::-1] ~ items[-2:] ~ items[5:]
range(3) | list
range(1, 10, 3) | list
range(5, 0, -2) | list
dict(a=1, b=2)
dict({'x': 1}, y=2)
s | trim | first
s | list | length
'<b>&' | e
'<b>' | safe
s | trim | lower is string
-2 | abs + 1
- 2 + 3
not true or true
1 if false else 2 if false else 3
[1, 2, 3] | length > 2
(s | trim).split(',')[0] | upper
'\u00e9\x41\\n\t|'
"a\qb"
1_000 + 1
namespace(a=1).a
namespace(a=1).b is defined
nested is mapping and nested.a is mapping and nested.b is not mapping
s is not none
messages[0]['role'] == 'system' and messages[0].content or 'x'
messages | selectattr('role', 'equalto', 'user') | list | length
messages[1:] | map(attribute='role') | join(' ')
messages[-1].content.split('</think>')[-1].lstrip('\n')
messages[2].content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n')
messages[2].tool_calls[0].function.arguments | tojson
messages[2].tool_calls[0]['function'].arguments.items() | list
'<{}:{}>'.format(n, none) ~ '{1}{0}{1}'.format('a', f) ~ '{{{x}}}'.format(x=items) ~ '{0}{y}'.format(u, y=true)
'{}{}'.format(1)
'{} {0}'.format(1)
'{'.format()
'}'.format()
range(*[1, 8, 3]) | list ~ dict(*[{'a': 1}], b=2)
range(*n)
""".strip("\n").split("\n")

TEMPLATES = [
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}{{ eos_token }}{% endfor %}",
    "{%- for m in messages %}\n  {%- if m.role == 'user' %}\n    {{- 'U: ' + m.content }}\n  {%- elif m.role == 'tool' -%}\n   T\n  {%- else %}\n  x\n  {% endif %}\n{% endfor %}\n",
    "a\n  {% if true %}\nb\n  {% endif %}\nc\n",
    "a\n  {%+ if true %}\nb\n  {%+ endif +%}\nc\n\n",
    "a   {#- c -#}   b {# d #}\ne\n   {# f #}\ng",
    "{{- ' x ' -}}   y   {{ 'z' }}\n\n",
    "a {% raw %}{{ not }} {% this %}{% endraw %} b",
    "a {%- raw -%}  {{ x }}  {%- endraw -%}  b",
    "\n\n{% set x = 1 %}\n\n{{ x }}\n\n",
    "x{% set a, b = 1, 'two' %}{{ a }}{{ b }}",
    "{% set x %}in {{ n }} out\n{% endset %}[{{ x }}]{% set y | upper | trim %} abc {% endset %}[{{ y }}]",
    "{% filter upper | replace('A', '-') %}abc {{ s }}{% endfilter %}",
    "{% for i in items %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}",
    "{% for i in items if i > 1 %}{{ loop.index }}/{{ loop.length }}={{ i }} {% else %}none{% endfor %}",
    "{% for i in items if i > 9 %}{{ i }}{% else %}none{% endfor %}",
    "{% for k, v in nested.items() %}{{ k }}:{{ v }};{% endfor %}",
    "{% for k in nested %}{{ k }}{% endfor %}{% for c in 'aü🙂' %}[{{ c }}]{% endfor %}",
    "{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for a in items %}{% for b in items %}{{ loop.index }}{{ a }}{{ b }} {% endfor %}{{ loop.index }}{% endfor %}",
    "{% for i in items %}{{ loop.cycle('odd', 'even') }}{% if loop.changed(i > 2) %}!{% endif %}{% endfor %}",
    "{% set x = 1 %}{% for i in items %}{{ x }}{% set x = i %}{{ x }} {% endfor %}{{ x }}",
    "{% set ns = namespace(x=0, l=[]) %}{% for i in items %}{% set ns.x = ns.x + i %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.x }}{{ ns.l }}",
    "{% if x is not defined %}{% set x = 'new' %}{% endif %}{{ x }}",
    "{% macro m(a, b='B', c=none) %}[{{ a }}{{ b }}{{ c }}{{ n }}]{% endmacro %}{{ m(1) }}{{ m(1, c=2) }}{{ m('x', 'y', 'z') | upper }}{{ m() }}",
    "{% macro f(i) %}{{ i }}{% if i > 0 %}{{ f(i - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{% macro box() %}<{{ caller() }}>{% endmacro %}{% call box() %}in {{ n }}{% endcall %}",
    "{% macro each(l) %}{% for i in l %}{{ caller(i, loop.index) }}{% endfor %}{% endmacro %}{% call(a, b) each(items) %}{{ a }}-{{ b }};{% endcall %}",
    "{% macro f(a, b, c='C') %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{% set all = [f] %}{{ f(*items) }}{{ all[0](1, *[2]) }}{{ f(*[1], b=2) }}",
    "{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% set l = [1] %}{% if l %}{% set l = l + [2] %}{% endif %}{{ l }}",
    "{{ raise_exception('no') }}",
    "{% if tools %}{% for t in tools %}{{ t | tojson(indent=4) }}\n\n{% endfor %}{% endif %}",
    "{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}!{% endif %}{{ '[' + m['role'] + ']' }}{% endfor %}",
    "{%- set ns = namespace(last=-1) -%}{%- for m in messages[::-1] -%}{%- set i = (messages | length - 1) - loop.index0 -%}{%- if ns.last < 0 and m.role == 'user' -%}{%- set ns.last = i -%}{%- endif -%}{%- endfor -%}{{ ns.last }}",
    "{% if add_generation_prompt and messages[-1]['role'] != 'assistant' %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "{% for m in messages %}{% if m.tool_calls %}{% for c in m.tool_calls %}{{ c.function.name }}({% for k, v in c.function.arguments.items() %}{{ k }}={{ v if v is string else v | tojson }}{% if not loop.last %}, {% endif %}{% endfor %}){% endfor %}{% endif %}{% endfor %}",
    "{{ {'a': {'b': {}}} }}{{ {} }}",
    "{{ 'a' if n else }}",
    "{{ n",
    "{% if n %}",
    "{% for i in none %}{% endfor %}",
    "{{ missing.a.b }}",
    "{{ missing + 1 }}",
    "{{ nested.zz.x }}",
    "{% set x = items[5] %}{{ x }}.",
    "{{ '%}' }}{{ \"}}\" }}{# {{ #}{{ '{%' }}",
    "line\r\n{% if true %}\r\nx\r\n{% endif %}\r\ny",
]


def render(environment, template):
    try:
        return {"text": environment.from_string(template).render(**VARIABLES)}
    except Exception:
        return {"error": True}


def main():
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = lambda value, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def refuse(message):
        raise ValueError(message)
    environment.globals["raise_exception"] = refuse
    templates = ["{{ " + e + " }}" for e in EXPRESSIONS] + TEMPLATES
    json.dump({"variables": VARIABLES, "cases": [{"template": t, **render(environment, t)} for t in templates]}, sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main()
