namespace Zakenak.ServiceDefaults;

/// <summary>Why a request was not served. Never holds what the caller sent.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">A sentence for people.</param>
/// <param name="Param">Name of the parameter at fault, where there is one.</param>
/// <param name="RetryAfterSeconds">When to try again, where that makes sense.</param>
/// <param name="Type">OpenAI's kind of error where the status alone does not say it.</param>
public sealed record Refusal(int Status, string Code, string Message, string? Param = null, int? RetryAfterSeconds = null, string? Type = null);
