using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>The native libraries of one platform with their pinned SHA-256, in the order in which they are loaded.</summary>
internal sealed record NativeManifest(string Platform, IReadOnlyList<NativeManifest.Entry> Files)
{
    private const string CpuVariantPrefix = "libggml-cpu-";

    /// <summary>Libraries that are always loaded, each after those it stands on.</summary>
    public IEnumerable<Entry> Core => Files.Where(file => !IsCpuVariant(file));

    /// <summary>One build of the CPU backend per instruction set, of which the best for this machine is kept.</summary>
    public IEnumerable<Entry> CpuVariants => Files.Where(IsCpuVariant);

    /// <summary>The manifest compiled into this assembly for the machine it runs on.</summary>
    public static NativeManifest ForThisMachine()
    {
        // Musl's loader would fail on glibc symbols anyway, with a message that helps less.
        var supported = OperatingSystem.IsLinux() && !RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal);
        var platform = $"{(OperatingSystem.IsLinux() ? "linux" : "other")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        using var stream = typeof(NativeManifest).Assembly.GetManifestResourceStream($"native/{platform}/hashes.sha256");
        if (!supported || stream is null)
        {
            throw new EngineException(
                EngineErrorCode.NativeUnsupported,
                $"The default engine runs on Linux with glibc on x64 and arm64, not on {RuntimeInformation.RuntimeIdentifier}.");
        }

        using var reader = new StreamReader(stream);
        return Parse(platform, reader.ReadToEnd());
    }

    /// <summary>Reads what <c>sha256sum</c> writes: 64 hexadecimal digits, two spaces, a file name; one a line.</summary>
    public static NativeManifest Parse(string platform, string text) => new(
        platform,
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new Entry(line[66..].TrimEnd('\r'), Convert.FromHexString(line.AsSpan(0, 64))))]);

    private static bool IsCpuVariant(Entry file) => file.Name.StartsWith(CpuVariantPrefix, StringComparison.Ordinal);

    /// <summary>One pinned file.</summary>
    internal sealed record Entry(string Name, byte[] Sha256);
}
