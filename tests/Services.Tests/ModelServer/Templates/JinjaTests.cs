using System.Text;
using System.Text.Json;
using Zakenak.ModelServer.Templates;
using Zakenak.ModelServer.Templates.Jinja;

namespace Zakenak.Services.Tests.ModelServer.Templates;

public class JinjaTests
{
    /// <summary>What Jinja2 made of the same templates; <c>jinja2_cases.py</c> writes the file.</summary>
    [Fact]
    public void Every_template_renders_as_with_jinja2()
    {
        using var stream = typeof(JinjaTests).Assembly.GetManifestResourceStream("jinja2-cases.json")!;
        using var file = JsonDocument.Parse(stream);
        var variables = file.RootElement.GetProperty("variables").EnumerateObject().Select(item => (item.Name, PromptValues.Json(item.Value))).ToList();
        var wrong = new StringBuilder();
        foreach (var item in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            var source = item.GetProperty("template").GetString()!;
            var (template, error) = JinjaTemplate.Parse(source, new TemplateLimits(), TimeProvider.System);
            var text = template is null ? null : template.Render(variables) is var (rendered, fault) && fault is null ? rendered : Failed(fault, out error);
            var expected = item.TryGetProperty("text", out var known) ? known.GetString() : null;
            if (text?.Value != expected)
            {
                wrong.AppendLine($"{source}\n  is  {text?.Value ?? error!.ToString()}\n  not {expected ?? "an error"}");
            }
        }

        Assert.True(wrong.Length == 0, wrong.ToString());

        static Text? Failed(TemplateError? fault, out TemplateError? error)
        {
            error = fault;
            return null;
        }
    }

    [Theory]
    [InlineData("{{ a }}\n{% include 'x' %}", 2, 1, "the tag 'include'")]
    [InlineData("{% for x in y recursive %}{% endfor %}", 1, 15, "a recursive loop")]
    [InlineData("{{ x | xmlattr }}", 1, 8, "the filter 'xmlattr'")]
    [InlineData("{{ x is escaped }}", 1, 9, "the test 'escaped'")]
    [InlineData("{{ lipsum() }}", 1, 4, "the function 'lipsum'")]
    [InlineData("{{ x.append(1) }}", 1, 5, "the method 'append'")]
    [InlineData("{% break %}", 1, 1, "'break' outside of a loop")]
    [InlineData("x {{ 'a }}", 1, 6, "a string that does not end")]
    [InlineData("{{ 1 + }}", 1, 8, "'}}' where an expression should be")]
    [InlineData("{% if x %}", 1, 11, "the template ends where 'endif' should be")]
    [InlineData("{{ a ? b }}", 1, 6, "the character '?'")]
    public void What_is_out_of_the_subset_is_named_with_its_place(string source, int line, int column, string message)
    {
        var (template, error) = JinjaTemplate.Parse(source, new TemplateLimits(), TimeProvider.System);

        Assert.Null(template);
        Assert.Equal(new TemplateError(TemplateFaultKind.Unsupported, message, line, column), error);
    }

    [Theory]
    [InlineData("{% set ns = namespace(s='ab') %}{% for i in range(99999) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}")]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}{% endfor %}")]
    [InlineData("{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}")]
    [InlineData("{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}")]
    [InlineData("{{ 'x' * 9999999999 }}")]
    [InlineData("{{ [1] * 9999999999 }}")]
    [InlineData("{{ range(9999999999) | list }}")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == ns.l | list }}{{ ns.l | tojson }}")]
    [InlineData("{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(99999) %}{% set ns.s = ns.s.replace('a', 'aaaaaaaa') %}{% endfor %}")]
    [InlineData("{% set s = 'a,' * 999999 %}{% for i in range(99999) %}{% set x = s.split(',') | join('-') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(n=2) %}{% for i in range(99999) %}{{ 'abc' | indent(256, true) * 99999 }}{% endfor %}")]
    public void No_template_takes_more_than_its_share(string source)
    {
        var (template, error) = JinjaTemplate.Parse(source, new TemplateLimits(), TimeProvider.System);
        Assert.Null(error);

        (_, error) = template!.Render([]);

        Assert.Equal(TemplateFaultKind.Limit, error?.Kind);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("{'a':", "}")]
    [InlineData("1 if 1 else ", "")]
    [InlineData("a[", "]")]
    [InlineData("1 is ", "")]
    public void Expressions_that_nest_without_end_are_refused(string open, string close)
    {
        var source = "{{ " + string.Concat(Enumerable.Repeat(open, 20_000)) + "1" + string.Concat(Enumerable.Repeat(close, 20_000)) + " }}";

        Assert.Equal(TemplateFaultKind.Unsupported, JinjaTemplate.Parse(source, new TemplateLimits(), TimeProvider.System).Error?.Kind);
    }

    [Fact]
    public void A_chain_of_operators_is_no_deeper_than_the_limit()
    {
        var (template, _) = JinjaTemplate.Parse("{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 20_000)) + " }}", new TemplateLimits(), TimeProvider.System);

        Assert.Equal(TemplateFaultKind.Limit, template!.Render([]).Error?.Kind);
    }
}
