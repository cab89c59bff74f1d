using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Zakenak.Gateway.Files;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Edge;

/// <summary>The configured certificate that clients see: read at start, and again when its file changes; connections that run keep theirs.</summary>
internal sealed partial class EdgeCertificate(IOptions<EdgeOptions> options, TimeProvider time, ILogger<EdgeCertificate> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private readonly WatchedFile? _file = options.Value.CertificateFile is { Length: > 0 } path ? new WatchedFile(path) : null;
    private volatile SslStreamCertificateContext? _current;

    public bool IsConfigured => _file is not null;

    /// <param name="ask">Says what clients are asked to show.</param>
    public TlsHandshakeCallbackOptions ToCallback(Action<TlsHandshakeCallbackContext, SslServerAuthenticationOptions> ask)
    {
        if (_current is null)
        {
            _file!.HasChanged();
            try
            {
                _current = Read();
            }
            catch (Exception e) when (IsUnusable(e))
            {
                throw new StartRefusedException($"Listen:CertificateFile or Listen:KeyFile can't be used: {e.Message}", ExitCodes.Misconfigured, e);
            }
        }

        return new TlsHandshakeCallbackOptions
        {
            OnConnection = context =>
            {
                var options = new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = _current,
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                };
                ask(context, options);
                return ValueTask.FromResult(options);
            },
        };
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_file is null)
            return;
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (!_file.HasChanged())
                continue;
            try
            {
                _current = Read();
                CertificateReplaced(logger, _current.TargetCertificate.NotAfter);
            }
            catch (Exception e) when (IsUnusable(e))
            {
                CertificateRefused(logger, e.Message);
            }
        }
    }

    private SslStreamCertificateContext Read()
    {
        using var ephemeral = X509Certificate2.CreateFromPemFile(options.Value.CertificateFile!, options.Value.KeyFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.Value.CertificateFile!);

        // Windows can't serve with a key that was never stored; through PKCS #12 it is the same everywhere.
        var certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        return SslStreamCertificateContext.Create(certificate, [.. chain.Skip(1)], offline: true);
    }

    private static bool IsUnusable(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException;

    [LoggerMessage(LogLevel.Information, "Replaced the certificate that clients see; the new one is valid until {NotAfter}.")]
    private static partial void CertificateReplaced(ILogger logger, DateTime notAfter);

    [LoggerMessage(LogLevel.Error, "Refused the changed certificate and kept the last good one: {Reason}")]
    private static partial void CertificateRefused(ILogger logger, string reason);
}
