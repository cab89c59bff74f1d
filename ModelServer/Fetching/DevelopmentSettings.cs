using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Fetching;

/// <summary>
/// What a person who types <c>fetch</c> beside a running suite would otherwise have to configure: where its registry and certificate
/// authority are, its policy, and a proof of identity.
/// </summary>
internal sealed class DevelopmentSettings : IDisposable
{
    private static readonly TimeSpan s_tokenLifetime = TimeSpan.FromMinutes(5);

    private readonly string _tokenFile;

    private DevelopmentSettings(string tokenFile, Dictionary<string, string?> values) => (_tokenFile, Values) = (tokenFile, values);

    public IReadOnlyDictionary<string, string?> Values { get; }

    /// <summary>Null where no suite runs here.</summary>
    public static DevelopmentSettings? Find(string? home, string workingDirectory)
    {
        var state = DevelopmentSuite.StateFolder(home, workingDirectory);
        if (DevelopmentSuite.Find(state) is not { } suite)
        {
            return null;
        }

        try
        {
            var tokenFile = suite.NewTokenFile(ServiceNames.ModelServer, s_tokenLifetime, TimeProvider.System);
            return new DevelopmentSettings(tokenFile, new()
            {
                ["Registry:Url"] = suite.ModelRegistry.OriginalString,
                ["Identity:CertAuthorityUrl"] = suite.CertAuthority.OriginalString,
                ["Identity:TrustAnchorsFile"] = suite.TrustAnchorsFile,
                ["Identity:TokenFile"] = tokenFile,
                ["Trust:PolicyFile"] = Path.Combine(state, "trust", "policy.json"),
                ["Trust:PolicyRootFile"] = Path.Combine(state, "trust", "policy-root.pub.pem"),
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose() => File.Delete(_tokenFile);
}
