namespace Zakenak.ServiceDefaults;

/// <summary>How a process proves that it may have an SVID.</summary>
public enum SvidProof
{
    /// <summary>The token of this start or, in a cluster, of this pod.</summary>
    Token,

    /// <summary>The SVID it already has.</summary>
    CurrentSvid,
}
