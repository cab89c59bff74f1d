using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Zakenak.ModelServer.Structured.Schema;

namespace Zakenak.Services.Tests.ModelServer.Structured;

/// <summary>Random schemas against random documents: the grammar and the validator share no code and must agree.</summary>
public class SchemaPropertyTests
{
    private static readonly string[] s_names = ["a", "b", "ab", "c", "a\"\\b", "\n\u0001é"];

    [Fact]
    public void Whatever_a_grammar_accepts_is_valid()
    {
        var (checkedTexts, all) = (0, 0);
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            var schema = RandomSchema(random, 3).ToJsonString();
            var matcher = GbnfMatcher.Parse(SchemaCompilerTests.Compile(schema).Gbnf);
            for (var i = 0; i < 4; i++)
            {
                all++;
                if (RandomTexts.From(matcher, random) is not { } text)
                {
                    continue;
                }

                checkedTexts++;
                Assert.True(IsValid(schema, text), $"{text} by {schema}");
                var changed = Change(text, random);
                Assert.True(!matcher.Matches(changed) || IsValid(schema, changed), $"{changed} by {schema}");
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
        Assert.True(checkedTexts > all / 2, $"{checkedTexts} of {all}");
    }

    [Fact]
    public void A_valid_document_in_canonical_form_is_accepted()
    {
        var accepted = 0;
        Prop.ForAll(Seeds(), seed =>
        {
            var random = new Random(seed);
            var schema = RandomSchema(random, 3);
            var matcher = GbnfMatcher.Parse(SchemaCompilerTests.Compile(schema.ToJsonString()).Gbnf);
            for (var i = 0; i < 10; i++)
            {
                var text = Instance(schema, random)?.ToJsonString(s_plain) ?? "null";
                if (IsValid(schema.ToJsonString(), text))
                {
                    accepted++;
                    Assert.True(matcher.Matches(text), $"{text} by {schema.ToJsonString()}");
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));
        Assert.True(accepted > 400, $"{accepted}");
    }

    private static readonly JsonSerializerOptions s_plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Arbitrary<int> Seeds() => Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    private static bool IsValid(string schema, string text)
    {
        using var parsed = JsonDocument.Parse(schema);
        using var document = JsonDocument.Parse(text);
        return new SchemaValidator(parsed.RootElement).IsValid(document.RootElement);
    }

    private static string Change(string text, Random random)
    {
        var at = random.Next(text.Length);
        if (char.IsSurrogate(text[at]))
        {
            return text;
        }

        var letter = "0123456789{}[]\",:abc-. "[random.Next(23)];
        return random.Next(3) switch
        {
            0 => text[..at] + text[(at + 1)..],
            1 => text[..at] + letter + text[at..],
            _ => text[..at] + letter + text[(at + 1)..],
        };
    }

    internal static JsonObject RandomSchema(Random random, int depth)
    {
        switch (random.Next(depth == 0 ? 6 : 11))
        {
            case 0:
                var integer = new JsonObject { ["type"] = "integer" };
                Maybe(random, integer, "minimum", () => random.Next(-200, 50));
                Maybe(random, integer, random.Next(2) == 0 ? "maximum" : "exclusiveMaximum", () => random.Next(52, 1200));
                return integer;
            case 1:
                var number = new JsonObject { ["type"] = "number" };
                Maybe(random, number, random.Next(2) == 0 ? "minimum" : "exclusiveMinimum", () => Bound(random, -20, 3));
                Maybe(random, number, random.Next(2) == 0 ? "maximum" : "exclusiveMaximum", () => Bound(random, 5, 120));
                return number;
            case 2:
                var text = new JsonObject { ["type"] = "string" };
                Maybe(random, text, "minLength", () => random.Next(0, 3));
                Maybe(random, text, "maxLength", () => random.Next(3, 6));
                return text;
            case 3:
                return new JsonObject { ["pattern"] = (string[])["^[a-c]{1,3}$", "^a|b$", "^(ab?|c)*x$", "\\d", "^[^a]b.$", "^\\w+\\s?\\W$"] is var all ? all[random.Next(all.Length)] : null, ["type"] = "string" };
            case 4:
                return new JsonObject { ["type"] = new JsonArray("boolean", "null") };
            case 5:
                return new JsonObject { ["enum"] = new JsonArray("a", 1, null, true, new JsonObject { ["a"] = 1 }) };
            case 6 or 7:
                var properties = new JsonObject();
                foreach (var name in s_names.Where(_ => random.Next(2) == 0))
                {
                    properties[name] = RandomSchema(random, depth - 1);
                }

                var result = new JsonObject
                {
                    ["type"] = "object",
                    ["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Key).Where(_ => random.Next(2) == 0)]),
                    ["properties"] = properties,
                };
                Maybe(random, result, "additionalProperties", () => random.Next(3) switch { 0 => true, 1 => false, _ => RandomSchema(random, 0) });
                return result;
            case 8:
                var array = new JsonObject { ["type"] = "array" };
                Maybe(random, array, "prefixItems", () => new JsonArray(RandomSchema(random, depth - 1), RandomSchema(random, depth - 1)));
                Maybe(random, array, "items", () => RandomSchema(random, depth - 1));
                Maybe(random, array, "minItems", () => random.Next(0, 3));
                Maybe(random, array, "maxItems", () => random.Next(3, 5));
                return array;
            case 9:
                return new JsonObject { ["anyOf"] = new JsonArray(RandomSchema(random, depth - 1), RandomSchema(random, depth - 1)) };
            default:
                return new JsonObject
                {
                    ["type"] = "object",
                    ["properties"] = new JsonObject { ["a"] = new JsonObject { ["type"] = "string" }, ["b"] = RandomSchema(random, depth - 1) },
                    ["allOf"] = new JsonArray(
                        new JsonObject { ["required"] = new JsonArray("b") },
                        new JsonObject { ["properties"] = new JsonObject { ["a"] = new JsonObject { ["maxLength"] = 2 } } }),
                };
        }
    }

    /// <summary>With up to four digits behind the point.</summary>
    private static decimal Bound(Random random, int from, int to) => Math.Round(random.Next(from, to) + (decimal)random.NextDouble(), random.Next(5));

    private static void Maybe(Random random, JsonObject schema, string keyword, Func<JsonNode?> value)
    {
        if (random.Next(2) == 0)
        {
            schema[keyword] = value();
        }
    }

    /// <summary>Something that looks like what the schema wants; not always valid.</summary>
    private static JsonNode? Instance(JsonObject schema, Random random)
    {
        if (schema["enum"] is JsonArray values)
        {
            return values[random.Next(values.Count)]?.DeepClone();
        }

        if (schema["anyOf"] is JsonArray branches)
        {
            // Canonical is what is written by a branch, not what another branch happens to say nothing about.
            var branch = branches[random.Next(branches.Count)]!.AsObject();
            var instance = Instance(branch, random);
            return IsValid(branch.ToJsonString(), instance?.ToJsonString() ?? "null") ? instance : "€€€€€€€";
        }

        if (schema["type"] is JsonArray)
        {
            return random.Next(3) switch { 0 => null, 1 => true, _ => false };
        }

        switch ((string?)schema["type"])
        {
            case "integer":
                return random.Next(-210, 1210);
            case "number":
                return random.Next(2) == 0 ? random.Next(-21, 121) : Math.Round((random.NextDouble() * 150) - 25, 2);
            case "string":
                return string.Concat(Enumerable.Range(0, random.Next(0, 6)).Select(_ => (string[])["a", "b", "c", "x", "1", " ", "-", "\n", "é", "€", "\""] is var all ? all[random.Next(all.Length)] : null));
            case "object":
                var result = new JsonObject();
                foreach (var (name, part) in schema["properties"]!.AsObject())
                {
                    if (random.Next(3) > 0)
                    {
                        result[name] = Instance(part!.AsObject(), random);
                    }
                }

                if (schema["additionalProperties"] is { } others && random.Next(2) == 0 && others.GetValueKind() != JsonValueKind.False)
                {
                    result["other"] = others is JsonObject known ? Instance(known, random) : 7;
                }

                return result;
            default:
                var array = new JsonArray();
                for (var count = random.Next(0, 5); array.Count < count;)
                {
                    var part = (schema["prefixItems"] as JsonArray)?.ElementAtOrDefault(array.Count) ?? schema["items"];
                    if (part is null && schema["prefixItems"] is not null)
                    {
                        break;
                    }

                    array.Add(part is JsonObject known ? Instance(known, random) : random.Next(9));
                }

                return array;
        }
    }
}
