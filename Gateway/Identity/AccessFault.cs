using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity;

/// <summary>Why a request was let in by nobody.</summary>
/// <param name="Kind">What was shown.</param>
/// <param name="Reason">One of <see cref="AccessReasons"/>: for metrics and audit, where it may say more than the answer.</param>
/// <param name="Answer">What the sender gets.</param>
/// <param name="Name">Public name of the identity that was shown or claimed; null where nothing that can be told apart was.</param>
internal sealed record AccessFault(IdentityKind Kind, string Reason, Refusal Answer, string? Name = null);
