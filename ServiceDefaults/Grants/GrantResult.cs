using System.Diagnostics.CodeAnalysis;
using Zakenak.Contracts;

namespace Zakenak.ServiceDefaults.Grants;

/// <summary>The outcome of checking a grant: the grant, or a stable code and a sentence.</summary>
public sealed record GrantResult
{
    private GrantResult(Grant? grant, string? code, string? message) => (Grant, Code, Message) = (grant, code, message);

    public Grant? Grant { get; }

    /// <summary>One of <see cref="GrantCodes"/>.</summary>
    public string? Code { get; }

    /// <summary>For people; holds nothing of the grant.</summary>
    public string? Message { get; }

    [MemberNotNullWhen(true, nameof(Grant))]
    [MemberNotNullWhen(false, nameof(Code), nameof(Message))]
    public bool IsAccepted => Grant is not null;

    internal static GrantResult Accepted(Grant grant) => new(grant, null, null);

    internal static GrantResult Refused(string code, string message) => new(null, code, message);
}
