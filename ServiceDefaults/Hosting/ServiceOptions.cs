using System.ComponentModel.DataAnnotations;

namespace Zakenak.ServiceDefaults;

/// <summary>Section <c>Service</c>.</summary>
public sealed class ServiceOptions
{
    /// <summary>Namespace of the SPIFFE id; <c>dev</c> turns on what only development may do.</summary>
    [Required, RegularExpression("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", ErrorMessage = "{0} must be a DNS label in lower case, e.g. dev.")]
    public string Namespace { get; set; } = ServiceContext.DevelopmentNamespace;

    /// <summary>How long requests in flight may take to finish once the service was told to stop.</summary>
    [Range(1, 3600)]
    public int ShutdownTimeoutSeconds { get; set; } = 20;

    /// <summary>
    /// How long the service goes on as before, but not ready, once it was told to stop: until every load balancer sees that. Not needed where something else
    /// waits before the signal, as <c>preStop</c> does in a pod.
    /// </summary>
    [Range(0, 300)]
    public int DrainSeconds { get; set; }

    /// <summary>Folder of secrets, one file for each configuration key (<c>A__B</c>); a missing folder is fine.</summary>
    [Mount(MountKind.Folder)]
    [Required]
    public string SecretsDirectory { get; set; } = DefaultSecretsDirectory;

    /// <summary>JSON file of settings, mounted read-only; one that is named must be there. <c>overrides.json</c> beside it wins.</summary>
    [Required]
    [Mount(MountKind.File)]
    public string SettingsFile { get; set; } = DefaultSettingsFile;

    internal const string DefaultSettingsFile = "/etc/zakenak/appsettings.json";

    internal const string DefaultSecretsDirectory = "/run/zakenak/secrets";
}
