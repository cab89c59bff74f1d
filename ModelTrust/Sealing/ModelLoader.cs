using Microsoft.Win32.SafeHandles;
using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Sealing;

/// <summary>The one way from a folder to bytes that the engine may load.</summary>
public static class ModelLoader
{
    /// <summary>
    /// Signature, then what it is for and whether policy wants it, then the list of files, then every file's digest (the model's while it is copied into
    /// sealed memory), then the GGUF header as it lies there. The first thing that is wrong ends it.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public static Result<SealedModel> OpenVerified(
        ModelRequest request, IProgress<HashProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!Directory.Exists(request.Directory))
        {
            return new Refusal(
                RefusalCodes.ModelNotFound,
                $"{request.Directory} does not exist. Adopt the model first: `zakenak model import FILE --name {request.Name} --version {request.Version} --sign-with KEY`.");
        }

        var signaturePath = Path.Combine(request.Directory, SignatureBundle.FileName);
        var signed = SignedModel.Open(signaturePath, request.Signers);
        if (!signed.IsSuccess)
        {
            return signed.Refusal;
        }

        if (signed.Value.RequireSubject($"{request.Name}:{request.Version}") is { } otherSubject)
        {
            return otherSubject;
        }

        if (request.Decide?.Invoke(signed.Value) is { } refused)
        {
            return refused;
        }

        var matched = ModelManifest.Match(signed.Value.Statement, request.Directory, signaturePath, []);
        if (!matched.IsSuccess)
        {
            return matched.Refusal;
        }

        var models = matched.Value.Where(pair => pair.Resource.Name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)).ToList();
        if (models.Count != 1)
        {
            return models.Count == 0
                ? new Refusal(RefusalCodes.ModelNotFound, $"{request.Directory} has no .gguf file. Import the model again.")
                : new Refusal(RefusalCodes.ModelAmbiguous, $"{request.Directory} has {models.Count} .gguf files. Keep one for each version and sign again.");
        }

        var total = new HashTotal(matched.Value.Select(pair => pair.File), progress);
        if (ModelManifest.Check([.. matched.Value.Where(pair => pair != models[0])], total, cancellationToken) is { } changed)
        {
            return changed;
        }

        return Seal(request, signed.Value, models[0].File, models[0].Resource, total, cancellationToken);
    }

    private static Result<SealedModel> Seal(
        ModelRequest request, SignedModel signed, ModelFile file, ModelResource resource, HashTotal total, CancellationToken cancellationToken)
    {
        var opened = ModelFile.Open(file.Path);
        if (!opened.IsSuccess)
        {
            return opened.Refusal;
        }

        using var source = opened.Value;
        var length = RandomAccess.GetLength(source);
        var created = SealedMemory.Create(length);
        if (!created.IsSuccess)
        {
            return created.Refusal;
        }

        using var memory = created.Value;
        SealedModel? model = null;
        try
        {
            var refusal = Copy(source, memory, length, file, resource, total, cancellationToken) ?? memory.Seal();
            if (refusal is not null)
            {
                return refusal;
            }

            var header = GgufHeader.Read(memory.Handle);
            if (!header.IsSuccess)
            {
                return header.Refusal;
            }

            if (header.Value.RequireServable() is { } notServable)
            {
                return notServable;
            }

            return model = new SealedModel(memory.Handle)
            {
                Length = length,
                Name = request.Name,
                Version = request.Version,
                ModelDigest = "sha256:" + signed.Statement.RootDigest,
                FileDigest = "sha256:" + resource.Digest,
                Signer = signed.Signer,
                Header = header.Value,
            };
        }
        finally
        {
            if (model is null)
            {
                memory.Handle.Dispose();
            }
        }
    }

    private static Refusal? Copy(
        SafeFileHandle source, SealedMemory memory, long length, ModelFile file, ModelResource resource, HashTotal total, CancellationToken cancellationToken)
    {
        // Hashed are the pieces as they are written, and nothing else can write there: the source may change behind us, the copy can't.
        var digest = FileHasher.Hash(source, file.Path, length, isAlone: true, Write, total.Advance, cancellationToken);
        return !digest.IsSuccess ? digest.Refusal : digest.Value == resource.Digest ? null : ModelManifest.Changed(resource.Name);

        Refusal? Write(ReadOnlyMemory<byte> piece, long offset)
        {
            memory.Write(piece.Span, offset);
            return null;
        }
    }
}
