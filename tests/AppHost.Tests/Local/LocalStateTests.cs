using Aspire.Hosting;
using Zakenak.AppHost.Local;

namespace Zakenak.AppHost.Tests.Local;

public sealed class LocalStateTests : IDisposable
{
    private const UnixFileMode Anyone = (UnixFileMode)0b111_111_111;
    private const UnixFileMode OwnerOnlyFolder = (UnixFileMode)0b111_000_000;
    private const UnixFileMode OwnerOnlyFile = (UnixFileMode)0b110_000_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("zakenak-state-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private LocalState Open() => LocalState.Open(DistributedApplication.CreateBuilder(["--state-dir", _folder]));

    [Fact]
    public void A_state_folder_that_others_may_enter_is_refused_and_left_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes");
            return;
        }

        File.SetUnixFileMode(_folder, Anyone);
        var refusal = Assert.Throws<DistributedApplicationException>(() => Open());

        Assert.Contains($"chmod 700 '{_folder}'", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Anyone, File.GetUnixFileMode(_folder));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void What_is_made_in_the_state_folder_is_for_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes");
            return;
        }

        var state = Open();
        using (state.RunLock)
        {
            Assert.All(Directory.GetDirectories(_folder), folder => Assert.Equal(OwnerOnlyFolder, File.GetUnixFileMode(folder)));
            Assert.Equal(OwnerOnlyFile, File.GetUnixFileMode(state.EnrollmentKeyFile));
        }
    }

    [Fact]
    public void A_secret_that_replaces_a_readable_file_is_readable_to_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Unix file modes");
            return;
        }

        var state = Open();
        using (state.RunLock)
        {
            var path = state.WriteRunSecret("chat-login", "old");
            File.SetUnixFileMode(path, Anyone);
            using var readerOfTheOld = File.OpenText(path);
            Assert.Equal(path, state.WriteRunSecret("chat-login", "new"));
            Assert.Equal(OwnerOnlyFile, File.GetUnixFileMode(path));
            Assert.Equal("new", File.ReadAllText(path));
            Assert.Equal("old", readerOfTheOld.ReadToEnd());
        }
    }
}
