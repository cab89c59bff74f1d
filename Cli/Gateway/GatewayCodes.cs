namespace Zakenak.Cli.Gateway;

/// <summary>Codes of refusals that this side gives; all others are the gateway's own.</summary>
internal static class GatewayCodes
{
    public const string Unreachable = "gateway_unreachable";
    public const string Malformed = "gateway_malformed";

    /// <summary>The gateway's own: its state could not be read or written.</summary>
    public const string Unavailable = "state_unavailable";
}
