namespace Zakenak.RandomModel;

/// <summary>How weights are stored, by the numbers of the GGUF format.</summary>
public enum WeightType
{
    /// <summary>IEEE single.</summary>
    F32 = 0,

    /// <summary>IEEE half.</summary>
    F16 = 1,

    /// <summary>Q8_0: blocks of 32 signed bytes with one half as their scale.</summary>
    Q8 = 8,
}
