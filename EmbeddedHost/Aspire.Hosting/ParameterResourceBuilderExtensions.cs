using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds values that come from outside.</summary>
public static class ParameterResourceBuilderExtensions
{
    /// <summary>Adds a parameter whose value is the configuration's <c>Parameters:NAME</c>.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        var key = $"Parameters:{name}";
        return builder.AddResource(new ParameterResource(
            name,
            () => builder.Configuration[key] ?? builder.Configuration[key.Replace('-', '_')] ?? throw new MissingParameterValueException(
                $"Parameter '{name}' has no value. Give it one with --{key}=VALUE or the environment variable {key.Replace(":", "__", StringComparison.Ordinal).Replace('-', '_')}."),
            secret));
    }

    /// <summary>Adds a parameter with a value of its own.</summary>
    public static IResourceBuilder<ParameterResource> AddParameter(
        this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        if (publishValueAsDefault && secret)
            throw new ArgumentException("A parameter cannot be both secret and published as a default value.", nameof(secret));

        return builder.AddResource(new ParameterResource(name, () => value, secret));
    }
}
