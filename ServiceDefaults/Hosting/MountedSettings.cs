using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// The settings that a pod mounts as read-only files, e.g. from ConfigMaps: <c>appsettings.json</c>, and beside it, for whoever deploys,
/// <c>overrides.json</c>, which wins. They stand above what the image brings and below environment and command line.
/// A key that nothing reads stops the start: in a mounted file it is a slip of the pen, and the default would be in force unnoticed.
/// </summary>
internal static class MountedSettings
{
    private const string Overrides = "overrides.json";

    // Read by the framework and by OpenTelemetry.
    private static readonly string[] _elsewhere = ["Logging:", "OTEL_"];

    public static void AddTo(ConfigurationManager configuration)
    {
        var sources = ((IConfigurationBuilder)configuration).Sources;
        var path = configuration["Service:SettingsFile"];
        var full = Path.GetFullPath(path ?? ServiceOptions.DefaultSettingsFile);
        if (path is null && !File.Exists(full))
        {
            return; // a laptop has none
        }

        var image = sources.Select((source, at) => (source, at)).LastOrDefault(s => s.source is JsonConfigurationSource);
        var next = image.source is null ? 0 : image.at + 1;
        var overrides = Path.Combine(Path.GetDirectoryName(full)!, Overrides);
        sources.Insert(next, SourceOf(full));
        if (full != overrides && File.Exists(overrides))
        {
            sources.Insert(next + 1, SourceOf(overrides));
        }
    }

    // Not watched: a rollout brings changed settings, and every replica has the ones that its pod was made with.
    private static Source SourceOf(string path) => new()
    {
        FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(path)!, ExclusionFilters.None),
        Path = Path.GetFileName(path),
        OnLoadException = failed => throw new StartRefusedException(
            $"Service:SettingsFile: {path} cannot be read: {failed.Exception.GetBaseException().Message}", ExitCodes.Misconfigured, failed.Exception),
    };

    /// <summary>For whole services: a verb such as <c>fetch</c> shares the file with its service and reads a part of it.</summary>
    /// <exception cref="OptionsValidationException">A key of the file has no place there.</exception>
    public static void Check(WebApplicationBuilder builder)
    {
        string[] known = [.. builder.Described<DescribedSection>().SelectMany(OptionReader.Read).Select(s => s.Key)];
        string[] secrets = [.. builder.Described<DescribedSecret>().Select(s => s.Key)];
        string[] faults = [.. ((IConfigurationRoot)builder.Configuration).Providers.OfType<Provider>().SelectMany(p => p.Keys).Select(k => FaultOf(k, known, secrets)).OfType<string>()];
        if (faults.Length > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(ServiceOptions), faults);
        }
    }

    private static string? FaultOf(string key, string[] known, string[] secrets) =>
        key.StartsWith("ConnectionStrings:", StringComparison.OrdinalIgnoreCase) || secrets.Contains(key, StringComparer.OrdinalIgnoreCase)
            ? $"{key}: a secret has no place in the settings file. Put it into a file of the secrets folder ({key.Replace(":", "__", StringComparison.Ordinal)})."
        : known.Any(k => Matches(k, key)) || _elsewhere.Any(e => key.StartsWith(e, StringComparison.OrdinalIgnoreCase)) ? null
        : $"{key}: this service has no such setting; --describe lists those that it has.";

    /// <param name="known">With <c>0</c> for every index and <c>*</c> for every name.</param>
    private static bool Matches(string known, string key)
    {
        string[] pattern = known.Split(':'), parts = key.Split(':');
        return pattern.Length == parts.Length && pattern.Zip(parts).All(p =>
            p.First == "*" || (p.First == "0" ? p.Second.All(char.IsAsciiDigit) : p.First.Equals(p.Second, StringComparison.OrdinalIgnoreCase)));
    }

    private sealed class Source : JsonConfigurationSource
    {
        public override IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(this);
    }

    private sealed class Provider(Source source) : JsonConfigurationProvider(source)
    {
        // An empty object or list is a key without a value.
        public IEnumerable<string> Keys => Data.Where(d => d.Value is { Length: > 0 }).Select(d => d.Key);
    }
}
