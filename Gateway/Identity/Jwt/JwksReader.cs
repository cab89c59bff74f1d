using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.Jwt;

/// <summary>Where an issuer's keys are.</summary>
/// <param name="Url">https; null where there is a file.</param>
/// <param name="CaFile">Roots by which the address proves itself; null: those of the system.</param>
/// <param name="File">Null where there is an address.</param>
internal sealed record JwksReader(string? Url, string? CaFile, string? File)
{
    public static JwksReader Of(JwtIssuerOptions issuer) => new(
        string.IsNullOrEmpty(issuer.JwksUrl) ? null : issuer.JwksUrl, string.IsNullOrEmpty(issuer.JwksCaFile) ? null : issuer.JwksCaFile, issuer.JwksFile);

    /// <summary>The whole text, never more than it may have.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="HttpRequestException">The address does not answer as it should.</exception>
    /// <exception cref="InvalidDataException">It is too large, or nobody could prove to be the address.</exception>
    public async Task<byte[]> ReadAsync(CancellationToken cancellation)
    {
        if (Url is null)
        {
            await using var file = new FileStream(File!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return await ReadAsync(file, cancellation);
        }

        // Read so seldom that a connection is not kept, and the roots are those of now.
        using var client = new HttpClient(NewHandler());
        using var request = new HttpRequestMessage(HttpMethod.Get, Url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        answer.EnsureSuccessStatusCode();
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        return await ReadAsync(body, cancellation);
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var buffer = new byte[KeySet.MaxBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length > KeySet.MaxBytes ? throw new InvalidDataException($"it is larger than {KeySet.MaxBytes} bytes") : buffer[..length];
    }

    private SocketsHttpHandler NewHandler()
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxResponseDrainSize = 0 };
        if (CaFile is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            policy.CustomTrustStore.AddRange((TrustAnchors.TryLoad(CaFile, out var reason) ?? throw new InvalidDataException(reason)).ToArray());
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }
}
