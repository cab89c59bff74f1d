using System.Text.Json;
using Zakenak.ModelServer.Completions;

namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>Reads <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>.</summary>
public static class ToolsParser
{
    private const int MaxTools = 128;
    private const int MaxNameLength = 64;

    private static readonly JsonElement s_noParameters = JsonDocument.Parse("""{"type":"object","properties":{},"additionalProperties":false}""").RootElement;

    /// <summary>What was asked for; null where no tool may be called. What is wrong is remembered by <paramref name="fields"/>.</summary>
    public static ToolRequest? Parse(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        var parallel = fields.Boolean("parallel_tool_calls") ?? true;
        var tools = new List<ToolDefinition>();
        var given = fields.List("tools", MaxTools);
        foreach (var (index, tool) in given?.EnumerateArray().Index() ?? [])
        {
            if (Tool(fields, $"tools[{index}]", tool) is { } known)
            {
                tools.Add(known);
            }
        }

        if (tools.GroupBy(tool => tool.Name).Any(group => group.Count() > 1))
        {
            fields.Refuse("tools", "must have names that differ");
        }

        var (called, mode, name) = Choice(fields);
        if (!called || fields.Refusal is not null)
        {
            return null;
        }

        if (tools.Count == 0)
        {
            if (mode == ToolMode.Required)
            {
                fields.Refuse("tool_choice", "needs 'tools' to choose from");
            }

            return null;
        }

        var callable = name is null ? tools : tools.FindAll(tool => tool.Name == name);
        if (callable.Count == 0)
        {
            fields.Refuse("tool_choice", "names a function that is not one of 'tools'");
            return null;
        }

        return new ToolRequest(given!.Value.Clone(), callable, mode, parallel);
    }

    private static ToolDefinition? Tool(JsonFields fields, string path, JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object)
        {
            fields.Refuse(path, "must be an object");
            return null;
        }

        var outer = new JsonFields(tool, path);
        if (outer.Text("type", MaxNameLength) != "function")
        {
            outer.Refuse("type", "must be 'function'");
        }

        if (outer.Nested("function") is not { } function)
        {
            outer.Refuse("function", "must be an object");
            fields.Refuse(outer.Refusal);
            return null;
        }

        var inner = new JsonFields(function, outer.Name("function"));
        var name = inner.Text("name", MaxNameLength);
        if (name is null || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            inner.Refuse("name", $"must be 1 to {MaxNameLength} letters, digits, '_' or '-'");
        }

        inner.Boolean("strict");
        var parameters = inner.Nested("parameters") ?? s_noParameters;
        if (parameters.TryGetProperty("type", out var type) && !(type.ValueKind == JsonValueKind.String && type.ValueEquals("object")))
        {
            inner.Refuse("parameters.type", "must be 'object'");
        }

        fields.Refuse(outer.Refusal ?? inner.Refusal);
        return fields.Refusal is null ? new ToolDefinition(name!, AsObject(parameters)) : null;
    }

    /// <summary>Arguments are an object also where the schema doesn't say so.</summary>
    private static JsonElement AsObject(JsonElement parameters)
    {
        if (parameters.TryGetProperty("type", out _))
        {
            return parameters.Clone();
        }

        var rest = parameters.GetPropertyCount() == 0 ? "}" : "," + parameters.GetRawText()[1..];
        using var document = JsonDocument.Parse("{\"type\":\"object\"" + rest);
        return document.RootElement.Clone();
    }

    private static (bool Called, ToolMode Mode, string? Name) Choice(JsonFields fields)
    {
        if (!fields.TryGet("tool_choice", out var choice))
        {
            return (true, ToolMode.Auto, null);
        }

        if (choice.ValueKind == JsonValueKind.Object
            && choice.TryGetProperty("type", out var type) && JsonFields.TryGetText(type, out var kind) && kind == "function"
            && choice.TryGetProperty("function", out var function) && function.ValueKind == JsonValueKind.Object
            && function.TryGetProperty("name", out var named) && JsonFields.TryGetText(named, out var name))
        {
            return (true, ToolMode.Required, name);
        }

        switch (JsonFields.TryGetText(choice, out var word) ? word : null)
        {
            case "none":
                return (false, ToolMode.Auto, null);
            case "auto":
                return (true, ToolMode.Auto, null);
            case "required":
                return (true, ToolMode.Required, null);
            default:
                fields.Refuse("tool_choice", "must be 'none', 'auto', 'required' or an object that names a function");
                return (false, ToolMode.Auto, null);
        }
    }
}
