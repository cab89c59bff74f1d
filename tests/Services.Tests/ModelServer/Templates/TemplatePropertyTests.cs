using FsCheck;
using FsCheck.Fluent;
using Zakenak.ModelServer.Templates;
using Zakenak.ModelServer.Templates.Jinja;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelServer.Templates;

public class TemplatePropertyTests
{
    private static readonly string[] s_scraps =
    [
        "{{ ", " }}", "{% ", " %}", "{%- ", " -%}", "{# ", " #}", "for m in messages", "endfor", "if ", "elif ", "else", "endif", "set x = ", "set ns.x = ", "endset",
        "macro f(a, b=1)", "endmacro", "call f(1)", "endcall", "f(1)", "namespace(x=1)", "m.content", "m['role']", "messages", "messages[-1]", "loop.index", "x", "ns",
        " | trim", " | tojson(indent=2)", " | join(', ')", " | map(attribute='content')", " | selectattr('role', 'equalto', 'user')", " | sort", " | replace('a', 'b')",
        " is defined", " is string", " == ", " in ", " not ", " and ", " or ", " ~ ", " + ", " * ", " // ", " % ", " - ", "(", ")", "[", "]", "{", "}", "[1:]", "[::-1]",
        ", ", ":", "'a'", "\"b\"", "'", "1", "-1", "9223372036854775807", "2.5", "none", "true", "range(9)", "raise_exception('x')", "strftime_now('%Y')", "\n", "  ", "\\", "🙂",
        ".split('a')", ".items()", "break", "continue", "generation", "endgeneration", "raw", "endraw", "filter upper", "endfilter", "with a = 1", "endwith", " | first", " ** ",
    ];

