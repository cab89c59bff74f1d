using Zakenak.Engine.LlamaCpp;
using Zakenak.Engine.Tests.Conformance;

namespace Zakenak.Engine.Tests.LlamaCpp;

public sealed class LlamaCppConformance(TinyModel model) : BackendConformance(model)
{
    protected override ILlamaBackend Load(EngineOptions options, string? path = null, NativeLog? log = null) => LlamaCppBackend.Load(options, path ?? Model.Path, log);
}
