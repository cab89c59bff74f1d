namespace Zakenak.Gateway.Limits;

internal enum AdmissionResult
{
    Admitted,

    /// <summary>More requests than the limit in the last minute.</summary>
    TooManyRequests,

    /// <summary>More requests than the bound at the same time.</summary>
    TooManyRunning,

    /// <summary>More tokens than the limit in the last minute, with those that running requests may still take.</summary>
    TooManyTokens,

    /// <summary>More than this replica has leased of a limit: the database may have the rest.</summary>
    Unleased,
}
