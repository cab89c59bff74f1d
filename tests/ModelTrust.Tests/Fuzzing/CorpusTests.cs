using Zakenak.ModelTrust.Gguf;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Fuzzing;

public class CorpusTests
{
    private const string SignerFile = "signer.pub.pem";

    [Fact]
    public void Every_file_of_the_corpus_is_refused_by_the_code_of_its_folder()
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Update();
        }

        var signers = AllowedSigners.Only(SignerKey.Load(Path.Combine(Folder(), SignerFile)).Value!);
        var files = Directory.GetFiles(Folder(), "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != SignerFile).ToList();
        Assert.True(files.Count > 100);
        Assert.All(files, file =>
        {
            var content = File.ReadAllBytes(file);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var code = file.EndsWith(".gguf", StringComparison.Ordinal)
                ? GgufHeader.Read(new MemoryStream(content), content.Length).Refusal?.Code
                : SignedModel.Verify(content, signers).Refusal?.Code;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
            Assert.Equal(Path.GetFileName(Path.GetDirectoryName(file)), code);
        });
    }

    [Fact]
    public void The_corpus_has_a_file_for_every_defect_that_is_listed()
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        var made = Corpus.Make(key).Select(entry => entry.Path).Order(StringComparer.Ordinal);
        var there = Directory.GetFiles(Folder(), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Folder(), file).Replace('\\', '/')).Where(name => name != SignerFile).Order(StringComparer.Ordinal);
        Assert.Equal(made, there);
    }

    /// <summary>With a new key each time, whose private half is never written.</summary>
    private static void Update()
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        Directory.Delete(Folder(), recursive: true);
        foreach (var (path, content) in Corpus.Make(key))
        {
            var target = Path.Combine(Folder(), path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, content);
        }

        File.WriteAllText(Path.Combine(Folder(), SignerFile), key.PublicKey.Pem);
    }

    private static string Folder() => Path.Combine(DocumentationTests.Root(), "tests", "ModelTrust.Tests", "Fixtures", "corpus");
}
