namespace Zakenak.Engine;

/// <summary>How the native library itself ranks a line.</summary>
public enum NativeLogLevel
{
    /// <summary>Of use to its developers.</summary>
    Debug = 1,

    /// <summary>Progress.</summary>
    Information = 2,

    /// <summary>Odd, but it goes on.</summary>
    Warning = 3,

    /// <summary>What was asked failed.</summary>
    Error = 4,
}
