using System.ComponentModel.DataAnnotations;
using Zakenak.Engine.Loading;

namespace Zakenak.Engine.Tests;

public class GpuPlacementTests
{
    [Fact]
    public void What_is_asked_of_gpus_that_are_there_is_taken()
    {
        GpuPlacement.Check(new EngineOptions(), gpus: 0);
        GpuPlacement.Check(new EngineOptions { GpuLayers = 0 }, gpus: 0);
        GpuPlacement.Check(new EngineOptions { GpuLayers = 99, MainGpu = 1 }, gpus: 2);
        GpuPlacement.Check(new EngineOptions { TensorSplit = [3, 1] }, gpus: 2);
    }

    [Fact]
    public void What_is_asked_of_others_names_the_setting()
    {
        AssertMissing("Engine:GpuLayers", new EngineOptions { GpuLayers = 1 }, gpus: 0);
        AssertMissing("Engine:MainGpu", new EngineOptions { MainGpu = 2 }, gpus: 2);
        AssertMissing("Engine:TensorSplit", new EngineOptions { TensorSplit = [1, 1, 1] }, gpus: 2);
    }

    [Fact]
    public void Shares_are_as_many_as_there_could_be_devices()
    {
        Assert.Null(GpuPlacement.Shares(new EngineOptions(), maxDevices: 16));
        Assert.Null(GpuPlacement.Shares(new EngineOptions { TensorSplit = [] }, maxDevices: 16));
        Assert.Equal([3, 1, 0, 0], GpuPlacement.Shares(new EngineOptions { TensorSplit = [3, 1] }, maxDevices: 4)!);
    }

    [Theory]
    [InlineData(0, 1f)]
    [InlineData(null, -1f)]
    [InlineData(null, float.NaN)]
    [InlineData(null, 0f)]
    public void A_placement_that_says_two_things_or_nothing_is_invalid(int? mainGpu, float share)
    {
        var options = new EngineOptions { MainGpu = mainGpu, TensorSplit = [share] };

        Assert.Throws<ValidationException>(() => Validator.ValidateObject(options, new ValidationContext(options), validateAllProperties: true));
    }

    private static void AssertMissing(string key, EngineOptions options, int gpus)
    {
        var error = Assert.Throws<EngineException>(() => GpuPlacement.Check(options, gpus));
        Assert.Equal(EngineErrorCode.DeviceMissing, error.Code);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }
}
