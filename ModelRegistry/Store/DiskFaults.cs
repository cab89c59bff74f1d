namespace Zakenak.ModelRegistry;

/// <summary>What a failed write means.</summary>
internal static class DiskFaults
{
    // errno of Linux, which .NET puts into the low half of HResult: EFBIG, ENOSPC, EDQUOT. EFBIG also comes as an ArgumentOutOfRangeException.
    private static readonly int[] _full = [27, 28, 122];

    /// <summary>Whether an exception is the disk's and not a bug.</summary>
    public static bool IsDiskFault(this Exception e) => e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" or "length" };

    /// <summary>Whether there was no room: on the disk, in the quota, or under the limit of one file.</summary>
    public static bool IsDiskFull(this Exception e) => e is ArgumentOutOfRangeException || (e is IOException && _full.Contains(e.HResult & 0xffff));
}
