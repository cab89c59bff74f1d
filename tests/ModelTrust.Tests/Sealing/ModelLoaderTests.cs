using System.Security.Cryptography;
using Zakenak.ModelTrust.Sealing;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Gguf;

namespace Zakenak.ModelTrust.Tests.Sealing;

public class ModelLoaderTests
{
    [Fact]
    public void A_signed_model_is_opened_with_the_bytes_that_were_verified()
    {
        using var folder = new SignedFolder(dataBytes: 3_000_001);
        using var model = folder.Open().Value;
        Assert.NotNull(model);
        var content = File.ReadAllBytes(folder.Gguf);
        Assert.Equal(content, File.ReadAllBytes(model.Path));
        Assert.Equal(content.Length, model.Length);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(content)), model.FileDigest);
        Assert.Equal(folder.Key.PublicKey.Id, model.Signer.KeyId);
        Assert.Equal("llama", model.Header.Architecture);
        Assert.Equal(("small", "v1"), (model.Name, model.Version));
        Assert.StartsWith("sha256:", model.ModelDigest, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_memory_cannot_be_sealed_nothing_is_opened()
    {
        Assert.SkipWhen(OperatingSystem.IsLinux(), "It can be here.");
        using var folder = new SignedFolder();
        Assert.Equal(RefusalCodes.SealingNotSupported, folder.OpenCode());
    }

    [Fact]
    public void The_source_overwritten_in_place_after_verification_does_not_change_what_is_loaded()
    {
        using var folder = new SignedFolder();
        var before = File.ReadAllBytes(folder.Gguf);
        using var model = folder.Open().Value;
        using (var source = new FileStream(folder.Gguf, FileMode.Open, FileAccess.Write))
        {
            source.Write(new byte[before.Length]);
        }

        Assert.NotNull(model);
        Assert.Equal(before, File.ReadAllBytes(model.Path));
        Assert.Equal(RefusalCodes.DigestMismatch, folder.OpenCode());
    }

    [Fact]
    public void Nothing_can_write_grow_or_shrink_a_sealed_model()
    {
        using var folder = new SignedFolder();
        using var model = folder.Open().Value;
        Assert.NotNull(model);
        Assert.ThrowsAny<Exception>(() =>
        {
            using var stream = new FileStream(model.Path, FileMode.Open, FileAccess.Write);
            stream.WriteByte(1);
            stream.Flush();
        });
        Assert.ThrowsAny<Exception>(() =>
        {
            using var stream = new FileStream(model.Path, FileMode.Open, FileAccess.ReadWrite);
            stream.SetLength(stream.Length + 1);
        });
        Assert.ThrowsAny<Exception>(() =>
        {
            using var stream = new FileStream(model.Path, FileMode.Open, FileAccess.ReadWrite);
            stream.SetLength(1);
        });
        Assert.Equal(File.ReadAllBytes(folder.Gguf), File.ReadAllBytes(model.Path));
    }

    [Fact]
    public void One_flipped_byte_anywhere_in_any_file_refuses_the_model()
    {
        using var folder = new SignedFolder();
        foreach (var file in new[] { folder.Gguf, folder.In("README.md"), folder.In("extra/notes.txt") })
        {
            var content = File.ReadAllBytes(file);
            for (var at = 0; at < content.Length; at += Math.Max(1, content.Length / 40))
            {
                content[at] ^= 0x20;
                File.WriteAllBytes(file, content);
                Assert.Equal(RefusalCodes.DigestMismatch, folder.OpenCode());
                content[at] ^= 0x20;
            }

            File.WriteAllBytes(file, content);
        }

        Assert.Null(folder.OpenCode());
    }

    [Fact]
    public void A_truncated_model_and_one_with_bytes_added_are_refused()
    {
        using var folder = new SignedFolder();
        var content = File.ReadAllBytes(folder.Gguf);
        File.WriteAllBytes(folder.Gguf, content[..^1]);
        Assert.Equal(RefusalCodes.DigestMismatch, folder.OpenCode());
        File.WriteAllBytes(folder.Gguf, [.. content, 0]);
        Assert.Equal(RefusalCodes.DigestMismatch, folder.OpenCode());
        File.WriteAllBytes(folder.Gguf, []);
        Assert.Equal(RefusalCodes.DigestMismatch, folder.OpenCode());
    }

    [Fact]
    public void A_model_without_a_signature_says_so()
    {
        using var folder = new SignedFolder();
        File.Delete(folder.Signature);
        Assert.Equal(RefusalCodes.SignatureMissing, folder.OpenCode());
    }

    [Fact]
    public void A_signature_for_another_name_or_version_is_refused()
    {
        using var folder = new SignedFolder();
        Assert.Equal(RefusalCodes.SubjectMismatch, folder.Open(version: "v2").Refusal?.Code);
        folder.Sign("other:v1");
        Assert.Equal(RefusalCodes.SubjectMismatch, folder.OpenCode());
    }

    [Fact]
    public void Signers_are_denied_by_default()
    {
        using var folder = new SignedFolder();
        File.Delete(Path.Combine(folder.Signers, "signer.pem"));
        Assert.Equal(RefusalCodes.SignersMissing, folder.OpenCode());
        Directory.Delete(folder.Signers);
        Assert.Equal(RefusalCodes.SignersMissing, folder.OpenCode());
        Directory.CreateDirectory(folder.Signers);
        using var stranger = SigningKey.Create(SigningCurve.P256);
        File.WriteAllText(Path.Combine(folder.Signers, "other.pem"), stranger.PublicKey.Pem);
        Assert.Equal(RefusalCodes.SignerNotAllowed, folder.OpenCode());
    }

    [Fact]
    public void A_signers_folder_with_anything_but_public_keys_is_refused_whole()
    {
        using var folder = new SignedFolder();
        File.WriteAllText(Path.Combine(folder.Signers, "private.pem"), new string(folder.Key.ExportPem()));
        Assert.Equal(RefusalCodes.KeyMalformed, folder.OpenCode());
        File.WriteAllText(Path.Combine(folder.Signers, "private.pem"), "not a key");
        Assert.Equal(RefusalCodes.KeyMalformed, folder.OpenCode());
    }

    [Fact]
    public void A_signed_file_that_is_no_proper_GGUF_is_refused_before_the_engine_sees_it()
    {
        using var folder = new SignedFolder();
        File.WriteAllBytes(folder.Gguf, GgufFile.Small().ToArray()[..^40]);
        folder.Sign();
        Assert.Equal(RefusalCodes.GgufMalformed, folder.OpenCode());

        var vocabulary = GgufFile.Small();
        vocabulary.Tensors.Clear();
        File.WriteAllBytes(folder.Gguf, vocabulary.ToArray());
        folder.Sign();
        Assert.Equal(RefusalCodes.ModelNotServable, folder.OpenCode());
    }

    [Fact]
    public void A_folder_without_a_model_or_with_two_is_refused()
    {
        using var folder = new SignedFolder();
        File.Copy(folder.Gguf, folder.In("second.GGUF"));
        folder.Sign();
        Assert.Equal(RefusalCodes.ModelAmbiguous, folder.OpenCode());
        File.Delete(folder.Gguf);
        File.Delete(folder.In("second.GGUF"));
        folder.Sign();
        Assert.Equal(RefusalCodes.ModelNotFound, folder.OpenCode());
    }

    [Fact]
    public void It_is_the_seal_that_ends_writing()
    {
        using var memory = SealedMemory.Create(4).Value;
        Assert.NotNull(memory);
        using var handle = memory.Handle;
        var path = SealedMemory.PathOf(handle);

        // Even before it is sealed, only the copy itself can write: not through the descriptor, not through a new one.
        Assert.ThrowsAny<Exception>(() => RandomAccess.Write(handle, "x"u8, 0));
        Assert.ThrowsAny<Exception>(() => File.WriteAllText(path, "xxxx"));
        memory.Write("abcd"u8, 0);
        Assert.Null(memory.Seal());
        Assert.Throws<ObjectDisposedException>(() => memory.Write("x"u8, 0));
        Assert.ThrowsAny<Exception>(() => RandomAccess.Write(handle, "x"u8, 0));
        Assert.ThrowsAny<Exception>(() => File.WriteAllText(path, "xxxx"));
        Assert.Equal("abcd", File.ReadAllText(path));
        Assert.Equal(RefusalCodes.SealingFailed, memory.Seal()?.Code);
    }

    [Fact]
    public void A_model_larger_than_the_memory_is_refused_before_it_is_read()
    {
        var refusal = SealedMemory.Create(1L << 50).Refusal;
        Assert.Equal(RefusalCodes.InsufficientMemory, refusal?.Code);
        Assert.Contains("MiB", refusal?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_ends_at_the_total_and_cancelling_ends_the_work()
    {
        using var folder = new SignedFolder(dataBytes: 5_000_000);
        var request = folder.Request(AllowedSigners.Only(folder.Key.PublicKey));
        var last = new LastReport();
        ModelLoader.OpenVerified(request, last).Value!.Dispose();
        Assert.Equal(last.Value.BytesTotal, last.Value.BytesDone);

        using var cancellation = new CancellationTokenSource();
        var cancelling = new LastReport(cancellation.Cancel);
        Assert.Throws<OperationCanceledException>(() => ModelLoader.OpenVerified(request, cancelling, cancellation.Token));
    }

    private sealed class LastReport(Action? onReport = null) : IProgress<HashProgress>
    {
        public HashProgress Value { get; private set; }

        public void Report(HashProgress value)
        {
            Value = value;
            onReport?.Invoke();
        }
    }
}
