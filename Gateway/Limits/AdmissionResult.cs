namespace Zakenak.Gateway.Limits;

internal enum AdmissionResult
{
    Admitted,

    /// <summary>More than the limit in the last minute.</summary>
    TooManyRequests,

    /// <summary>More than the bound at the same time.</summary>
    TooManyRunning,
}
