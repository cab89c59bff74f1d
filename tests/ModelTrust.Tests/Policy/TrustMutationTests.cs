using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Dsse;
using Zakenak.ModelTrust.Policy;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.ModelTrust.Tests.Signing;

namespace Zakenak.ModelTrust.Tests.Policy;

/// <summary>Whatever becomes of the bytes of a signed document, it is refused by a code, and nothing throws.</summary>
public sealed class TrustMutationTests : IDisposable
{
    private const int Mutations = 10_000;

    private readonly PolicyScene _scene = new();
    private readonly Random _random = new(20261121);

    public void Dispose() => _scene.Dispose();

    [Fact]
    public void Ten_thousand_mutated_documents_are_refused_and_none_throws()
    {
        var content = Encoding.UTF8.GetBytes(_scene.Json().ToJsonString());
        var signature = PolicyScene.Value(ModelPolicy.Sign(content, "policy.json", _scene.Root));
        var documents = new (byte[] Sound, Func<byte[], Refusal?> Open)[]
        {
            (content, mutated => OpenPolicy(mutated, signature)),
            (signature, mutated => OpenPolicy(content, mutated)),
            (_scene.Stage(), mutated => StageStatement.Open(mutated, AllowedSigners.Only(_scene.Approver.PublicKey)).Refusal),
            (_scene.Sbom(), mutated => Attestation.Open(mutated, AllowedSigners.Only(_scene.Author.PublicKey)).Refusal),
            (_scene.Scan(), mutated => Attestation.Open(mutated, AllowedSigners.Only(_scene.Scanner.PublicKey)).Refusal),
        };
        Assert.All(documents, document => Assert.Null(document.Open(document.Sound)));
        for (var i = 0; i < Mutations; i++)
        {
            var (sound, open) = documents[i % documents.Length];
            var mutated = Mutate(sound, documents[_random.Next(documents.Length)].Sound);
            if (mutated.AsSpan().SequenceEqual(sound))
            {
                continue;
            }

            // The key id is a hint that nobody signs: with another one an envelope is still the same.
            Assert.True(open(mutated) is not null || IsSameButForTheHint(sound, mutated), Encoding.UTF8.GetString(mutated));
        }
    }

    [Fact]
    public void Thousands_of_mutated_documents_that_are_rightly_signed_are_read_to_an_end()
    {
        var policy = Encoding.UTF8.GetBytes(_scene.Json().ToJsonString());
        byte[][] payloads = [policy, PayloadOf(_scene.Stage()), PayloadOf(_scene.Sbom()), PayloadOf(_scene.Scan())];
        string[] codes = [RefusalCodes.PolicyMalformed, RefusalCodes.PolicyExpired, RefusalCodes.StatementInvalid, RefusalCodes.AttestationInvalid];
        var signers = AllowedSigners.Only(_scene.Root.PublicKey);
        for (var i = 0; i < 4_000; i++)
        {
            var mutated = Mutate(payloads[i % payloads.Length], payloads[_random.Next(payloads.Length)]);
            var refusal = mutated.Length == 0 ? null
                : i % payloads.Length == 0 ? ModelPolicy.Check(mutated, "policy.json").Refusal
                : i % payloads.Length == 1 ? StageStatement.Open(DsseEnvelope.Sign(_scene.Root, DsseEnvelope.InTotoPayloadType, mutated), signers).Refusal
                : Attestation.Open(DsseEnvelope.Sign(_scene.Root, DsseEnvelope.InTotoPayloadType, mutated), signers).Refusal;
            Assert.True(refusal is null || codes.Contains(refusal.Code), refusal?.ToString());
        }
    }

    [Fact]
    public void Only_the_full_set_of_evidence_is_enough()
    {
        var evidence = _scene.Evidence();
        var rule = _scene.Policy().For("guide")!;
        for (var pieces = 0; pieces < 32; pieces++)
        {
            var some = evidence with
            {
                Signer = (pieces & 1) != 0 ? evidence.Signer : new Signer(_scene.Stranger.PublicKey.Id),
                StageEnvelope = (pieces & 2) != 0 ? evidence.StageEnvelope : null,
                Attestations = [.. evidence.Attestations.Where((_, i) => (pieces & (4 << i)) != 0)],
            };
            Assert.Equal(pieces == 31, rule.Decide(some, PolicyScene.Now) is null);
        }
    }

    private byte[] Mutate(byte[] sound, byte[] other)
    {
        var bytes = sound.ToList();
        for (var n = _random.Next(1, 4); n > 0 && bytes.Count > 0; n--)
        {
            var at = _random.Next(bytes.Count);
            switch (_random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, _random.Next(1, Math.Min(bytes.Count - at, 40) + 1));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, _random.Next(1, 40))));
                    break;
                case 4:
                    var from = _random.Next(other.Length);
                    bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, _random.Next(1, 200))).ToArray());
                    break;
                default:
                    var token = Encoding.UTF8.GetBytes(Tokens[_random.Next(Tokens.Length)]);
                    bytes.InsertRange(at, token);
                    break;
            }
        }

        return [.. bytes];
    }

    private static readonly string[] Tokens = ["\"", "{", "}", "[", "]", ",", ":", "null", "\\ud800", "\\u0000", "-1", "1e999", "99999999999999999999", "\"*\"", "true", " "];

    private Refusal? OpenPolicy(byte[] content, byte[] signature) =>
        ModelPolicy.Open(content, signature, "policy.json", _scene.Root.PublicKey, "root.pub.pem", isDevelopment: false, TestAuthority.Clock).Refusal;

    private static byte[] PayloadOf(byte[] envelope) => Convert.FromBase64String((string)JsonNode.Parse(envelope)!["payload"]!);

    private static bool IsSameButForTheHint(byte[] sound, byte[] mutated)
    {
        try
        {
            var (one, other) = (JsonNode.Parse(sound)!, JsonNode.Parse(mutated)!);
            one["signatures"]![0]!["keyid"] = "";
            other["signatures"]![0]!["keyid"] = "";
            return JsonNode.DeepEquals(one, other);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
