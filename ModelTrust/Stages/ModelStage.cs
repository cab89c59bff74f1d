namespace Zakenak.ModelTrust.Stages;

/// <summary>What an approver says that a version is good for. A version without a statement is a draft.</summary>
public enum ModelStage
{
    Staging,
    Approved,
    Retired,
}
