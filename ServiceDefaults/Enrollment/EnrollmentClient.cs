using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults;

/// <summary>Gets SVIDs from the certificate authority. Sends its proof only over a connection that is proved to end there.</summary>
internal sealed partial class EnrollmentClient(
    WorkloadIdentity identity, IOptions<WorkloadIdentityOptions> identityOptions, IOptions<EnrollmentOptions> enrollment, ServiceContext service, TimeProvider time,
    ILogger<EnrollmentClient> logger)
    : ISvidSource
{
    private const int MaxTokenBytes = 16 * 1024; // a projected service-account token fits
    private const int MaxAnswerBytes = 64 * 1024;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    // A token that we sign is sent at once; clocks may differ a little.
    private static readonly TimeSpan _ownTokenLife = TimeSpan.FromMinutes(1);

    // One token for one start, and no other will come.
    private bool SpendsFile => service.IsDevelopment && enrollment.Value.TokenFile is { Length: > 0 };

    public async Task<SvidOutcome> ObtainAsync(ECDsa key, SvidProof proof, CancellationToken cancellationToken)
    {
        if (TrustAnchors.TryLoad(identityOptions.Value.TrustAnchorsFile!, out var reason) is not { } anchors)
        {
            return SvidOutcome.Failed(reason!);
        }

        string? token = null;
        if (proof == SvidProof.Token && !TryReadToken(out token, out var missing))
        {
            // Never enrolled: whoever starts us may still write it. Enrolled once, in development: it was spent and deleted, none will come.
            return identity.IsEnrolled && SpendsFile ? SvidOutcome.Refused($"the SVID expired and {missing}") : SvidOutcome.Failed(missing);
        }

        try
        {
            return await AskAsync(key, token, anchors, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            var failure = $"the certificate authority at {enrollment.Value.CertAuthorityUrl} could not be asked: {Describe(e)}";
            return e.InnerException is IOException ? SvidOutcome.Unanswered(failure) : SvidOutcome.Failed(failure);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return SvidOutcome.Unanswered($"the certificate authority at {enrollment.Value.CertAuthorityUrl} did not answer within {_timeout.TotalSeconds} s");
        }
    }

    private async Task<SvidOutcome> AskAsync(ECDsa key, string? token, IReadOnlyList<X509Certificate2> anchors, CancellationToken cancellationToken)
    {
        var authority = SpiffeId.ForService(identity.Id.TrustDomain, service.Namespace, ServiceNames.CertAuthority);
        using var handler = token is null
            ? WorkloadHttpHandler.Create(identity, ServiceNames.CertAuthority)
            : WorkloadHttpHandler.CreateAnonymous(new TrustBundle(identity.Id.TrustDomain, anchors, []), authority);
        using var client = new HttpClient(handler, disposeHandler: false)
        {
            BaseAddress = enrollment.Value.CertAuthorityUrl,
            Timeout = _timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        var csr = new CertificateRequest("CN=" + service.Name, key, HashAlgorithmName.SHA256).CreateSigningRequest();
        using var answer = await client.PostAsJsonAsync("/v1/svid", new SvidRequest(Convert.ToBase64String(csr), token), cancellationToken).ConfigureAwait(false);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            var code = ReadCode(body);
            var refusal = $"the certificate authority refused ({(int)answer.StatusCode} {code})";

            // In a cluster the kubelet soon writes another token; what the namespace or service account may not do, no token changes.
            return (SpendsFile && code.StartsWith("token_", StringComparison.Ordinal)) || answer.StatusCode == HttpStatusCode.Forbidden
                ? SvidOutcome.Refused(refusal)
                : SvidOutcome.Failed(refusal);
        }

        var outcome = SvidAnswer.Read(body, key, identity.Id, anchors, time.GetUtcNow());
        if (outcome.IsIssued && token is not null && SpendsFile)
        {
            DeleteToken();
        }

        return outcome;
    }

    // Spent, it opens nothing any more: it need not lie around, but an SVID is no worse where it does.
    private void DeleteToken()
    {
        var path = enrollment.Value.TokenFile!;
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TokenNotDeleted(logger, path, e.GetType().Name);
        }
    }

    private bool TryReadToken(out string? token, out string missing)
    {
        if (enrollment.Value.KeyFile is { Length: > 0 } keyFile)
        {
            return TrySignToken(keyFile, out token, out missing);
        }

        var path = enrollment.Value.TokenFile!;
        token = null;
        try
        {
            var file = new FileInfo(path);
            if (file is { Exists: true, Length: > 0 and <= MaxTokenBytes })
            {
                token = File.ReadAllText(path).Trim();
                missing = "";
                return true;
            }

            missing = file.Exists ? $"the token file {path} is empty or too long" : $"the token file {path} does not exist";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            missing = $"the token file {path} is not readable ({e.GetType().Name})";
        }

        return false;
    }

    private bool TrySignToken(string keyFile, out string? token, out string missing)
    {
        var key = EnrollmentSecret.TryRead(keyFile, out var fault);
        missing = fault is null ? "" : $"Identity:KeyFile: {fault}";
        token = key is null ? null : EnrollmentToken.Create(service.Name, service.Namespace, time.GetUtcNow() + _ownTokenLife).Protect(key);
        CryptographicOperations.ZeroMemory(key);
        return key is not null;
    }

    private static string ReadCode(byte[] body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("code", out var code) && code.ValueKind == JsonValueKind.String ? code.GetString()! : "no code";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "no code";
        }
    }

    private static string Describe(HttpRequestException e) => e.InnerException switch
    {
        AuthenticationException or SocketException => e.InnerException.Message,
        IOException => "the connection broke (the authority may have refused our certificate): " + e.InnerException.Message,
        _ => e.Message,
    };

    [LoggerMessage(147, LogLevel.Warning, "Could not delete the spent token's file {Path} ({Fault}); it is worthless now")]
    private static partial void TokenNotDeleted(ILogger logger, string path, string fault);
}
