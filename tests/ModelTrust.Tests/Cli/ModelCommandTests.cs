using System.Diagnostics;
using Zakenak.ModelTrust.Importing;
using Zakenak.ModelTrust.Sealing;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Tests.Gguf;

namespace Zakenak.ModelTrust.Tests.Cli;

public sealed class ModelCommandTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();
    private readonly CommandLine _cli;

    public ModelCommandTests()
    {
        _cli = new CommandLine(_folder.Path);
        using var key = SigningKey.Create(SigningCurve.P256);
        Assert.Null(KeyFiles.Write(key, _folder["k.pem"], force: false));
        File.WriteAllBytes(_folder["small.gguf"], GgufFile.Small().ToArray());
    }

    private string Names => _folder[".zakenak", "models", "small"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_imported_model_is_the_one_that_the_model_server_opens()
    {
        Assert.Equal(0, await Import());
        Assert.EndsWith("Serve it: dotnet run --project AppHost -- --model small:v1", _cli.Output.TrimEnd(), StringComparison.Ordinal);
        var opened = ModelLoader.OpenVerified(new ModelRequest
        {
            Directory = Path.Combine(Names, "v1"),
            Name = "small",
            Version = "v1",
            Signers = AllowedSigners.Load(Path.Combine(Names, "signers")).Value!,
        });
        Assert.Null(opened.Refusal);
        Assert.Equal(await File.ReadAllBytesAsync(_folder["small.gguf"]), await File.ReadAllBytesAsync(opened.Value!.Path));
        opened.Value.Dispose();
        Assert.Equal(0, await _cli.Run("model", "verify", Path.Combine(Names, "v1"), "--public-key", "k.pub.pem", "--name", "small:v1"));
    }

    [Fact]
    public async Task What_is_imported_is_for_its_owner_only()
    {
        Assert.Equal(0, await Import());
        foreach (var directory in new[] { _folder[".zakenak"], _folder[".zakenak", "models"], Names, Path.Combine(Names, "v1"), Path.Combine(Names, "signers") })
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(directory));
        }

        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(Names, "v1", "small-v1.gguf")));
        Assert.Equal(AtomicFile.Secret, File.GetUnixFileMode(Path.Combine(Names, "v1", "model.sig")));
        Assert.Equal(["model.sig", "small-v1.gguf"], Directory.GetFiles(Path.Combine(Names, "v1")).Select(Path.GetFileName).Order());
        Assert.DoesNotContain(Directory.GetDirectories(Names), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public async Task A_version_that_exists_never_changes()
    {
        Assert.Equal(0, await Import());
        var before = await File.ReadAllBytesAsync(Path.Combine(Names, "v1", "model.sig"));
        Assert.Equal(3, await Import("--output", "json"));
        Assert.Equal("model_exists", (string?)_cli.Json["error"]!["code"]);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path.Combine(Names, "v1", "model.sig")));
        Assert.Equal(0, await Import("--version", "v2"));
        Assert.Contains("Model digest sha256:", _cli.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40, RefusalCodes.GgufMalformed)]
    [InlineData(-1, RefusalCodes.ModelNotServable)]
    public async Task A_file_that_can_not_be_served_is_not_imported(int cut, string code)
    {
        var content = cut > 0 ? GgufFile.Small().ToArray()[..^cut] : new GgufFile().ToArray();
        await File.WriteAllBytesAsync(_folder["small.gguf"], content);
        Assert.Equal(3, await Import());
        Assert.StartsWith(code + ": ", _cli.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder[".zakenak"]));
    }

    [Fact]
    public async Task The_state_folder_is_the_one_named_then_ZAKENAK_HOME_then_the_repositorys()
    {
        Assert.Equal(0, await Import("--state", "elsewhere"));
        Assert.True(Directory.Exists(_folder["elsewhere", "models", "small", "v1"]));

        var cli = new CommandLine(_folder.Path, _folder["home"]);
        Assert.Equal(0, await cli.Run("model", "import", "small.gguf", "--name", "small", "--version", "v1", "--sign-with", "k.pem"));
        Assert.True(Directory.Exists(_folder["home", "models", "small", "v1"]));

        await File.WriteAllTextAsync(_folder["Zakenak.sln"], "");
        var inner = Directory.CreateDirectory(_folder["some", "where"]).FullName;
        Assert.Equal(0, await new CommandLine(inner).Run("model", "import", _folder["small.gguf"], "--name", "small", "--version", "v1", "--sign-with", _folder["k.pem"]));
        Assert.True(Directory.Exists(Path.Combine(Names, "v1")));
    }

    [Fact]
    public async Task An_import_killed_in_the_middle_leaves_no_version_and_the_next_one_cleans_up()
    {
        var content = GgufFile.Small().ToArray();
        await using (var big = File.Create(_folder["big.gguf"]))
        {
            big.Write(content);
            big.SetLength(3L << 30);
        }

        using var process = Process.Start(new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "zakenak"), ["model", "import", "big.gguf", "--name", "small", "--version", "v1", "--sign-with", "k.pem"])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["ZAKENAK_HOME"] = _folder[".zakenak"] },
        })!;
        var deadline = Stopwatch.StartNew();
        while (!Directory.Exists(Names) || !Directory.EnumerateFiles(Names, "*.gguf", SearchOption.AllDirectories).Any())
        {
            Assert.False(process.HasExited, "the import ended before it could be killed");
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(60), "the import did not begin");
            await Task.Delay(2);
        }

        process.Kill();
        await process.WaitForExitAsync();
        Assert.Equal(137, process.ExitCode);
        Assert.False(Directory.Exists(Path.Combine(Names, "v1")));
        Assert.Single(Directory.GetDirectories(Names), path => Path.GetFileName(path).StartsWith(".import-", StringComparison.Ordinal));

        Assert.Equal(0, await Import());
        Assert.Equal(["signers", "v1"], Directory.GetDirectories(Names).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Two_imports_of_one_name_do_not_meet()
    {
        Directory.CreateDirectory(Names);
        using (new FileStream(Path.Combine(Names, ".import.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal(1, await Import());
            Assert.StartsWith("import_in_progress: ", _cli.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, await Import());
    }

    [Fact]
    public async Task Cancelling_an_import_leaves_nothing()
    {
        using var key = SigningKey.Create(SigningCurve.P256);
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        var importer = new ModelImporter(new ModelStore(_folder[".zakenak"]));
        Assert.Throws<OperationCanceledException>(() => importer.Import(_folder["small.gguf"], "small", "v1", key, null, cancellation.Token));
        Assert.Empty(Directory.GetDirectories(Names));
    }

    [Fact]
    public async Task A_folder_is_signed_by_one_line_and_verified_by_another()
    {
        var model = Directory.CreateDirectory(_folder["m"]).FullName;
        File.Copy(_folder["small.gguf"], Path.Combine(model, "guide-v1.gguf"));
        await File.WriteAllTextAsync(Path.Combine(model, "README.md"), "card");
        Assert.Equal(0, await _cli.Run("model", "sign", "m", "--key", "k.pem", "--name", "guide:v1", "--output", "json"));
        Assert.Equal("guide:v1", (string?)_cli.Json["subject"]);
        Assert.Equal(["README.md", "guide-v1.gguf"], _cli.Json["files"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(0, await _cli.Run("model", "verify", "m", "--public-key", "k.pub.pem"));

        await File.AppendAllTextAsync(Path.Combine(model, "README.md"), "!");
        Assert.Equal(3, await _cli.Run("model", "verify", "m", "--public-key", "k.pub.pem"));
        Assert.StartsWith("digest_mismatch: ", _cli.Error, StringComparison.Ordinal);
        Assert.Single(_cli.Error.TrimEnd().Split('\n'));
        Assert.Equal(3, await _cli.Run("model", "verify", "m", "--public-key", "k.pub.pem", "--output", "json"));
        Assert.Equal("digest_mismatch", (string?)_cli.Json["error"]!["code"]);
    }

    [Fact]
    public async Task Verifying_under_another_name_or_key_is_refused()
    {
        var model = Directory.CreateDirectory(_folder["m"]).FullName;
        File.Copy(_folder["small.gguf"], Path.Combine(model, "a.gguf"));
        Assert.Equal(0, await _cli.Run("model", "sign", "m", "--key", "k.pem"));
        Assert.Contains("Signed m:", _cli.Output, StringComparison.Ordinal);
        Assert.Equal(3, await _cli.Run("model", "verify", "m", "--public-key", "k.pub.pem", "--name", "m:v1"));
        Assert.StartsWith("subject_mismatch: ", _cli.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _cli.Run("key", "create", "--out", "other.pem"));
        Assert.Equal(3, await _cli.Run("model", "verify", "m", "--public-key", "other.pub.pem"));
        Assert.StartsWith("signer_not_allowed: ", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_a_signer_chose_can_not_play_tricks_on_the_terminal()
    {
        var model = Directory.CreateDirectory(_folder["m"]).FullName;
        File.Copy(_folder["small.gguf"], Path.Combine(model, "a.gguf"));
        Assert.Equal(0, await _cli.Run("model", "sign", "m", "--key", "k.pem", "--name", "evil\u001b[2J\nVerified guide:v1"));
        Assert.Equal(0, await _cli.Run("model", "verify", "m", "--public-key", "k.pub.pem"));
        Assert.DoesNotContain('\u001b', _cli.Output);
        Assert.Equal(2, _cli.Output.TrimEnd().Split('\n').Length);
        Assert.Equal(3, await _cli.Run("model", "verify", "m", "--public-key", "k.pub.pem", "--name", "guide:v1"));
        Assert.DoesNotContain('\u001b', _cli.Error);
        Assert.Single(_cli.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Inspecting_says_what_a_file_holds_without_its_control_characters()
    {
        var file = GgufFile.Small();
        file.Metadata.RemoveAll(entry => entry.Key == "general.name");
        file.Add("general.name", "bad\u001b[2J[red]title");
        await File.WriteAllBytesAsync(_folder["small.gguf"], file.ToArray());
        Assert.Equal(0, await _cli.Run("model", "inspect", "small.gguf"));
        Assert.DoesNotContain('\u001b', _cli.Output);
        Assert.Contains("bad\ufffd[2J[red]title", _cli.Output, StringComparison.Ordinal);
        Assert.Equal(0, await _cli.Run("model", "inspect", "small.gguf", "--output", "json"));
        Assert.Equal(16, (long)_cli.Json["parameters"]!);
        Assert.True((bool)_cli.Json["servable"]!);
    }

    private Task<int> Import(params string[] more) => _cli.Run(
        ["model", "import", "small.gguf", "--name", "small", "--sign-with", "k.pem", .. more.Contains("--version") ? [] : new[] { "--version", "v1" }, .. more]);
}
