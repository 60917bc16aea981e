"""Templates: jinja2 over the pure markupsafe, mako, string.Template."""
import re
import string
import jinja2
import markupsafe
from jinja2 import sandbox
from mako.template import Template
from mako.lookup import TemplateLookup

env = jinja2.Environment(loader=jinja2.DictLoader({
    "base.html": "<title>{% block title %}base{% endblock %}</title>{% block body %}{% endblock %}\n",
    "page.html": """{% extends "base.html" %}{% from "macros.html" import field as f with context %}
{% block title %}{{ super() }} - {{ title|e }}{% endblock %}
{% block body %}{% for row in rows recursive %}
{{ loop.index }}/{{ loop.length }} {{ loop.cycle("odd", "even") }} {{ row.name|upper|replace("A", "*") }}
{%- if row.children %}<ul>{{ loop(row.children) }}</ul>{% endif %}
{% else %}none{% endfor %}{{ f("x", 3) }}{% include "part.html" %}{% endblock %}""",
    "macros.html": "{% macro field(name, size=1) %}<input name={{ name }} size={{ size }} {{ title }} {{ varargs }}>{{ caller() if caller }}{% endmacro %}",
    "part.html": "{% set ns = namespace(total=0) %}{% for i in range(5) if i is odd %}{% set ns.total = ns.total + i %}{% endfor %}{{ ns.total }}",
    "bad.html": "{% for x in %}", "undef.html": "{{ a.b.c }}",
}), autoescape=True, trim_blocks=True, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n"])
rows = [{"name": "alpha", "children": [{"name": "<beta>"}]}, {"name": "gamma"}]
print(env.get_template("page.html").render(title="T & <x>", rows=rows))
for text in ("{{ [1,2,3]|sum }} {{ 'a b'|title }} {{ {'a': 1}|dictsort }} {{ 3.14159|round(2) }} {{ range(7)|batch(3, '-')|list }}",
             "{{ items|groupby('k')|map('first')|join(',') }}{{ items|map(attribute='v')|list }}", "{{ x if y else z|default('d') }}",
             "{{ '%s-%d'|format('a', 3) }}{{ 'long text here'|truncate(8) }}{{ 'a\nb'|indent }}{{ '<b>'|safe }}{{ '<b>x</b>'|striptags }}",
             "{% filter upper %}abc{% endfilter %}{% raw %}{{ x }}{% endraw %}{% do items.append(1) %}", "{{ now|tojson }}{{ 12345678|filesizeformat }}",
             "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
             "{{ 'http://x.org a@b.c'|urlize }}{{ 'a b&c'|urlencode }}{{ [3,1,2]|sort|last }}{{ 'x'|center(5) }}{{ [[1,2],[3]]|map('length')|list }}"):
    print(env.from_string(text).render(items=[{"k": 1, "v": 2}, {"k": 1, "v": 3}, {"k": 2, "v": 4}], now={"a": "<"}))
for name in ("bad.html", "undef.html", "none.html"):
    try:
        print(env.get_template(name).render())
    except jinja2.TemplateError as error:
        print(type(error).__name__, error)
try:
    sandbox.SandboxedEnvironment().from_string("{{ ''.__class__.__mro__ }}{{ f.__code__ }}").render(f=lambda: 1)
except jinja2.exceptions.SecurityError as error:
    print(error)
print(env.compile(env.loader.get_source(env, "page.html")[0], raw=True))
print(markupsafe.escape("<a href='x'>\"&"), markupsafe.Markup("<b>%s</b>") % "<i>", markupsafe.Markup("&lt;x&gt;").unescape())
lookup = TemplateLookup()
lookup.put_string("base", "<%def name='head()'>H</%def>[${self.head()}|${next.body()}]")
lookup.put_string("page", """<%inherit file="base"/>
<%! import math %>
% for i, x in enumerate(items):
  ${i}: ${x | h} ${'%.2f' % math.sqrt(i)} \\
% endfor
<%def name="head()">mine ${caller is UNDEFINED}</%def>
<%block name="b">block</%block>
## comment
${"%5d" % 3}
""")
print(lookup.get_template("page").render(items=["<a>", "b"]))
print(Template("<%page args='x, y=2'/>${x + y}<%text>${raw}</%text>").render(x=1), re.sub(r"_modified_time = .*", "", Template("a ${b}").code))
try:
    Template("% for x in y:\n").render()
except Exception as error:
    print(type(error).__name__, error)
print(string.Template("$a ${b}c $$").substitute(a=1, b=2), string.Template("$a $b").safe_substitute(a=1))
