namespace Zakenak.CertAuthority;

/// <summary>What came of spending a token.</summary>
internal enum TokenSpending
{
    /// <summary>It is spent for this key, on disk.</summary>
    Spent,

    /// <summary>It was spent for another key.</summary>
    SpentBefore,

    /// <summary>The disk did not take it: it may not be honoured, for nothing would remember.</summary>
    Unrecorded,
}
