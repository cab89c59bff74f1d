using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Identities;

/// <summary><c>zakenak identity enroll</c>.</summary>
internal static class IdentityEnrollCommand
{
    private const string TrustDomain = "zakenak.local";

    public static Command Create(CliContext context)
    {
        var authority = new Option<string>("--authority") { Description = "The certificate authority", HelpName = "URL", Required = true };
        var anchors = new Option<string>("--trust-anchors") { Description = "The roots by which the authority must prove itself, PEM", HelpName = "FILE", Required = true };
        var ns = new Option<string>("--namespace") { Description = "The namespace that the authority issues for", HelpName = "NAME", Required = true };
        var service = new Option<string>("--as") { Description = "The service account", DefaultValueFactory = _ => ServiceNames.Operator };
        service.AcceptOnlyFromAmong(ServiceNames.Operator, ServiceNames.Prometheus);
        var token = new Option<string?>("--token") { Description = "A service-account token of audience zakenak-ca", HelpName = "FILE" };
        var key = new Option<string?>("--enrollment-key") { Description = "Outside a cluster: the key that the authority has for this account", HelpName = "FILE" };
        var destination = new Option<string>("--dest") { Description = "Where cert.pem, key.pem (for you only) and roots.pem go", HelpName = "DIR", Required = true };
        var command = new Command(
            "enroll",
            "Gets an X.509-SVID, good for an hour by default, that `--identity-cert`, `--identity-key` and `--trust-anchors` of other commands take.\n\n"
            + "Example: zakenak identity enroll --authority https://localhost:9444 --trust-anchors roots.pem --namespace zakenak --token token --dest me\n\n" + ExitCodes.Help)
        {
            authority, anchors, ns, service, token, key, destination,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(token) is null == result.GetValue(key) is null)
                result.AddError("Either --token or --enrollment-key says who you are.");
            if (result.GetValue(authority) is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.PathAndQuery == "/"))
                result.AddError("--authority takes https://HOST:PORT.");
            if (result.GetValue(ns) is { } name && !SpiffeId.TryParse($"spiffe://{TrustDomain}/ns/{name}/sa/{ServiceNames.Operator}", out _))
                result.AddError("--namespace takes the name of a namespace.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = SpiffeId.ForService(TrustDomain, parsed.GetRequiredValue(ns), parsed.GetRequiredValue(service));
            var roots = context.Full(parsed.GetRequiredValue(anchors));
            var proof = new EnrollmentOptions
            {
                CertAuthorityUrl = new Uri(parsed.GetRequiredValue(authority)),
                TokenFile = parsed.GetValue(token) is { } tokenFile ? context.Full(tokenFile) : null,
                KeyFile = parsed.GetValue(key) is { } keyFile ? context.Full(keyFile) : null,
            };
            var (identity, failure) = await WorkloadEnrollment.EnrollAsync(id, roots, proof, TimeProvider.System, cancellationToken);
            var folder = context.Full(parsed.GetRequiredValue(destination));
            var refusal = identity is null ? new Refusal(RefusalCodes.EnrollmentRefused, $"No identity: {failure}.") : Write(identity.Current, roots, folder);
            return refusal is not null ? OutputFormat.Refuse(context, parsed, refusal) : OutputFormat.Succeed(
                context,
                parsed,
                new JsonObject { ["id"] = id.ToString(), ["directory"] = folder, ["expires"] = identity!.Current.NotAfter.UtcDateTime },
                $"You are {id} until {identity.Current.NotAfter.UtcDateTime:u}: --identity-cert {folder}/cert.pem --identity-key {folder}/key.pem --trust-anchors {folder}/roots.pem");
        });
        return command;
    }

    private static Refusal? Write(Svid svid, string roots, string folder)
    {
        Directory.CreateDirectory(folder);
        var key = Encoding.ASCII.GetBytes(svid.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
        try
        {
            return AtomicFile.Write(Path.Combine(folder, "key.pem"), key, AtomicFile.Secret)
                ?? AtomicFile.Write(Path.Combine(folder, "roots.pem"), File.ReadAllBytes(roots), AtomicFile.Public)
                ?? AtomicFile.Write(
                    Path.Combine(folder, "cert.pem"),
                    Encoding.ASCII.GetBytes(string.Concat(svid.Chain.Prepend(svid.Certificate).Select(certificate => certificate.ExportCertificatePem() + "\n"))),
                    AtomicFile.Public);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
