namespace Zakenak.ServiceDefaults;

/// <summary>Exit codes of the services.</summary>
public static class ExitCodes
{
    /// <summary>The identity was lost to expiry and cannot be proved again: start the process anew with a new enrollment token.</summary>
    public const int IdentityLost = 4;

    /// <summary>The process was told to stop and did not within its grace period.</summary>
    public const int GracePeriodEnded = 5;

    /// <summary>The engine thread of the model server died: nothing can be answered any more, a new process can.</summary>
    public const int EngineDied = 6;

    /// <summary>Any other failure to start, or to go on.</summary>
    public const int StartFailed = 70; // EX_SOFTWARE of sysexits.h

    /// <summary>A configuration value is wrong; standard error names the key.</summary>
    public const int Misconfigured = 78; // EX_CONFIG of sysexits.h
}
