using System.Text;
using System.Text.Json;
using Zakenak.ModelServer.Structured;
using Zakenak.Services.Tests.ServiceDefaults;

namespace Zakenak.Services.Tests.ModelServer.Structured;

public class SchemaCompilerTests
{
    private const string Param = "response_format.json_schema.schema";

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"null"}},"required":["b"],"additionalProperties":false}""",
        """{"b":""}|{"a":1,"b":"x"}|{"a":-1,"b":"","c":null}|{"b":"","c":null}""", """{}|{"a":1}|{"b":1}|{"b":"","a":1}|{"b":"","d":1}|{"a":1.5,"b":""}|{"a":1,"b":"",}""")]
    [InlineData("""{"type":"object"}""", """{}|{"a":[1,{"b":null}]}""", """[]|1|""")]
    [InlineData("""{"type":"object","properties":{"id":{"type":"integer"}},"additionalProperties":{"type":"boolean"}}""",
        """{}|{"id":1}|{"x":true}|{"id":1,"i":true,"idx":false}""", """{"id":true}|{"x":1}|{"id":1,"id":true}|{"\u0069d":true}""")]
    [InlineData("""{"type":"object","properties":{"x\"y":{"type":"integer"},"n\\":{}},"additionalProperties":{"type":"boolean"}}""",
        """{"x\"y":1}|{"x\"z":true}|{"x\"":true,"n\\m":false,"q":true}""", """{"x\"y":true}|{"x"z":true}|{"x"y":1}|{"n\\":true,"n\\":1}""")]
    [InlineData("""{"type":"string","pattern":"^[^\\s]\\s\\S$"}""", """ "a b"|"é\tx" """, """ " aa"|"a a "|"ab" """)]
    [InlineData("""{"type":"array","items":{"type":"integer"},"minItems":2,"maxItems":3}""", "[1,2]|[1,2,3]|[ 1, 2 ]", "[]|[1]|[1,2,3,4]|[1,2,]")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":{"type":"null"},"minItems":1}""", """["a"]|["a",1]|["a",1,null,null]""", """[]|[1]|["a",null]""")]
    [InlineData("""{"prefixItems":[{"type":"string"},{"type":"integer"}],"items":false}""", """[]|["a"]|["a",1]""", """["a",1,2]""")]
    [InlineData("""{"enum":["a",1,null,{"b":[2]}]}""", """ "a"|1|null|{"b":[2]}""", """ "b"|2|{"b":[2,3]}""")]
    [InlineData("""{"const":"say \"hi\"\n€"}""", """ "say \"hi\"\n€" """, """ "say" """)]
    [InlineData("""{"enum":["a",1,"b"],"type":"string"}""", """ "a"|"b" """, "1")]
    [InlineData("""{"type":["integer","null"],"minimum":3}""", "3|44|null", "2|-5|3.5|true")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":105}""", "-12|-9|0|7|99|100|105", "-13|106|-0|007|1000|1.0")]
    [InlineData("""{"type":"integer","exclusiveMinimum":0.5,"exclusiveMaximum":3}""", "1|2", "0|3")]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "0|1|0.25|1.0|0.0", "1.1|-0.1|2|.5|1.01")]
    [InlineData("""{"type":"number","exclusiveMinimum":-2,"exclusiveMaximum":0}""", "-1.5|-1|-0.001|-1.999", "0|-2|-2.5|0.5|-0.0")]
    [InlineData("""{"type":"number","minimum":0.25,"maximum":1.5}""", "0.25|0.250|0.3|1|1.0|1.5|1.499|0.9", "0|0.2|0.249|1.51|1.6|2|-0.5")]
    [InlineData("""{"type":"number","exclusiveMinimum":0.25,"exclusiveMaximum":0.275}""", "0.26|0.2500001|0.2749|0.27", "0.25|0.250|0.275|0.2750|0.2751|0.3|0")]
    [InlineData("""{"type":"number","minimum":-2.05,"exclusiveMaximum":-0.5}""", "-2.05|-2|-2.01|-1|-0.51|-0.500001", "-2.06|-2.1|-0.5|-0.50|-0.4|0|2")]
    [InlineData("""{"type":"number","minimum":0.1,"maximum":0.1}""", "0.1", "0.11|0.09|0|1")]
    [InlineData("""{"type":"number","exclusiveMinimum":20000}""", "20000.1|20000.000000001|20001.1234567891", "20000|20000.0|20000.000000000001")]
    [InlineData("""{"type":"number"}""", "1e5|-2.5E-3|0", "01|1.|--1")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":3}""", """ "ab"|"a\n€"|"🙂🙂" """, """ "a"|"abcd"|"a\u0041b" """)]
    [InlineData("""{"type":"string","pattern":"^[a-z]{2,3}-\\d+(x|y)?$"}""", """ "ab-1"|"abc-123y" """, """ "a-1"|"ab-"|"ab-1z" """)]
    [InlineData("""{"type":"string","pattern":"b.d"}""", """ "bad"|"xxbädyy" """, """ "bd" """)]
    [InlineData("""{"type":"string","pattern":"^(?:\"|\\\\|[^a-z])$"}""", """ "\""|"\\"|"A"|"\n" """, """ "a"|"" """)]
    [InlineData("""{"type":"string","format":"date"}""", """ "2024-02-29"|"2026-12-31" """, """ "2023-02-29"|"2026-13-01"|"2026-04-31" """)]
    [InlineData("""{"type":"string","format":"uuid"}""", """ "123e4567-e89b-12d3-a456-426614174000" """, """ "123e4567" """)]
    [InlineData("""{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["v","next"],"additionalProperties":false}}}""",
        """{"v":1,"next":null}|{"v":1,"next":{"v":2,"next":null}}""", """{"v":1}|{"v":1,"next":{"v":2}}""")]
    [InlineData("""{"allOf":[{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"a":{"minimum":5},"b":{"type":"string"}}}]}""",
        """{"a":5}|{"a":6,"b":"x"}""", """{"a":4}|{"b":"x"}""")]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"additionalProperties":false,"anyOf":[{"required":["a"]},{"required":["b"]}]}""", """{"a":1}|{"b":[]}|{"a":1,"b":2}""", "{}")]
    [InlineData("""{"oneOf":[{"type":"object","properties":{"kind":{"const":"x"},"n":{"type":"integer"}},"required":["kind"]},{"type":"object","properties":{"kind":{"const":"y"}},"required":["kind"]},{"type":"string"}]}""",
        """{"kind":"x","n":1}|{"kind":"y"}|"z" """, """{"kind":"z"}|{"kind":"y","n":1}""")]
    [InlineData("""{"type":"boolean","title":"t","description":"d","default":true,"$comment":"c","x-vendor":1,"contentMediaType":"a","discriminator":{"propertyName":"k"},"example":1}""", "true|false", "null")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"additionalProperties":false}""", """{}|{"a":{"a":{}}}""", """{"a":1}""")]
    public void A_schema_becomes_a_grammar_of_what_is_valid(string schema, string accepted, string rejected)
    {
        var format = Compile(schema);
        var matcher = GbnfMatcher.Parse(format.Gbnf);

        Assert.All(accepted.Split('|'), text => Assert.True(matcher.Matches(text.Trim(' ')), $"{text} by\n{format.Gbnf}"));
        Assert.All(accepted.Split('|'), text => Assert.True(format.IsValid(Encoding.UTF8.GetBytes(text)), text));
        Assert.All(rejected.Split('|'), text => Assert.False(matcher.Matches(text.Trim(' ')), $"{text} by\n{format.Gbnf}"));
    }

    [Fact]
    public void White_space_that_readers_of_patterns_disagree_on_is_not_written()
    {
        var matcher = GbnfMatcher.Parse(Compile("""{"type":"string","pattern":"^\\s[^\\s]\\S[\\s]$"}""").Gbnf);

        Assert.True(matcher.Matches("\" ab \""));
        Assert.All("\u00A0\u2003\u0085\uFEFF", space => Assert.False(matcher.Matches($"\"{space}ab \"") || matcher.Matches($"\" {space}b \"") || matcher.Matches($"\" a{space} \"") || matcher.Matches($"\" ab{space}\"")));
    }

    [Theory]
    [InlineData("date")]
    [InlineData("time")]
    [InlineData("date-time")]
    [InlineData("duration")]
    [InlineData("uuid")]
    [InlineData("email")]
    [InlineData("hostname")]
    [InlineData("ipv4")]
    [InlineData("ipv6")]
    [InlineData("uri")]
    public void What_is_written_in_a_format_has_it(string name)
    {
        var format = Compile($$"""{"type":"string","format":"{{name}}"}""");
        var matcher = GbnfMatcher.Parse(format.Gbnf);
        var random = new Random(7);

        for (var i = 0; i < 200; i++)
        {
            var text = RandomTexts.From(matcher, random);
            Assert.True(text is not null && format.IsValid(Encoding.UTF8.GetBytes(text)), text);
        }
    }

    [Theory]
    [InlineData("""{"not":{}}""", "/not")]
    [InlineData("""{"properties":{"a/b":{"items":{"if":{}}}}}""", "/properties/a~1b/items/if")]
    [InlineData("""{"patternProperties":{}}""", "/patternProperties")]
    [InlineData("""{"uniqueItems":true}""", "/uniqueItems")]
    [InlineData("""{"multipleOf":2}""", "/multipleOf")]
    [InlineData("""{"nullable":true}""", "/nullable")]
    [InlineData("""{"type":"strin"}""", "/type")]
    [InlineData("""{"type":[]}""", "/type")]
    [InlineData("""{"items":[{}]}""", "/items")]
    [InlineData("""{"required":[1]}""", "/required")]
    [InlineData("""{"enum":[]}""", "/enum")]
    [InlineData("""{"minLength":-1}""", "/minLength")]
    [InlineData("""{"maxLength":1000000}""", "/maxLength")]
    [InlineData("""{"minItems":1000000000}""", "/minItems")]
    [InlineData("""{"maxItems":1e300}""", "/maxItems")]
    [InlineData("""{"type":"number","minimum":0.123456789012345}""", "/minimum")]
    [InlineData("""{"type":"number","minimum":-70000000000000000000000000.5}""", "/minimum")]
    [InlineData("""{"type":"integer","minimum":1e20}""", "/minimum")]
    [InlineData("""{"pattern":"(?=a)"}""", "/pattern")]
    [InlineData("""{"pattern":"(a)\\1"}""", "/pattern")]
    [InlineData("""{"pattern":"\\bword"}""", "/pattern")]
    [InlineData("""{"pattern":"(((((((((((((((((((a)))))))))))))))))))"}""", "/pattern")]
    [InlineData("""{"pattern":"(a*)*"}""", "/pattern")]
    [InlineData("""{"pattern":"a{3000}"}""", "/pattern")]
    [InlineData("""{"pattern":"["}""", "/pattern")]
    [InlineData("""{"pattern":"^a+$","maxLength":3}""", "/pattern")]
    [InlineData("""{"format":"regex"}""", "/format")]
    [InlineData("""{"$ref":"https://example.com/schema"}""", "/$ref")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "/$ref")]
    [InlineData("""{"$ref":"#"}""", "")]
    [InlineData("""{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]}},"$ref":"#/$defs/a"}""", "/$defs/a")]
    [InlineData("""{"properties":{"a":{"$ref":"#"}},"required":["a"]}""", "")]
    [InlineData("""{"type":"string","enum":[1]}""", "")]
    [InlineData("""{"type":"array","minItems":3,"maxItems":2}""", "")]
    [InlineData("false", "")]
    [InlineData("7", "")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "/oneOf")]
    [InlineData("""{"oneOf":[{"required":["a"]},{"required":["b"]}]}""", "/oneOf")]
    [InlineData("""{"type":"object","minProperties":1}""", "/minProperties")]
    [InlineData("""{"properties":{"a":{"$id":"x"}}}""", "/properties/a/$id")]
    public void What_can_not_be_expressed_is_refused_by_its_place(string schema, string place)
    {
        var (format, refusal) = AnswerFormat.Compile(JsonDocument.Parse(schema).RootElement, Param);

        Assert.Null(format);
        Assert.Equal(400, refusal!.Status);
        Assert.Equal(Param + place, refusal.Param);
    }

    [Fact]
    public void A_schema_bomb_is_refused_in_bounded_time_and_memory()
    {
        static string Repeat(int count, Func<int, string> part) => string.Join(',', Enumerable.Range(0, count).Select(part));
        var doubling = Repeat(40, i => $$"""
            "d{{i}}":{"anyOf":[{"title":"1","$ref":"#/$defs/d{{i + 1}}"},{"title":"2","$ref":"#/$defs/d{{i + 1}}"}]}
            """);
        string[] bombs =
        [
            """{"$ref":"#/$defs/d0","$defs":{""" + doubling + """ ,"d40":{"type":"null"}}}""",
            """{"$ref":"#/$defs/d0","const":1,"$defs":{""" + doubling + """ ,"d40":{"type":"null"}}}""",
            """{"allOf":[""" + Repeat(12, i => $$"""{"anyOf":[{"required":["a{{i}}"]},{"required":["b{{i}}"]}]}""") + "]}",
            """{"enum":[""" + Repeat(100_000, i => $"{i}") + "]}",
            """{"properties":{""" + Repeat(10_000, i => $"\"p{i}\":{{}}") + "}}",
            """{"prefixItems":[""" + Repeat(5_000, _ => "{}") + "]}",
            """{"type":"array","maxItems":2000,"items":{"type":"array","maxItems":2000,"items":{"type":"array","maxItems":2000,"items":{"type":"string","maxLength":2000}}}}""",
            """{"$ref":"#/$defs/c0","$defs":{""" + Repeat(1000, i => $$"""
                "c{{i}}":{"$ref":"#/$defs/c{{i + 1}}"}
                """) + """ ,"c1000":true}}""",
            """{"pattern":"^""" + string.Concat(Enumerable.Repeat("(a|b?){0,30}", 80)) + "\"}",
            """{"pattern":"^(([a-z]{0,1999}[0-9]){0,1999}x){0,1999}$"}""",
        ];
        foreach (var bomb in bombs)
        {
            using var document = JsonDocument.Parse(bomb);
            var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), ThreadTime.Now);
            var (format, refusal) = AnswerFormat.Compile(document.RootElement, Param);

            // Three nested arrays of 2,000 items are no danger as a grammar; what is written by it ends with the answer's bound.
            Assert.True(format is null ? refusal!.Param!.StartsWith(Param, StringComparison.Ordinal) : format.Gbnf.Length < 1000, bomb[..50]);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            var took = ThreadTime.Now - began;
            Assert.True(took < TimeSpan.FromSeconds(5) && allocated < 256 << 20, $"{took}, {allocated} bytes: {bomb[..50]}");
        }
    }

    [Fact]
    public void Optional_properties_in_any_subset_cost_a_rule_or_two_each()
    {
        var properties = string.Join(',', Enumerable.Range(0, 120).Select(i => $"\"p{i}\":{{\"type\":\"integer\"}}"));

        var format = Compile($$"""{"type":"object","properties":{{{properties}}},"additionalProperties":false}""");

        Assert.True(format.Gbnf.Length < 40_000);
        var matcher = GbnfMatcher.Parse(format.Gbnf);
        Assert.True(matcher.Matches("""{"p3":1,"p77":2,"p119":3}"""));
        Assert.False(matcher.Matches("""{"p77":1,"p3":2}"""));
    }

    [Theory]
    [InlineData("{\"a\":1")]
    [InlineData("")]
    public void A_text_that_was_cut_is_never_valid(string text) => Assert.False(Compile("""{"type":"object"}""").IsValid(Encoding.UTF8.GetBytes(text)));

    internal static AnswerFormat Compile(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        var (format, refusal) = AnswerFormat.Compile(document.RootElement, Param);
        Assert.True(format is not null, $"{refusal?.Param}: {refusal?.Message} {schema}");
        return format;
    }
}
