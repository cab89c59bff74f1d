using Zakenak.ModelTrust.Attestations;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.ModelTrust.Policy;

/// <summary>Reads the JSON of a policy. Whatever it does not know, or that could mean nothing, is refused with its path.</summary>
internal sealed class PolicyReader
{
    private const int MaxKeys = 256;
    private const int MaxModels = 4096;
    private const int MaxItems = 256;
    private const int MaxPemLength = 16 * 1024;
    private const int MaxDays = 3650;

    private readonly string _source;
    private readonly bool _isDevelopment;
    private readonly TimeProvider? _time;
    private readonly PolicyFault _fault;
    private readonly Dictionary<string, (SignerKey Key, bool Development)> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrustedRoot> _roots = new(StringComparer.Ordinal);
    private readonly List<AllowedCertificate> _certificates = [];

    private PolicyReader(string source, bool isDevelopment, TimeProvider? time)
    {
        _source = source;
        _isDevelopment = isDevelopment;
        _time = time;
        _fault = new PolicyFault(source);
    }

    /// <summary>Reads a policy whose signature has been verified, or that is about to be signed.</summary>
    public static Result<ModelPolicy> Read(ReadOnlyMemory<byte> content, string source, bool isDevelopment, TimeProvider? time = null) =>
        new PolicyReader(source, isDevelopment, time).Read(content);

    private Result<ModelPolicy> Read(ReadOnlyMemory<byte> content)
    {
        var shape = new JsonShape(_source, RefusalCodes.PolicyMalformed, "Correct it, give the policy the next version, and sign it again.");
        var json = shape.Parse(content);
        if (shape.Failure is { } failure)
        {
            return failure;
        }

        var root = new PolicyNode(json, "$", _fault).Only("version", "expires_at", "keys", "roots", "models", "registry");
        var version = root.Member("version").Integer(1, StageStatement.MaxSequence);
        var expiresAt = root.Member("expires_at").OptionalDate();
        root.Member("keys").Members(MaxKeys).ForEach(key => ReadKey(key.Name, key.Node));
        root.Member("roots").Members(MaxItems).ForEach(item => ReadRoot(item.Name, item.Node));
        var rules = root.Member("models").SomeItems(MaxModels).ConvertAll(node => ReadModel(node, expiresAt));
        var grants = root.Member("registry").Items(MaxItems).ConvertAll(ReadGrant);
        if (_fault.First is { } fault)
        {
            return fault;
        }

        var known = Allow(_keys.Values, _certificates.Distinct());
        return new ModelPolicy
        {
            Version = version,
            ExpiresAt = expiresAt,
            Models = rules.ConvertAll(create => create(known)),
            Registry = grants,
            Known = known,
            Digest = ModelPolicy.DigestOf(content),
        };
    }

    private void ReadKey(string name, PolicyNode node)
    {
        node.Only("pem", "development");
        var key = SignerKey.Parse(node.Member("pem").Text(MaxPemLength), $"{_source}: {node.Path}.pem");
        if (!key.IsSuccess)
        {
            node.Fail(key.Refusal);
            return;
        }

        // The same key under two names could count under one and not under the other.
        if (_keys.FirstOrDefault(other => other.Value.Key.Id == key.Value.Id) is { Key: { } twin })
        {
            node.Fail($"is the same key as '{twin}'");
        }

        _keys[name] = (key.Value, node.Member("development").OptionalBoolean());
    }

    private void ReadRoot(string name, PolicyNode node)
    {
        var root = TrustedRoot.Parse(node.Only("pem").Member("pem").Text(MaxPemLength), $"{_source}: {node.Path}.pem");
        if (root.IsSuccess)
        {
            _roots[name] = root.Value;
        }
        else
        {
            node.Fail(root.Refusal);
        }
    }

