namespace Zakenak.Cli.ApiKeys;

/// <summary>Codes of refusals about API keys; the gateway gives the same.</summary>
internal static class ApiKeyCodes
{
    public const string NotFound = "key_not_found";
    public const string Invalid = "invalid_key_order";

    /// <summary>The gateway can't write its file.</summary>
    public const string Unwritable = "keys_unwritable";
}
