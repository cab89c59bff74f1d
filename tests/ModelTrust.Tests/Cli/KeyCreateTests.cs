using System.Security.Cryptography;

namespace Zakenak.ModelTrust.Tests.Cli;

public sealed class KeyCreateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_key_is_two_files_of_which_one_is_for_its_owner_only()
    {
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(0, await cli.Run("key", "create", "--out", "k.pem"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["k.pem"]));
        Assert.Equal(["k.pem", "k.pub.pem"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
        using var privateKey = ECDsa.Create();
        privateKey.ImportFromPem(await File.ReadAllTextAsync(_folder["k.pem"]));
        Assert.Equal(privateKey.ExportSubjectPublicKeyInfoPem() + "\n", await File.ReadAllTextAsync(_folder["k.pub.pem"]));
        Assert.DoesNotContain("PRIVATE", cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_there_is_kept_unless_forced()
    {
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(0, await cli.Run("key", "create", "--out", "k.pem", "--curve", "p384"));
        var before = await File.ReadAllTextAsync(_folder["k.pem"]);
        Assert.Equal(3, await cli.Run("key", "create", "--out", "k.pem"));
        Assert.StartsWith("key_exists: ", cli.Error, StringComparison.Ordinal);
        File.Delete(_folder["k.pem"]);
        Assert.Equal(3, await cli.Run("key", "create", "--out", "k.pem"));
        Assert.False(File.Exists(_folder["k.pem"]));
        await File.WriteAllTextAsync(_folder["k.pem"], before);
        Assert.Equal(0, await cli.Run("key", "create", "--out", "k.pem", "--force"));
        Assert.NotEqual(before, await File.ReadAllTextAsync(_folder["k.pem"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_folder["k.pem"]));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_a_failure_in_one_line()
    {
        var cli = new CommandLine(_folder.Path);
        Assert.Equal(1, await cli.Run("key", "create", "--out", "nowhere/k.pem"));
        Assert.Single(cli.Error.TrimEnd().Split('\n'));
        Assert.StartsWith("write_failed: ", cli.Error, StringComparison.Ordinal);
    }
}
