using Zakenak.Engine.LLamaSharp;
using Zakenak.Engine.Tests.Conformance;

namespace Zakenak.Engine.Tests.LLamaSharp;

public sealed class LLamaSharpConformance(TinyModel model) : BackendConformance(model)
{
    protected override ILlamaBackend Load(EngineOptions options, string? path = null, NativeLog? log = null) => LLamaSharpBackend.Load(options, path ?? Model.Path, log);
}
