using Zakenak.Engine.Tests;
using Zakenak.ModelTrust.Signing;
using Zakenak.RandomModel;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer.Loading;

/// <summary>A folder with a random model, signed as <c>tiny:v1</c>, and the folder of those who may sign; holds the engine's lock meanwhile.</summary>
internal sealed class SignedTinyModel : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SigningKey _key = SigningKey.Create(SigningCurve.P256);
    private EngineLock? _lock;

    private SignedTinyModel()
    {
        System.IO.Directory.CreateDirectory(Directory);
        System.IO.Directory.CreateDirectory(SignersDirectory);
        File.WriteAllText(Path.Combine(SignersDirectory, "signer.pem"), _key.PublicKey.Pem);
    }

    public string Directory => _folder["model"];

    public string SignersDirectory => _folder["signers"];

    public string Gguf => Path.Combine(Directory, "tiny.gguf");

    public string Signature => Path.Combine(Directory, "model.sig");

    /// <summary>The settings by which a server serves it.</summary>
    public (string Key, string Value)[] Settings =>
    [
        ("Model:Directory", Directory),
        ("Model:Name", "tiny"),
        ("Model:Version", "v1"),
        ("Model:SignersDirectory", SignersDirectory),
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
        var signed = ModelSigner.Sign(Directory, Signature, key ?? _key, subject);
        Assert.True(signed.IsSuccess, signed.Refusal?.Message);
    }

    public ValueTask DisposeAsync()
    {
        _lock?.Dispose();
        _key.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
