using System.Text;
using Zakenak.Contracts;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Templates;
using Zakenak.ServiceDefaults;
using Zakenak.ServiceDefaults.Grants;

namespace Zakenak.ModelServer.Features;

/// <summary>Puts the online features that a request asks for into its conversation, as one system message where the model's template takes it.</summary>
public sealed class FeatureFacts(FeatureClient client)
{
    /// <summary>The conversation, with features where any were asked for and found, or why there is none.</summary>
    public async Task<(IReadOnlyList<ChatTurn>? Turns, Refusal? Refusal)> AddAsync(
        ChatRequest request, ChatTemplate template, VerifiedGrant grant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(template);
        if (request.Features is null)
        {
            return (request.Turns, null);
        }

        var (values, refusal) = await client.ReadAsync(request.Features, grant, cancellationToken).ConfigureAwait(false);
        if (values is null)
        {
            return (null, refusal);
        }

        var facts = Format(values);
        return (facts.Length == 0 ? request.Turns : template.With(request.Turns, facts), null);
    }

    /// <summary>The message, one line for each feature that has a value; empty where none has.</summary>
    public static string Format(IReadOnlyList<FeatureValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var facts = new StringBuilder();
        foreach (var value in values)
        {
            if (value.Value is { } text)
            {
                facts.Append(facts.Length == 0 ? "Known facts:" : string.Empty).Append('\n').Append(value.Ref).Append(" = ").Append(OneLine(text));
            }
        }

        return facts.ToString();
    }

    /// <summary>A line break in a value could pass for one more fact: it becomes a space, and so does all else that a reader may take for one.</summary>
    private static string OneLine(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
        }
    });
}
