using Zakenak.Engine.LlamaCpp;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.Tests.LlamaCpp;

public class AbiCanaryTests
{
    [Theory]
    [InlineData("0.5.0")]
    [InlineData("0.5.0-dev")]
    public void The_version_it_was_written_for_passes(string version) => AbiCanary.CheckVersion(version);

    [Theory]
    [InlineData("0.5.1")]
    [InlineData("0.5.01")]
    [InlineData("1.0.0")]
    [InlineData("")]
    public void Another_version_is_refused_with_both_versions_named(string version)
    {
        var error = Assert.Throws<EngineException>(() => AbiCanary.CheckVersion(version));

        Assert.Equal(EngineErrorCode.NativeAbiMismatch, error.Code);
        Assert.Contains("llama.cpp 0.5.0", error.Message, StringComparison.Ordinal);
        Assert.Contains(version, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_that_read_differently_are_refused()
    {
        var defaults = Llama.ContextDefaultParams();
        AbiCanary.CheckDefaults(defaults, "0.5.0");

        defaults.MicroBatchTokens = 2048;

        Assert.Equal(EngineErrorCode.NativeAbiMismatch, Assert.Throws<EngineException>(() => AbiCanary.CheckDefaults(defaults, "0.5.0")).Code);
    }
}
