using Zakenak.Cli.ApiKeys;
using Zakenak.Cli.Gateway;
using Zakenak.ModelTrust;

namespace Zakenak.Cli;

/// <summary>What the process says to scripts; part of every command's help.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Refused = 3;

    public const string Help = "Exit codes: 0 done; 1 something failed, such as a full disk or a registry that does not answer; 2 the command line is wrong; 3 refused, with the code of the refusal.";

    /// <summary>A refusal says no to the model or key; what the machine could not do is a failure.</summary>
    public static int Of(Refusal refusal) => refusal.Code switch
    {
        RefusalCodes.WriteFailed or RefusalCodes.FileUnreadable or RefusalCodes.InsufficientDisk or RefusalCodes.InsufficientMemory
            or RefusalCodes.ImportInProgress or RefusalCodes.SealingFailed or RefusalCodes.RegistryUnreachable or RefusalCodes.RegistryMalformed
            or RefusalCodes.TransferStalled or RefusalCodes.UploadNotFound or RefusalCodes.PullInProgress
            or GatewayCodes.Unreachable or GatewayCodes.Malformed or GatewayCodes.Unavailable
            or ApiKeyCodes.Unwritable => Failed,
        _ => Refused,
    };
}
