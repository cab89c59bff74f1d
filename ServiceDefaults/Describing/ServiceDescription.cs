using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;

namespace Zakenak.ServiceDefaults;

/// <summary>What a service needs of the pod it runs in, as its own options say: <c>SERVICE --describe</c> prints it.</summary>
/// <param name="Secrets">Configuration keys whose values are secrets: files of the secrets folder.</param>
public sealed record ServiceDescription(string Service, IReadOnlyList<ServicePort> Ports, ServiceProbes Probes, IReadOnlyList<ServiceSetting> Settings, IReadOnlyList<string> Secrets)
{
    public const string Verb = "--describe";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Reads it from a service's <c>Create</c>. Nothing has to be configured: what is missing is among the settings that are required.</summary>
    public static ServiceDescription Of(string[] args, Func<string[], Action<WebApplicationBuilder>?, WebApplication> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        try
        {
            create(args, builder => throw new Described(Read(builder)));
        }
        catch (Described e)
        {
            return e.Description;
        }

        throw new InvalidOperationException("The service does not call configure.");
    }

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    private static ServiceDescription Read(WebApplicationBuilder builder)
    {
        var settings = builder.Described<DescribedSection>().SelectMany(OptionReader.Read).DistinctBy(s => s.Key).OrderBy(s => s.Key, StringComparer.Ordinal).ToArray();
        return new ServiceDescription(
            builder.Described<DescribedService>().Single().Name,
            [.. builder.Described<ServicePort>().Select(p => p with { Port = PortOf(p.Key) })],
            new ServiceProbes(),
            settings,
            [.. builder.Described<DescribedSecret>().Select(s => s.Key).Distinct().Order(StringComparer.Ordinal)]);

        int PortOf(string key) => int.Parse(builder.Configuration[key] ?? settings.Single(s => s.Key == key).Default!, CultureInfo.InvariantCulture);
    }

    // Ends Create before it builds: what is built and mapped asks for options that nobody has configured here.
    private sealed class Described(ServiceDescription description) : Exception
    {
        public ServiceDescription Description => description;
    }
}
