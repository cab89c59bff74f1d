namespace Zakenak.ServiceDefaults;

/// <summary>One configuration key of a service.</summary>
/// <param name="Key">With <c>:</c>; as an environment variable or a file of the secrets folder with <c>__</c>. A list ends in <c>:0</c>, a map in <c>:*</c>.</param>
/// <param name="Type"><c>text</c>, <c>integer</c>, <c>number</c>, <c>boolean</c>, <c>duration</c>, <c>address</c>, or the words of an enumeration with <c>|</c> between.</param>
/// <param name="IsRequired">Whether the service refuses to start without it.</param>
public sealed record ServiceSetting(string Key, string Type, bool IsRequired)
{
    public string? Default { get; init; }

    /// <summary>What is mounted where its value leads.</summary>
    public MountKind? Mount { get; init; }

    /// <summary>The summary of the option, where the documentation file lies beside the program.</summary>
    public string? Summary { get; init; }
}
