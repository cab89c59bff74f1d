namespace Zakenak.Engine.Loading;

/// <summary>What a native library said when it could not load something, as an error with a code.</summary>
internal static class LoadFailure
{
    private static readonly string[] OfMemory = ["failed to allocate", "unable to allocate", "bad_alloc", "Cannot allocate memory", "out of memory"];

    public static EngineException Of(string code, string what, string errors)
    {
        var memory = OfMemory.Any(phrase => errors.Contains(phrase, StringComparison.Ordinal));
        return new EngineException(memory ? EngineErrorCode.OutOfMemory : code, errors.Length > 0 ? $"{what}: {errors}" : $"{what}.");
    }
}
