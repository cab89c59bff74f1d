using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Yarp.ReverseProxy.Forwarder;

// The least that proxies with YARP: one destination, mutual TLS to it, no log.
//
//   bare-yarp LISTEN-PORT BACKEND-URL CERTIFICATE KEY ROOTS
if (args is not [var port, var backend, var certificateFile, var keyFile, var rootsFile])
{
    Console.Error.WriteLine("bare-yarp LISTEN-PORT BACKEND-URL CERTIFICATE KEY ROOTS");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)));
builder.Services.AddHttpForwarder();
var app = builder.Build();

var issuing = new X509Certificate2Collection();
issuing.ImportFromPemFile(certificateFile);
issuing.RemoveAt(0);
var roots = new X509Certificate2Collection();
roots.ImportFromPemFile(rootsFile);
var chainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
chainPolicy.CustomTrustStore.AddRange(roots);
chainPolicy.ExtraStore.AddRange(issuing);
using var client = new HttpMessageInvoker(new SocketsHttpHandler
{
    UseProxy = false,
    UseCookies = false,
    AllowAutoRedirect = false,
    AutomaticDecompression = DecompressionMethods.None,
    SslOptions =
    {
        ClientCertificateContext = SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificateFile, keyFile), issuing, offline: true),
        CertificateChainPolicy = chainPolicy,
    },
});
app.MapForwarder("/{**path}", backend, new ForwarderRequestConfig { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact }, HttpTransformer.Default, client);
await app.RunAsync();
return 0;
