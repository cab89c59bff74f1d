using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Fetching;

/// <summary>What follows <c>fetch</c> on the command line.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version"><c>v1</c>, <c>v2</c>, …</param>
/// <param name="Destination">The folder to write.</param>
/// <param name="Settings">The rest: configuration, as in serve mode (<c>--Registry:Url=…</c>).</param>
internal sealed record FetchArguments(string Name, string Version, string Destination, string[] Settings)
{
    public const string Verb = "fetch";

    public const string Help = """
        Fetches a model version from the registry, verifies it by policy, and leaves it in a folder for reading only.

          ModelServer fetch --model NAME:VERSION --dest DIR [--SECTION:KEY=VALUE ...]

          --model NAME:VERSION   for example guide:v1
          --dest DIR             made where it does not exist; a fetch that was broken off goes on from there

        Registry, policy and identity are configured as for serving (Registry:Url, Trust:PolicyFile, Trust:PolicyRootFile, Identity:*; Model:Digest
        pins the version). Beside a suite that AppHost runs nothing needs to be configured.

        Exit codes: 0 the folder is complete and verified; 3 anything else, with one sentence on standard error.
        """;

    public static Result<FetchArguments> Parse(string[] args)
    {
        string? model = null, destination = null;
        var settings = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            var (option, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], null);
            if (option is not ("--model" or "--dest"))
            {
                settings.Add(args[i]);
                continue;
            }

            value ??= ++i < args.Length ? args[i] : null;
            (model, destination) = option == "--model" ? (value, destination) : (model, value);
        }

        if (model?.Split(':') is not [var name, var version] || string.IsNullOrEmpty(destination))
        {
            return new Refusal("usage", "A fetch needs --model NAME:VERSION and --dest DIR; --help says more.");
        }

        return ModelName.Check(name, version) is { } refusal ? refusal : new FetchArguments(name, version, destination, [.. settings]);
    }
}
