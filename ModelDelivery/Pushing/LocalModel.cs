using Zakenak.Contracts;
using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelDelivery.Pushing;

/// <summary>A signed folder as it is sent. Whether the signature counts is for the registry and every consumer to say; here it only says what belongs to the model.</summary>
internal sealed class LocalModel
{
    private const string Prefix = "sha256:";

    private readonly IReadOnlyList<(ModelFile File, ModelResource Resource)> _files;

    private LocalModel(string name, string version, byte[] bundle, ModelStatement statement, IReadOnlyList<(ModelFile, ModelResource)> files)
    {
        Name = name;
        Version = version;
        Bundle = bundle;
        Digest = Prefix + statement.RootDigest;
        _files = files;
        Files = [.. _files.Select(pair => new VersionFile(pair.Resource.Name, new FileInfo(pair.File.Path).Length, Prefix + pair.Resource.Digest))];
    }

    public string Name { get; }

    public string Version { get; }

    /// <summary>Model digest, <c>sha256:HEX</c>.</summary>
    public string Digest { get; }

    /// <summary>The bytes of <c>model.sig</c>.</summary>
    public byte[] Bundle { get; }

    public IReadOnlyList<VersionFile> Files { get; }

    public string PathOf(VersionFile file) => _files.First(pair => pair.Resource.Name == file.Path).File.Path;

    public static Result<LocalModel> Open(string directory)
    {
        var signature = Path.Combine(directory, SignatureBundle.FileName);
        if (!File.Exists(signature))
        {
            return new Refusal(RefusalCodes.SignatureMissing, $"{signature} does not exist. Sign the folder first: `zakenak model sign {directory} --key KEY.pem --name NAME:vN`.");
        }

        var content = File.ReadAllBytes(signature);
        var bundle = SignatureBundle.Parse(content);
        if (!bundle.IsSuccess)
        {
            return bundle.Refusal;
        }

        var statement = ModelStatementReader.Read(bundle.Value.PayloadType, bundle.Value.Payload);
        if (!statement.IsSuccess)
        {
            return statement.Refusal;
        }

        if (statement.Value.Subject.Split(':') is not [var name, var version] || ModelName.Check(name, version) is not null)
        {
            return new Refusal(
                RefusalCodes.SubjectMismatch,
                $"{directory} is signed as '{statement.Value.Subject}', which is no NAME:vN. Sign it as the version it shall be: `zakenak model sign {directory} --key KEY.pem --name NAME:vN`.");
        }

        var matched = ModelManifest.Match(statement.Value, directory, signature, []);
        return matched.IsSuccess ? new LocalModel(name, version, content, statement.Value, matched.Value) : matched.Refusal;
    }

    /// <summary>Null where every file is, byte for byte, the one that was signed. Hashes on all cores.</summary>
    public Refusal? Check(IProgress<HashProgress>? progress, CancellationToken cancellationToken)
    {
        return ModelManifest.Check(_files, new HashTotal(_files.Select(pair => pair.File), progress), cancellationToken);
    }
}
