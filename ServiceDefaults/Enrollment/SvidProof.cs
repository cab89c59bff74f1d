namespace Zakenak.ServiceDefaults;

/// <summary>How a process proves that it may have an SVID.</summary>
public enum SvidProof
{
    /// <summary>The enrollment token of this start.</summary>
    Token,

    /// <summary>The SVID it already has.</summary>
    CurrentSvid,
}
