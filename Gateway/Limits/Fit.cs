namespace Zakenak.Gateway.Limits;

/// <summary>Whether a budget has room for an amount.</summary>
internal enum Fit
{
    Yes,

    /// <summary>Not in the part of the limit that is leased here; the database may have more.</summary>
    Perhaps,

    No,
}
