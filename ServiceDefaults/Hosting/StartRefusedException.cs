namespace Zakenak.ServiceDefaults;

/// <summary>The service cannot start and says why in one sentence for the operator; <see cref="ServiceProcess"/> prints it without a stack trace.</summary>
public sealed class StartRefusedException(string message, int exitCode = ExitCodes.StartFailed, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