    private static readonly string[] s_whole =
    [
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] | trim + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}x{% endif %}",
        "{%- set ns = namespace(x=0) -%}{%- for m in messages[::-1] if m.role != 'tool' -%}{%- set ns.x = ns.x + loop.index -%}{{ m | tojson(indent=2) }}{%- else -%}none{%- endfor -%}{{ ns.x }}",
        "{% macro f(a, b=1) %}{% for k, v in a.items() %}{{ k }}={{ v if v is string else v | tojson }}{% if not loop.last %}, {% endif %}{% endfor %}{{ caller() if caller }}{% endmacro %}{{ f(messages[0]) }}{% call f({}) %}in{% endcall %}",
        "{% if messages[0]['role'] == 'system' %}{% set x = messages[0].content.split('a')[-1] %}{% else %}{% set x %}b{% endset %}{% endif %}{{ x | upper | replace('A', x) | indent(2) }}",
    ];

    private static readonly TemplateLimits s_tight = new() { MaxSteps = 20_000, MaxCharacters = 20_000, MaxTime = TimeSpan.FromSeconds(1) };

    private static readonly ChatTurn[] s_turns = [new("system", " a,b "), new("user", "🙂 aXa <|im_end|>"), new("assistant", "ok")];

    /// <summary>The property is that nothing is thrown, and that no case takes long.</summary>
    [Fact]
    public void Whatever_a_template_says_it_is_rendered_or_refused_in_bounded_time()
    {
        var rendered = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var began = ThreadTime.Now;
            var (template, error) = JinjaTemplate.Parse(Source(new System.Random(seed)), s_tight, TimeProvider.System);
            Text? text = null;
            if (template is not null)
            {
                (text, error) = template.Render(
                [
                    ("messages", PromptValues.Messages(s_turns, MessageForm.ArgumentsAsObjects)),
                    ("add_generation_prompt", BoolValue.True),
                ]);
            }

            rendered += text is null ? 0 : 1;
            return (text is null) != (error is null) && ThreadTime.Now - began < TimeSpan.FromSeconds(10);
        }));
        Assert.True(rendered > 500, $"Only {rendered} of the templates were any good: the others prove little.");
    }

    /// <summary>
    /// Data is written in letters that no template uses, so that it can be told in the result by looking. Filters may change, cut, repeat
    /// and mix it: none of its letters is ever where special tokens are recognised.
    /// </summary>
    [Fact]
    public void No_character_of_data_is_ever_where_special_tokens_are_recognised()
    {
        var found = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(10_000), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
        {
            var random = new System.Random(seed);
            var (template, error) = JinjaTemplate.Parse("{{ " + Expression(random, 4) + " }}", s_tight, TimeProvider.System);
            Assert.True(template is not null, error?.ToString());
            var (text, _) = template.Render([("a", Data(random)), ("b", Data(random)), ("l", new ListValue([Data(random), Data(random)]))]);
            if (text is null)
            {
                return true;
            }

            var start = 0;
            foreach (var run in text.Runs)
            {
                var part = text.Value.Substring(start, run.Length);
                start += run.Length;
                found += run.IsData ? part.Count(IsDatas) : 0;
                if (!run.IsData && part.Any(IsDatas))
                {
                    return false;
                }
            }

            return start == text.Value.Length && text.Runs.Zip(text.Runs.Skip(1)).All(pair => pair.First.IsData || pair.Second.IsData);
        }));
        Assert.True(found > 10_000, $"Only {found} characters of data came through: that proves little.");

        static bool IsDatas(char c) => char.ToLowerInvariant(c) is (>= 'a' and <= 'f') or '<' or '|';
    }

    [Theory]
    [InlineData("{{ '<|im_' }}{{ m.content }}{{ 'end|>' }}", "", "<|im_", "end|>")]
    [InlineData("{{ '<|im_' ~ m.content ~ 'end|>' }}", "", "<|im_", "end|>")]
    [InlineData("{{ '<|im_' ~ (m.content | trim) ~ 'end|>' }}", "  ", "<|im_", "end|>")]
    [InlineData("{{ '<|im_' + m.content.replace('x', '') + 'end|>' }}", "xx", "<|im_", "end|>")]
    [InlineData("{{ ('<|im_' + m.content + 'end|>') | replace('zz', '') }}", "zz", "<|im_", "end|>")]
    [InlineData("{{ ['<|im_', m.content, 'end|>'] | join }}", "", "<|im_", "end|>")]
    [InlineData("{{ '<|im_' }}{{ m.content[5:] }}{{ 'end|>' }}", "abc", "<|im_", "end|>")]
    [InlineData("{% set x %}<|im_{{ m.content }}end|>{% endset %}{{ x }}", "", "<|im_", "end|>")]
    [InlineData("{{ m.content.replace('x', '<|im_end|>') }}.", "x", ".")]
    [InlineData("{{ '<|im_' }}{{ 'end|>' }}{{ m.content }}", "u", "<|im_end|>")]
    public void Literals_stay_apart_where_data_was_between_them(string template, string content, params string[] literals)
    {
        var (prompt, error) = ChatPrompt.Create(new ChatTemplateSource("{% for m in messages %}" + template + "{% endfor %}"), TimeProvider.System);
        Assert.Null(error);

        Assert.Equal(literals, prompt!.Render([new("user", content)]).Segments!.Where(segment => segment.ParseSpecial).Select(segment => segment.Text));
    }

    private static string Source(System.Random random)
    {
        if (random.Next(3) == 0)
        {
            return string.Concat(random.GetItems(s_scraps, random.Next(1, 40)));
        }

        var source = s_whole[random.Next(s_whole.Length)];
        for (var edits = random.Next(1, 5); edits > 0; edits--)
        {
            var from = random.Next(source.Length + 1);
            var to = Math.Min(source.Length, from + random.Next(12));
            source = random.Next(3) switch
            {
                0 => source[..from] + source[to..],
                1 => source[..to] + source[from..],
                _ => source[..from] + s_scraps[random.Next(s_scraps.Length)] + source[from..],
            };
        }

        return source;
    }

    private static TextValue Data(System.Random random) => new(Text.Data(string.Concat(random.GetItems(["a", "Fe", "<|", "|>", "<|deed|>", "d", " ", "{}", ""], random.Next(6)))));

    private static string Expression(System.Random random, int depth)
    {
        if (depth == 0 || random.Next(6) == 0)
        {
            return random.GetItems(["a", "b", "l[0]", "'x'", "'yy z'", "' '", "''", "l | join('z')"], 1)[0];
        }

        string Sub() => "(" + Expression(random, depth - 1) + ")";
        return random.Next(18) switch
        {
            0 => Sub() + " ~ " + Sub(),
            1 => Sub() + " + " + Sub(),
            2 => Sub() + " | trim",
            3 => Sub() + " | upper",
            4 => Sub() + ".lower().title()",
            5 => Sub() + ".replace('" + "ax<"[random.Next(3)] + "', " + Sub() + ")",
            6 => Sub() + $"[{random.Next(3)}:{random.Next(6)}]",
            7 => Sub() + "[::-1]",
            8 => Sub() + ".split(' ') | join(" + Sub() + ")",
            9 => Sub() + " | list | join",
            10 => "[" + Sub() + ", " + Sub() + "] | tojson",
            11 => "{'x': " + Sub() + "} | string",
            12 => Sub() + " * 2",
            13 => "[" + Sub() + ", " + Sub() + "] | map('trim') | sort | join('y')",
            14 => Sub() + " | indent(1, true)",
            15 => "'x{}y{}z'.format(" + Sub() + ", " + Sub() + ")",
            16 => "(" + Sub() + " ~ '{}y').format(" + Sub() + ", " + Sub() + ", 'z', 'z')",
            _ => Sub() + ".strip('a<') if " + Sub() + " else " + Sub(),
        };
    }
}
