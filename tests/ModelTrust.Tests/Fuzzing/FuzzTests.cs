using System.Text;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Gguf;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Fuzzing;

/// <summary>10,000 changed inputs of each kind: none is accepted for what was signed, none throws, none makes us allocate much.</summary>
public sealed class FuzzTests : IDisposable
{
    private const int Count = 10_000;

    private readonly SigningKey _key = SigningKey.Create(SigningCurve.P256);
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _key.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public void No_changed_bundle_is_accepted_for_anything_but_what_was_signed()
    {
        using var certified = _authority.Signer();
        Check(BundleForge.Sign(_key, BundleForge.Statement("a", "b").ToJsonString()), AllowedSigners.Only(_key.PublicKey), 0, Count * 8 / 10);
        Check(BundleForge.Sign(certified, BundleForge.Statement("a", "b").ToJsonString()), _authority.Allow(), Count * 8 / 10, Count);
    }

    [Fact]
    public void No_changed_statement_is_accepted_under_the_signature_of_another()
    {
        var bundle = BundleForge.Bundle(_key);
        var encoded = (string)bundle["dsseEnvelope"]!["payload"]!;
        var payload = Convert.FromBase64String(encoded);
        var around = bundle.ToJsonString().Split(encoded);
        var signers = AllowedSigners.Only(_key.PublicKey);

        // Fewer, because each costs a check of the signature, and the changed bundles come this way too.
        for (var seed = 0; seed < Count / 5; seed++)
        {
            var changed = Mutation.Of(payload, seed);
            if (changed.Length > 0 && !changed.AsSpan().SequenceEqual(payload))
            {
                var forged = Encoding.ASCII.GetBytes(around[0] + Convert.ToBase64String(changed) + around[1]);
                Assert.Equal(RefusalCodes.SignatureInvalid, SignedModel.Verify(forged, signers).Refusal?.Code);
            }
        }
    }

    [Fact]
    public void A_changed_statement_that_is_rightly_signed_is_read_as_what_it_says_or_refused()
    {
        var sound = BundleForge.Statement("a", "dir/b", "dir/größe");
        sound["predicate"]!["serialization"]!["ignore_paths"] = new JsonArray(".git", "cache");
        var payload = Encoding.UTF8.GetBytes(sound.ToJsonString());
        for (var seed = 0; seed < Count; seed++)
        {
            var changed = Mutation.Of(payload, seed);
            var read = Bounded(seed, 256 * 1024, () => ModelStatementReader.Read(DsseEnvelope.InTotoPayloadType, changed));
            if (read.Value is { } statement)
            {
                // What is left to accept is another name or another order of members: the files, their digests and the root are those that were signed.
                Assert.Equal((string?)sound["subject"]![0]!["digest"]!["sha256"], statement.RootDigest);
                Assert.All(statement.Resources, resource => Assert.Null(ModelPath.Problem(resource.Name)));
                Assert.Equal(3, statement.Resources.Select(resource => resource.Name).Distinct().Count());
            }
        }
    }

    [Fact]
    public void A_changed_GGUF_header_is_refused_by_name_or_describes_tensors_that_are_there()
    {
        var sound = GgufFile.Small(dataBytes: 256).ToArray();
        for (var seed = 0; seed < Count; seed++)
        {
            var changed = Mutation.Of(sound, seed);
            var read = Bounded(seed, 2 * 1024 * 1024, () => GgufHeader.Read(new MemoryStream(changed), changed.Length));
            if (read.Refusal is { } refusal)
            {
                Assert.Contains(refusal.Code, new[] { RefusalCodes.GgufMalformed, RefusalCodes.GgufNotSupported });
                continue;
            }

            long end = read.Value!.DataOffset;
            foreach (var tensor in read.Value.Tensors.OrderBy(tensor => tensor.Offset))
            {
                var begin = read.Value.DataOffset + tensor.Offset;
                Assert.True(begin >= end && begin % read.Value.Alignment == 0 && tensor.Length > 0, $"seed {seed}");
                end = begin + tensor.Length;
            }

            Assert.True(read.Value.Tensors.Count == 0 || end <= changed.Length, $"seed {seed}");
        }
    }

    [Fact]
    public void A_header_at_every_limit_is_read_in_bounded_memory()
    {
        var file = new GgufFile { DataBytes = 1 };
        for (var i = 0; i < 15; i++)
        {
            file.Add($"text.{i}", new string('x', 1024 * 1024));
        }

        for (var i = 0; i < GgufLimits.MaxTensors; i++)
        {
            file.Tensors.Add(($"t{i}", [1], 24, (ulong)i * 32));
        }

        file.DataBytes = GgufLimits.MaxTensors * 32;
        var content = file.ToArray();
        var read = Bounded(0, 128 * 1024 * 1024, () => GgufHeader.Read(new MemoryStream(content), content.Length));
        Assert.Equal(GgufLimits.MaxTensors, read.Value?.Tensors.Count);
    }

    private static void Check(byte[] sound, AllowedSigners signers, int from, int to)
    {
        var original = SignatureBundle.Parse(sound).Value!;
        Assert.Null(SignedModel.Verify(sound, signers).Refusal);
        for (var seed = from; seed < to; seed++)
        {
            var changed = Mutation.Of(sound, seed);
            var result = Bounded(seed, 512 * 1024, () => SignedModel.Verify(changed, signers));
            if (result.IsSuccess)
            {
                var accepted = SignatureBundle.Parse(changed).Value!;
                Assert.True(accepted.PayloadType == original.PayloadType && accepted.Payload.AsSpan().SequenceEqual(original.Payload), $"seed {seed} was accepted");
            }
        }
    }

    private static T Bounded<T>(int seed, long mostBytes, Func<T> work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = work();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= mostBytes, $"seed {seed} allocated {allocated} bytes");
        return result;
    }
}
