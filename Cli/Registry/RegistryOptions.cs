using System.CommandLine;
using System.CommandLine.Parsing;

namespace Zakenak.Cli.Registry;

/// <summary>Which registry a command speaks to, and who it is there.</summary>
internal sealed class RegistryOptions
{
    private readonly Option<string?> _url = new("--registry") { Description = "The registry. Default: the one that AppHost runs here", HelpName = "URL" };
    private readonly Option<string?> _certificate = new("--identity-cert") { Description = "Your X.509-SVID with its chain, PEM. Default: an identity of this machine's development suite", HelpName = "FILE" };
    private readonly Option<string?> _key = new("--identity-key") { Description = "The private key of that certificate, PEM", HelpName = "FILE" };
    private readonly Option<string?> _anchors = new("--trust-anchors") { Description = "The roots by which the registry must prove itself, PEM", HelpName = "FILE" };
    private readonly Option<string?> _state = StateDirectory.CreateOption();

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _url, _certificate, _key, _anchors, _state })
        {
            command.Add(option);
        }

        command.Validators.Add(Check);
    }

    public string StateOf(CliContext context, ParseResult parsed) => StateDirectory.Resolve(context, parsed.GetValue(_state));

    public Uri? UrlOf(ParseResult parsed) => parsed.GetValue(_url) is { } url ? new Uri(url) : null;

    /// <summary>The files of an identity made elsewhere; null where the development suite gives one.</summary>
    public IdentityFiles? IdentityOf(CliContext context, ParseResult parsed) =>
        parsed.GetValue(_certificate) is { } certificate
            ? new IdentityFiles(context.Full(certificate), context.Full(parsed.GetRequiredValue(_key)!), context.Full(parsed.GetRequiredValue(_anchors)!))
            : null;

    private void Check(CommandResult result)
    {
        var files = new[] { _certificate, _key, _anchors }.Count(option => result.GetResult(option) is { Implicit: false });
        if (files is 1 or 2)
        {
            result.AddError("--identity-cert, --identity-key and --trust-anchors go together.");
        }
        else if (files == 3 && result.GetResult(_url) is null)
        {
            result.AddError("--identity-cert goes with --registry URL.");
        }
        else if (result.GetValue(_url) is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.PathAndQuery == "/"))
        {
            result.AddError("--registry takes https://HOST:PORT.");
        }
    }
}

/// <param name="Certificate">Leaf first, then what is between it and the root.</param>
internal sealed record IdentityFiles(string Certificate, string Key, string TrustAnchors);