    private Func<AllowedSigners, ModelRule> ReadModel(PolicyNode node, DateTimeOffset? expiresAt)
    {
        node.Only("name", "stages", "signers", "approvers", "attestations", "max_age_days", "on_revocation");
        var name = ReadModelName(node.Member("name"));
        var stages = node.Member("stages").SomeItems(MaxItems).ConvertAll(ReadStage);
        var signers = ReadSigners(node.Member("signers"));
        var approvers = ReadSigners(node.Member("approvers"));
        var attestations = node.Member("attestations").Items(MaxItems).ConvertAll(ReadAttestation);
        var maxAge = ReadDays(node.Member("max_age_days"));
        var onRevocation = ReadRevocation(node.Member("on_revocation"));
        return known => new ModelRule
        {
            Name = name,
            Stages = stages,
            Signers = signers,
            Approvers = approvers,
            Attestations = attestations,
            MaxAge = maxAge,
            OnRevocation = onRevocation,
            PolicyExpiresAt = expiresAt,
            Known = known,
        };
    }

    private static string ReadModelName(PolicyNode node)
    {
        var name = node.Text();
        if (name != ModelPolicy.AnyModel && !ModelName.IsName(name))
        {
            node.Fail($"must be the name of a model or '{ModelPolicy.AnyModel}'");
        }

        return name;
    }

    private static ModelStage ReadStage(PolicyNode node)
    {
        var text = node.Text();
        if (text is not (nameof(ModelStage.Staging) or nameof(ModelStage.Approved)))
        {
            node.Fail("must be Staging or Approved: drafts and retired versions are not served");
        }

        return text == nameof(ModelStage.Staging) ? ModelStage.Staging : ModelStage.Approved;
    }

    private AttestationRule ReadAttestation(PolicyNode node)
    {
        node.Only("type", "signers", "max_age_days");
        var type = AttestationType.Parse(node.Member("type").Text());
        if (type is null)
        {
            node.Member("type").Fail("must be sbom, scan, approval or the URI of a predicate type");
        }

        return new AttestationRule(type ?? AttestationType.Approval, ReadSigners(node.Member("signers")), ReadDays(node.Member("max_age_days")));
    }

    private AllowedSigners ReadSigners(PolicyNode list)
    {
        List<(SignerKey Key, bool Development)> keys = [];
        List<AllowedCertificate> certificates = [];
        foreach (var node in list.SomeItems(MaxItems))
        {
            if (node.Member("root").Exists)
            {
                node.Only("root", "identity", "issuer");
                if (_roots.TryGetValue(node.Member("root").Text(), out var root))
                {
                    certificates.Add(new AllowedCertificate(root, node.Member("identity").Text(), node.Member("issuer").OptionalText()));
                }
                else
                {
                    node.Member("root").Fail("is not among $.roots");
                }
            }
            else if (_keys.TryGetValue(node.Only("key").Member("key").Text(), out var key))
            {
                keys.Add(key);
            }
            else
            {
                node.Member("key").Fail("is not among $.keys");
            }
        }

        _certificates.AddRange(certificates);
        return Allow(keys, certificates);
    }

    private AllowedSigners Allow(IEnumerable<(SignerKey Key, bool Development)> keys, IEnumerable<AllowedCertificate> certificates)
    {
        var counts = keys.ToLookup(key => _isDevelopment || !key.Development, key => key.Key);
        return AllowedSigners.Of(counts[true], certificates, _time).Refusing([.. counts[false]]);
    }

    private static TimeSpan? ReadDays(PolicyNode node) => node.Exists ? TimeSpan.FromDays(node.Integer(1, MaxDays)) : null;

    private static RevocationAction ReadRevocation(PolicyNode node)
    {
        var text = node.OptionalText();
        if (text is not (null or "finish" or "cut"))
        {
            node.Fail("must be finish or cut");
        }

        return text == "cut" ? RevocationAction.Cut : RevocationAction.Finish;
    }

    private static RegistryGrant ReadGrant(PolicyNode node)
    {
        node.Only("identity", "actions", "models");
        var identity = node.Member("identity").Text();
        if (!identity.StartsWith("spiffe://", StringComparison.Ordinal))
        {
            node.Member("identity").Fail("must be a SPIFFE id");
        }

        var actions = node.Member("actions").SomeItems(MaxItems).ConvertAll(action =>
        {
            var text = action.Text();
            if (!RegistryAction.All.Contains(text))
            {
                action.Fail($"must be one of {string.Join(", ", RegistryAction.All)}");
            }

            return text;
        });
        return new RegistryGrant(identity, actions, node.Member("models").SomeItems(MaxItems).ConvertAll(ReadModelName));
    }
}
