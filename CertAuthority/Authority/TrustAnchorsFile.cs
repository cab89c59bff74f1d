using System.Security.Cryptography.X509Certificates;
using Zakenak.Audit;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The file by which services know the root before they speak to anyone.</summary>
internal static class TrustAnchorsFile
{
    /// <exception cref="StartRefusedException">The file exists and names other roots: replacing trust is nobody's side effect.</exception>
    public static void Ensure(string path, X509Certificate2 root)
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            DurableFiles.ReplacePublic(path, root.ExportCertificatePem() + "\n");
            return;
        }

        var anchors = TrustAnchors.TryLoad(path, out var reason) ?? throw new StartRefusedException($"Identity:TrustAnchorsFile: {reason}.");
        if (!anchors.Any(a => a.RawDataMemory.Span.SequenceEqual(root.RawDataMemory.Span)))
        {
            throw new StartRefusedException(
                $"Identity:TrustAnchorsFile: {path} trusts another root than the one in CertAuthority:Directory. If the authority was replaced on purpose, delete that file.");
        }
    }
}
