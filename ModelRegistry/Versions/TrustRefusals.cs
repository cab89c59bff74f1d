using Zakenak.ModelTrust;

namespace Zakenak.ModelRegistry;

internal static class TrustRefusals
{
    /// <summary>What ModelTrust refused, as an answer: 409 where another version of the truth is here already, 422 elsewhere.</summary>
    public static ServiceDefaults.Refusal ToProblem(this Refusal refusal) => new(
        refusal.Code is RefusalCodes.StatementReplayed or RefusalCodes.Revoked ? StatusCodes.Status409Conflict : StatusCodes.Status422UnprocessableEntity,
        refusal.Code,
        refusal.Message);
}
