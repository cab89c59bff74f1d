using System.Text.Json;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Policy;

/// <summary>One value of a policy file that knows its JSON path, so that whatever is wrong is said with its place. The first fault stays.</summary>
internal readonly struct PolicyNode(JsonElement element, string path, PolicyFault fault)
{
    public bool Exists => element.ValueKind != JsonValueKind.Undefined;

    public string Path => path;

    public void Fail(string problem) => fault.Set(path, problem);

    public void Fail(Refusal refusal) => fault.Set(refusal);

    /// <summary>An object with no other members than these: a member that is not known may be a rule that somebody relies on.</summary>
    public PolicyNode Only(params ReadOnlySpan<string> known)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Fail(Exists ? "must be an object" : "is missing");
            return this;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                Child(member.Name, member.Value).Fail($"is not known here; known are {string.Join(", ", known!)}");
            }
        }

        return this;
    }

    public PolicyNode Member(string name) =>
        Child(name, element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default);

    /// <summary>Name and value of every member; none where there is no object.</summary>
    public List<(string Name, PolicyNode Node)> Members(int max)
    {
        List<(string Name, PolicyNode Node)> members = [];
        if (Exists && element.ValueKind != JsonValueKind.Object)
        {
            Fail("must be an object");
        }
        else if (Exists)
        {
            members.AddRange(element.EnumerateObject().Select(Pair));
        }

        return Bounded(members, max);
    }

    /// <summary>The items of a list; none where it is missing.</summary>
    public List<PolicyNode> Items(int max)
    {
        List<PolicyNode> items = [];
        if (Exists && element.ValueKind != JsonValueKind.Array)
        {
            Fail("must be a list");
        }

        foreach (var item in element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : default)
        {
            items.Add(new PolicyNode(item, $"{path}[{items.Count}]", fault));
        }

        return Bounded(items, max);
    }

    /// <summary>The items of a list that says something only with an item in it.</summary>
    public List<PolicyNode> SomeItems(int max)
    {
        var items = Items(max);
        if (items.Count == 0)
        {
            Fail("must be a list with at least one item");
        }

        return items;
    }

    public string Text(int maxLength = 256)
    {
        var text = JsonShape.TextOf(element);
        if (text is not { Length: > 0 } || text.Length > maxLength || (maxLength <= 256 && text.Any(char.IsControl)))
        {
            Fail($"must be text of 1 to {maxLength} characters");
            return "";
        }

        return text;
    }

    public string? OptionalText() => Exists ? Text() : null;

    public long Integer(long min, long max)
    {
        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Fail($"must be a whole number from {min} to {max}");
        return min;
    }

    public bool OptionalBoolean()
    {
        if (element.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Undefined))
        {
            Fail("must be true or false");
        }

        return element.ValueKind == JsonValueKind.True;
    }

    public DateTimeOffset? OptionalDate()
    {
        var date = InTotoStatement.ReadDate(element);
        if (Exists && date is null)
        {
            Fail("must be a date such as 2026-01-31T12:00:00Z");
        }

        return date;
    }

    private PolicyNode Child(string name, JsonElement value) =>
        new(value, name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? $"{path}.{name}" : $"{path}['{name[..Math.Min(name.Length, 64)]}']", fault);

    private (string Name, PolicyNode Node) Pair(JsonProperty member) => (member.Name, Child(member.Name, member.Value));

    private List<T> Bounded<T>(List<T> items, int max)
    {
        if (items.Count <= max)
        {
            return items;
        }

        Fail($"has {items.Count} items; {max} is the most");
        return [];
    }
}
