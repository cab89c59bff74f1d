using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>
/// The settings that a pod mounts as one read-only file, e.g. from a ConfigMap. They stand above what the image brings and below environment and command line.
/// A key that nothing reads stops the start: in a mounted file it is a slip of the pen, and the default would be in force unnoticed.
/// </summary>
internal sealed class MountedSettings(IConfiguration configuration, IEnumerable<DescribedSection> sections, IEnumerable<DescribedSecret> secrets) : IValidateOptions<ServiceOptions>
{
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

        // Not watched: a rollout brings changed settings, and every replica has the ones that its pod was made with.
        var image = sources.Select((source, at) => (source, at)).LastOrDefault(s => s.source is JsonConfigurationSource);
        sources.Insert(image.source is null ? 0 : image.at + 1, new Source
        {
            FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(full)!, ExclusionFilters.None),
            Path = Path.GetFileName(full),
            OnLoadException = failed => throw new StartRefusedException(
                $"Service:SettingsFile: {full} cannot be read: {failed.Exception.GetBaseException().Message}", ExitCodes.Misconfigured, failed.Exception),
        });
    }

    public ValidateOptionsResult Validate(string? name, ServiceOptions options)
    {
        var file = ((IConfigurationRoot)configuration).Providers.OfType<Provider>().SingleOrDefault();
        if (file is null)
        {
            return ValidateOptionsResult.Skip;
        }

        string[] known = [.. sections.SelectMany(OptionReader.Read).Select(s => s.Key)];
        string[] faults = [.. file.Keys.Select(k => FaultOf(k, known)).OfType<string>()];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private string? FaultOf(string key, string[] known) =>
        key.StartsWith("ConnectionStrings:", StringComparison.OrdinalIgnoreCase) || secrets.Any(s => s.Key.Equals(key, StringComparison.OrdinalIgnoreCase))
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
