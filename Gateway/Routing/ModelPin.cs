using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Routing;

/// <summary>Where a client says which version it wants: in the body's <c>model</c>, or, where its library makes that hard, in a header.</summary>
internal static class ModelPin
{
    private static readonly Refusal _notAVersion = new(StatusCodes.Status400BadRequest, "invalid_version",
        $"The header {HeaderNames.Version} must be one version, e.g. v2.");

    private static readonly Refusal _twoVersions = new(StatusCodes.Status400BadRequest, "conflicting_versions",
        $"The header {HeaderNames.Version} names another version than 'model'.", "model");

    /// <summary>The word for the model with the version in it, or why the header makes no sense.</summary>
    public static (string Word, Refusal? Refusal) Read(string model, IHeaderDictionary headers)
    {
        if (!headers.TryGetValue(HeaderNames.Version, out var values))
            return (model, null);
        if (values is not [{ } version] || !ModelVersion.IsVersion(version))
            return (model, _notAVersion);
        var mark = model.AsSpan().IndexOfAny(':', '@');
        if (mark < 0)
            return ($"{model}:{version}", null);
        return (model, model.AsSpan(mark + 1).SequenceEqual(version) ? null : _twoVersions);
    }
}
