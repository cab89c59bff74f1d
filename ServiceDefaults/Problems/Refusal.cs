namespace Zakenak.ServiceDefaults;

/// <summary>Why a request was not served: an HTTP status, a stable code for programs and a sentence for people. Never holds what the caller sent.</summary>
public sealed record Refusal(int Status, string Code, string Message);
