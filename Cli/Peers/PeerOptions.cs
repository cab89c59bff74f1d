using System.CommandLine;
using System.CommandLine.Parsing;
using Zakenak.ModelTrust;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Peers;

/// <summary>Which service a command speaks to, and who it is there.</summary>
/// <param name="name">Of the option that names it.</param>
/// <param name="peer">What it is, for people.</param>
internal class PeerOptions(string name, string peer)
{
    // Where a service is named and no identity.
    private const string Nobody = "No suite runs here that could say who you are: name your own identity with --identity-cert, --identity-key and --trust-anchors.";

    private readonly Option<string?> _url = new(name) { Description = $"The {peer}. Default: the one that AppHost runs here", HelpName = "URL" };
    private readonly Option<string?> _certificate = new("--identity-cert") { Description = "Your X.509-SVID with its chain, PEM. Default: an identity of this machine's development suite", HelpName = "FILE" };
    private readonly Option<string?> _key = new("--identity-key") { Description = "The private key of that certificate, PEM", HelpName = "FILE" };
    private readonly Option<string?> _anchors = new("--trust-anchors") { Description = $"The roots by which the {peer} must prove itself, PEM", HelpName = "FILE" };
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

    /// <summary>Who asks, and where: the identity and the address that are named, or those of the development suite that runs here.</summary>
    /// <param name="nowhere">What to say where none runs.</param>
    /// <param name="address">Of the service in such a suite; null where it has none.</param>
    public async Task<Result<Peer>> FindAsync(
        CliContext context, ParseResult parsed, Refusal nowhere, Func<DevelopmentSuite, Uri?> address, CancellationToken cancellationToken)
    {
        var url = parsed.GetValue(_url) is { } named ? new Uri(named) : null;
        if (IdentityOf(context, parsed) is { } files)
        {
            var loaded = OperatorIdentity.Load(files);
            return loaded.IsSuccess ? new Peer(loaded.Value, url!) : loaded.Refusal;
        }

        if (DevelopmentSuite.Find(StateOf(context, parsed)) is not { } suite || (url ?? address(suite)) is not { } found)
        {
            return url is null ? nowhere : new Refusal(nowhere.Code, Nobody);
        }

        var identity = await OperatorIdentity.EnrollAsync(suite, nowhere, cancellationToken);
        return identity.IsSuccess ? new Peer(identity.Value, found) : identity.Refusal;
    }

    // The files of an identity made elsewhere; null where the development suite gives one.
    private IdentityFiles? IdentityOf(CliContext context, ParseResult parsed) =>
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
            result.AddError($"--identity-cert goes with {name} URL.");
        }
        else if (result.GetValue(_url) is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.PathAndQuery == "/"))
        {
            result.AddError($"{name} takes https://HOST:PORT.");
        }
    }
}
