using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Identities;

/// <summary><c>zakenak identity enroll</c>.</summary>
internal static partial class IdentityEnrollCommand
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
        var destination = new Option<string?>("--dest") { Description = "Where cert.pem, key.pem (for you only) and roots.pem go", HelpName = "DIR" };
        var secret = new Option<string?>("--secret") { Description = "Or, in a pod: the Secret of that namespace whose tls.crt, tls.key and ca.crt they become; it must be there", HelpName = "NAME" };
        var apiServer = new Option<string>("--api-server") { Description = "With --secret: the API server", HelpName = "URL", DefaultValueFactory = _ => "https://kubernetes.default.svc" };
        var account = new Option<string>("--api-server-account") { Description = "With --secret: the folder with token and ca.crt", HelpName = "DIR", DefaultValueFactory = _ => ClusterSecret.DefaultAccount };
        var command = new Command(
            "enroll",
            "Gets an X.509-SVID, good for an hour by default, that `--identity-cert`, `--identity-key` and `--trust-anchors` of other commands take.\n\n"
            + "Example: zakenak identity enroll --authority https://localhost:9444 --trust-anchors roots.pem --namespace zakenak --token token --dest me\n\n" + ExitCodes.Help)
        {
            authority, anchors, ns, service, token, key, destination, secret, apiServer, account,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(token) is null == result.GetValue(key) is null)
                result.AddError("Either --token or --enrollment-key says who you are.");
            if (result.GetValue(destination) is null == result.GetValue(secret) is null)
                result.AddError("Either --dest or --secret says where the identity goes.");
            foreach (var option in new[] { authority, apiServer })
            {
                if (result.GetValue(option) is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.PathAndQuery == "/"))
                    result.AddError($"{option.Name} takes https://HOST:PORT.");
            }

            if (result.GetValue(secret) is { } secretName && !SecretName().IsMatch(secretName))
                result.AddError("--secret takes the name of a Secret.");
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
            if (identity is null)
                return OutputFormat.Refuse(context, parsed, new Refusal(RefusalCodes.EnrollmentRefused, $"No identity: {failure}."));

            var result = new JsonObject { ["id"] = id.ToString(), ["expires"] = identity.Current.NotAfter.UtcDateTime };
            var said = $"You are {id} until {identity.Current.NotAfter.UtcDateTime:u}";
            var privateKey = Encoding.ASCII.GetBytes(identity.Current.Certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n");
            try
            {
                Refusal? refusal;
                if (parsed.GetValue(secret) is { } name)
                {
                    refusal = await new ClusterSecret(new Uri(parsed.GetRequiredValue(apiServer)), context.Full(parsed.GetRequiredValue(account))).WriteAsync(
                        parsed.GetRequiredValue(ns),
                        name,
                        new Dictionary<string, byte[]> { ["tls.crt"] = ChainOf(identity.Current), ["tls.key"] = privateKey, ["ca.crt"] = File.ReadAllBytes(roots) },
                        cancellationToken);
                    result["secret"] = name;
                    said += $": the Secret {name} has it";
                }
                else
                {
                    var folder = context.Full(parsed.GetRequiredValue(destination)!);
                    refusal = Write(identity.Current, privateKey, roots, folder);
                    result["directory"] = folder;
                    said += $": --identity-cert {folder}/cert.pem --identity-key {folder}/key.pem --trust-anchors {folder}/roots.pem";
                }

                return refusal is null ? OutputFormat.Succeed(context, parsed, result, said) : OutputFormat.Refuse(context, parsed, refusal);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(privateKey);
            }
        });
        return command;
    }

    private static Refusal? Write(Svid svid, byte[] key, string roots, string folder)
    {
        Directory.CreateDirectory(folder);
        return AtomicFile.Write(Path.Combine(folder, "key.pem"), key, AtomicFile.Secret)
            ?? AtomicFile.Write(Path.Combine(folder, "roots.pem"), File.ReadAllBytes(roots), AtomicFile.Public)
            ?? AtomicFile.Write(Path.Combine(folder, "cert.pem"), ChainOf(svid), AtomicFile.Public);
    }

    private static byte[] ChainOf(Svid svid) => Encoding.ASCII.GetBytes(string.Concat(svid.Chain.Prepend(svid.Certificate).Select(certificate => certificate.ExportCertificatePem() + "\n")));

    [GeneratedRegex("^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\\z")]
    private static partial Regex SecretName();
}
