namespace Zakenak.Engine.Loading;

/// <summary>Where the configuration puts a model's layers, held against the GPUs that are there: llama.cpp itself would fall back to the CPU in silence.</summary>
internal static class GpuPlacement
{
    /// <summary>Throws <see cref="EngineException"/> where a GPU is asked for that this machine or this build does not have.</summary>
    public static void Check(EngineOptions options, int gpus)
    {
        if (options.GpuLayers > 0)
            Require(gpus > 0, "GpuLayers", $"is {options.GpuLayers}");
        if (options.MainGpu is { } main)
            Require(main < gpus, "MainGpu", $"is {main}, counted from 0");
        if (options.TensorSplit is { Length: > 0 } shares)
            Require(shares.Length <= gpus, "TensorSplit", $"has {shares.Length} shares");

        void Require(bool sound, string key, string value)
        {
            if (!sound)
                throw new EngineException(EngineErrorCode.DeviceMissing, $"Engine:{key} {value}, but llama.cpp has {(gpus == 0 ? "no GPU" : $"{gpus} GPU(s)")} here.");
        }
    }

    /// <summary>The shares as llama.cpp reads them: always as many as it could have devices. Null leaves the split to it.</summary>
    public static float[]? Shares(EngineOptions options, int maxDevices)
    {
        if (options.TensorSplit is not { Length: > 0 } given)
            return null;
        var shares = new float[Math.Max(maxDevices, given.Length)];
        given.CopyTo(shares, 0);
        return shares;
    }
}
