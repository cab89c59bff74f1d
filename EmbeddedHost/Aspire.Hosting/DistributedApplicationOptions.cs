namespace Aspire.Hosting;

/// <summary>How an application builder starts out.</summary>
public sealed class DistributedApplicationOptions
{
    public string[]? Args { get; set; }

    /// <summary>The AppHost's assembly; null = the entry assembly.</summary>
    public string? AssemblyName { get; set; }

    /// <summary>The AppHost's folder; null = the one its build wrote into the assembly.</summary>
    public string? ProjectDirectory { get; set; }

    public bool DisableDashboard { get; set; }
}
