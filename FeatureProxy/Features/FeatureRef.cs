using Zakenak.FeatureProxy.Store;

namespace Zakenak.FeatureProxy.Features;

/// <summary>One feature asked for, <c>view:feature</c>.</summary>
public readonly record struct FeatureRef(string View, string Feature)
{
    /// <summary>Null where the text is no reference.</summary>
    public static FeatureRef? TryParse(string? text)
    {
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        return colon >= 0 && FeatureNames.IsName(text.AsSpan(0, colon)) && FeatureNames.IsName(text.AsSpan(colon + 1))
            ? new FeatureRef(text![..colon], text[(colon + 1)..])
            : null;
    }

    public override string ToString() => $"{View}:{Feature}";
}
