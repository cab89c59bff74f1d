namespace Zakenak.ModelDelivery;

/// <summary>What became of a version that was put.</summary>
/// <param name="IsNew">False where the registry had this very content already.</param>
public sealed record PutAnswer(bool IsNew);
