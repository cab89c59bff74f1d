using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening.Redaction;

internal static class RedactionFaults
{
    /// <summary>Text that was not looked through goes nowhere.</summary>
    public static readonly Refusal TimedOut = new(StatusCodes.Status500InternalServerError, "redaction_timeout",
        "What may not be told could not be looked for in time.");
}
