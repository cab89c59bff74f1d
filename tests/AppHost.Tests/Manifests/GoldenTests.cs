using System.Diagnostics;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>The committed manifests are what publishing makes: <c>UPDATE_GOLDEN=1</c> accepts a change.</summary>
public class GoldenTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    private static readonly string s_committed = Path.Combine(PublishedSuite.Repository, "aspire-manifest");

    [Fact]
    public void Publishing_makes_the_committed_manifests_byte_for_byte()
    {
        var made = suite.Files();
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            Accept(made);

        var committed = Directory.EnumerateFiles(s_committed, "*", SearchOption.AllDirectories)
            .ToDictionary(file => Path.GetRelativePath(s_committed, file).Replace('\\', '/'), File.ReadAllText);
        Assert.Equal(made.Keys, committed.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(made.Where(file => committed[file.Key] != file.Value).Select(file => file.Key));
    }

    [Fact]
    public async Task The_documented_command_publishes_to_the_folder_that_it_names_from_where_it_is_typed()
    {
        var temporary = Directory.CreateTempSubdirectory("zakenak-command-").FullName;
        var folder = Directory.CreateDirectory(Path.Combine(temporary, "here")).FullName;
        try
        {
            string[] command = ["run", "--no-build", "--configuration", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "--project", Path.Combine(PublishedSuite.Repository, "AppHost"),
                "--", "--operation", "publish", "--step", "publish", "--output-path", "aspire-manifest"];
            var start = new ProcessStartInfo("dotnet", command) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["TMPDIR"] = temporary; // the SDK leaves folders there
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();

            Assert.True(process.ExitCode == 0, output + await errors);
            Assert.Equal(["aspire-manifest"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
            var root = Path.Combine(folder, "aspire-manifest");
            Assert.Equal(suite.Files().Keys, Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/')).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    [Fact]
    public void Nothing_of_this_machine_and_of_this_moment_is_in_them()
    {
        foreach (var (name, text) in suite.Files())
        {
            Assert.DoesNotContain('\r', text);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            Assert.False(text.Contains(PublishedSuite.Repository, StringComparison.Ordinal), name);
            Assert.False(text.Contains(Path.GetTempPath().TrimEnd('/') + "/zakenak", StringComparison.Ordinal), name);
        }
    }

    [Fact]
    public async Task Publishing_takes_at_most_three_seconds()
    {
        // Once within a minute: what else runs on this machine is not what is measured.
        var clock = Stopwatch.StartNew();
        for (var took = suite.Took; took > TimeSpan.FromSeconds(3);)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), $"It took {took.TotalSeconds:0.0} s.");
            var again = new PublishedSuite();
            await again.InitializeAsync();
            await again.DisposeAsync();
            took = again.Took;
        }
    }

    private static void Accept(SortedDictionary<string, string> made)
    {
        if (Directory.Exists(s_committed))
            Directory.Delete(s_committed, recursive: true);

        foreach (var (name, text) in made)
        {
            var path = Path.Combine(s_committed, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }
}
