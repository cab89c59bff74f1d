using System.ComponentModel.DataAnnotations;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.ChatPage;

/// <summary>Section <c>ChatPage</c>.</summary>
internal sealed class ChatPageOptions
{
    public const string Section = "ChatPage";

    /// <summary>File with the token of the login link, made by whoever starts the gateway; absent: there is no chat page.</summary>
    [Mount(MountKind.SecretFile)]
    public string? LoginTokenFile { get; set; }

    /// <summary>Names in the Host header under which the page may be reached besides those of loopback.</summary>
    public IList<string> AllowedHosts { get; init; } = [];

    /// <summary>How long a session lasts; a restart of the gateway ends it too.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);
}
