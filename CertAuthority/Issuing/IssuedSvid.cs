using System.Security.Cryptography.X509Certificates;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>A leaf without its key, which never was here, and what goes out with it.</summary>
public sealed record IssuedSvid(SpiffeId Id, X509Certificate2 Leaf, IReadOnlyList<X509Certificate2> Chain, TrustBundle Bundle);
