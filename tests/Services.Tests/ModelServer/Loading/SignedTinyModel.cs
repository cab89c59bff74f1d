using Zakenak.Engine.Tests;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.RandomModel;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer.Loading;

/// <summary>A folder as a fetch leaves it, with a random model, signed as <c>tiny:v1</c> and approved; holds the engine's lock meanwhile.</summary>
internal sealed class SignedTinyModel : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private EngineLock? _lock;

    private SignedTinyModel()
    {
        Trust = new TestTrust(_folder);
        System.IO.Directory.CreateDirectory(Directory);
    }

    public TestTrust Trust { get; }

    /// <summary>What a fetch was told as its destination.</summary>
    public string Destination => _folder["fetched"];

    public string Directory => Path.Combine(Destination, "model");

    public string Gguf => Path.Combine(Directory, "tiny.gguf");

    public string Signature => Path.Combine(Directory, "model.sig");

    public string Digest { get; private set; } = string.Empty;

    /// <summary>The settings by which a server serves it.</summary>
    public (string Key, string Value)[] Settings =>
    [
        ("Model:Directory", Destination),
        ("Model:Name", "tiny"),
        ("Model:Version", "v1"),
        .. Trust.Settings,
        ("Engine:ContextTokens", "1024"),
        ("Engine:MaxSequences", "4"),
        ("Engine:BatchTokens", "128"),
    ];

    public static async Task<SignedTinyModel> CreateAsync(Tokenizer? tokenizer = null, float? recommendedTemperature = null)
    {
        var model = new SignedTinyModel { _lock = await EngineLock.AcquireAsync() };
        RandomModelGenerator.Write(model.Gguf, ModelShape.Tiny, tokenizer, WeightType.F32, recommendedTemperature: recommendedTemperature);
        model.Sign();
        return model;
    }

    public void Sign(string subject = "tiny:v1", SigningKey? key = null)
    {
        var signed = ModelSigner.Sign(Directory, Signature, key ?? Trust.Signer, subject);
        Assert.True(signed.IsSuccess, signed.Refusal?.Message);
        Digest = "sha256:" + signed.Value.RootDigest;
        TestTrust.Finish(Destination, "tiny:v1", Digest, DateTimeOffset.UtcNow);
        Stage();
    }

    public void Stage(ModelStage stage = ModelStage.Approved, bool revoked = false, DateTimeOffset? issued = null, SigningKey? approver = null) =>
        File.WriteAllBytes(
            Path.Combine(Destination, "stage.json"), Trust.Stage(1, stage, revoked, issued, model: "tiny:v1", digest: Digest, approver: approver));

    public ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        Trust.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
