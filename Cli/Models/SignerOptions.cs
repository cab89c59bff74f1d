using System.CommandLine;
using System.CommandLine.Parsing;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli.Models;

/// <summary>Whose signature counts: a public key, or a root with whom it must certify.</summary>
internal sealed class SignerOptions
{
    private readonly Option<string?> _key = new("--public-key") { Description = "The signer's public key", HelpName = "KEY" };
    private readonly Option<string[]> _roots = new("--root") { Description = "Instead of a key: PEM file of a root that the signer's certificate must lead to; may be repeated", HelpName = "FILE" };
    private readonly Option<string?> _identity = new("--identity") { Description = "Whom that certificate must name: a URI, e-mail address or DNS name. Default: anybody that the root certifies for signing", HelpName = "NAME" };
    private readonly Option<string?> _issuer = new("--issuer") { Description = "What its issuer extension (Fulcio) must say", HelpName = "URL" };

    public void AddTo(Command command)
    {
        command.Add(_key);
        command.Add(_roots);
        command.Add(_identity);
        command.Add(_issuer);
        command.Validators.Add(Check);
    }

    public Result<AllowedSigners> Load(CliContext context, ParseResult parsed)
    {
        if (parsed.GetValue(_key) is { } path)
        {
            var key = SignerKey.Load(context.Full(path));
            return key.IsSuccess ? AllowedSigners.Only(key.Value) : key.Refusal;
        }

        List<AllowedCertificate> allowed = [];
        foreach (var file in parsed.GetValue(_roots) ?? [])
        {
            var root = TrustedRoot.Load(context.Full(file));
            if (!root.IsSuccess)
            {
                return root.Refusal;
            }

            allowed.Add(new AllowedCertificate(root.Value, parsed.GetValue(_identity), parsed.GetValue(_issuer)));
        }

        return AllowedSigners.Of([], allowed);
    }

    private void Check(CommandResult result)
    {
        var byKey = result.GetResult(_key) is not null;
        var byRoot = result.GetResult(_roots) is { Implicit: false };
        if (byKey == byRoot)
        {
            result.AddError("Say who must have signed: either --public-key KEY, or --root FILE with --identity NAME.");
        }
        else if (byKey && (result.GetResult(_identity) is not null || result.GetResult(_issuer) is not null))
        {
            result.AddError("--identity and --issuer go with --root.");
        }
    }
}
