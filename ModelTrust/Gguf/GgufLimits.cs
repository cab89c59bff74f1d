namespace Zakenak.ModelTrust.Gguf;

/// <summary>What a header may ask of us. The engine's own limits where it has some, else far above any model known.</summary>
internal static class GgufLimits
{
    public const int MaxKeys = 65_536;
    public const int MaxKeyBytes = 65_535;
    public const int MaxTensors = 131_072;

    /// <summary><c>GGML_MAX_NAME</c> is 64 with the terminating zero.</summary>
    public const int MaxTensorNameBytes = 63;

    /// <summary><c>GGML_MAX_DIMS</c>.</summary>
    public const int MaxDimensions = 4;

    public const int MaxStringBytes = 1024 * 1024;

    /// <summary>All strings that are kept, together.</summary>
    public const int MaxKeptBytes = 16 * 1024 * 1024;

    /// <summary>The engine takes a billion; a vocabulary has less than a million.</summary>
    public const long MaxArrayElements = 16 * 1024 * 1024;

    public const int MaxArrayDepth = 4;
    public const long MaxHeaderBytes = 512L * 1024 * 1024;
    public const uint DefaultAlignment = 32;
    public const uint MaxAlignment = 65_536;
}
