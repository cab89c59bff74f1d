using Zakenak.Engine.LlamaCpp;

namespace Zakenak.Engine.Tests.LlamaCpp;

public class NativeLibrariesTests(TinyModel model)
{
    private static readonly string BuiltFolder = Path.Combine(AppContext.BaseDirectory, "native", NativeManifest.ForThisMachine().Platform);

    [Fact]
    public void The_build_puts_exactly_the_pinned_libraries_beside_the_program()
    {
        var manifest = NativeManifest.ForThisMachine();

        using var libraries = SealedLibraries.Open(BuiltFolder, manifest);

        Assert.Equal(3, manifest.Core.Count());
        Assert.True(manifest.CpuVariants.Count() >= 8);
    }

    [Fact]
    public void A_library_with_one_flipped_bit_is_refused()
    {
        using var folder = CopyOfNatives();
        var name = NativeManifest.ForThisMachine().CpuVariants.Last().Name;
        var bytes = File.ReadAllBytes(folder.File(name));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(folder.File(name), bytes);

        var error = Assert.Throws<EngineException>(() => Load(folder.Path));

        Assert.Equal(EngineErrorCode.NativeHashMismatch, error.Code);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_library_is_named_with_what_to_do()
    {
        using var folder = CopyOfNatives();
        File.Delete(folder.File("libggml-base.so"));

        var error = Assert.Throws<EngineException>(() => Load(folder.Path));

        Assert.Equal(EngineErrorCode.NativeMissing, error.Code);
        Assert.Contains("libggml-base.so", error.Message, StringComparison.Ordinal);
        Assert.Contains("npm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_a_missing_library()
    {
        using var folder = new TemporaryFolder();

        Assert.Equal(EngineErrorCode.NativeMissing, Assert.Throws<EngineException>(() => Load(folder.File("nothing"))).Code);
    }

    [Fact]
    public void A_library_too_many_is_refused()
    {
        using var folder = CopyOfNatives();
        File.Copy(folder.File("libggml-base.so"), folder.File("libggml-blas-extra.so"));

        var error = Assert.Throws<EngineException>(() => Load(folder.Path));

        Assert.Equal(EngineErrorCode.NativeHashMismatch, error.Code);
        Assert.Contains("libggml-blas-extra.so", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_copy_elsewhere_is_taken()
    {
        using var folder = CopyOfNatives();

        Load(folder.Path).Dispose();
    }

    [Fact]
    public void What_runs_is_mapped_from_sealed_memory_and_not_from_the_folder()
    {
        Load(BuiltFolder).Dispose();

        var maps = File.ReadAllLines("/proc/self/maps").Where(line => line.Contains("libllama", StringComparison.Ordinal) || line.Contains("libggml", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(maps);
        Assert.All(maps, line => Assert.Contains("/memfd:", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_sealed_copy_cannot_be_written_to()
    {
        using var copy = Zakenak.Engine.LlamaCpp.Interop.SealedFile.Copy(model.Path);

        Assert.ThrowsAny<Exception>(() =>
        {
            using var writer = new FileStream(copy.Path, FileMode.Open, FileAccess.Write);
            writer.WriteByte(0);
            writer.Flush();
        });
        Assert.Equal(copy.Sha256, System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(copy.Path)));
    }

    [Fact]
    public void A_manifest_keeps_the_order_in_which_libraries_stand_on_each_other()
    {
        var names = NativeManifest.ForThisMachine().Core.Select(file => file.Name).ToArray();

        Assert.StartsWith("libggml-base", names[0], StringComparison.Ordinal);
        Assert.StartsWith("libggml.", names[1], StringComparison.Ordinal);
        Assert.StartsWith("libllama.", names[2], StringComparison.Ordinal);
    }

    private static TemporaryFolder CopyOfNatives()
    {
        var folder = new TemporaryFolder();
        foreach (var file in Directory.EnumerateFiles(BuiltFolder))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        return folder;
    }

    private LlamaCppBackend Load(string nativeDirectory) =>
        LlamaCppBackend.Load(new EngineOptions { Threads = 1, ContextTokens = 256, NativeDirectory = nativeDirectory }, model.Path);
}
