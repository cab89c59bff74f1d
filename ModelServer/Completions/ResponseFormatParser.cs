using Zakenak.ModelServer.Structured;

namespace Zakenak.ModelServer.Completions;

/// <summary>Reads <c>response_format</c>.</summary>
public static class ResponseFormatParser
{
    private const int MaxNameLength = 64;

    /// <summary>The format; null for free text. What is wrong is remembered by <paramref name="fields"/>.</summary>
    public static AnswerFormat? Parse(JsonFields fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Nested("response_format") is not { } given)
        {
            return null;
        }

        var outer = new JsonFields(given, "response_format");
        AnswerFormat? format = null;
        switch (outer.Text("type", MaxNameLength))
        {
            case "text":
                break;
            case "json_object":
                format = AnswerFormat.AnyObject;
                break;
            case "json_schema" when outer.Nested("json_schema") is { } named:
                var inner = new JsonFields(named, outer.Name("json_schema"));
                inner.Text("name", MaxNameLength);
                inner.Boolean("strict");
                if (inner.TryGet("schema", out var schema))
                {
                    (format, var refusal) = AnswerFormat.Compile(schema, inner.Name("schema"));
                    inner.Refuse(refusal);
                }
                else
                {
                    inner.Refuse("schema", "must be a JSON Schema");
                }

                outer.Refuse(inner.Refusal);
                break;
            case "json_schema":
                outer.Refuse("json_schema", "must be an object");
                break;
            default:
                outer.Refuse("type", "must be 'text', 'json_object' or 'json_schema'");
                break;
        }

        fields.Refuse(outer.Refusal);
        return format;
    }
}
