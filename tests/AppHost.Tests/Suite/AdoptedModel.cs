using System.Diagnostics;
using Zakenak.RandomModel;

namespace Zakenak.AppHost.Tests.Suite;

/// <summary>A state folder with a model <c>mine:v1</c> that was adopted by the command line, as its user does it.</summary>
public sealed class AdoptedModel : IDisposable
{
    public string StateFolder { get; } = Directory.CreateTempSubdirectory("zakenak-own-").FullName;

    public static async Task<AdoptedModel> ImportAsync(ModelShape shape)
    {
        var own = new AdoptedModel();
        var file = Path.Combine(own.StateFolder, "random.gguf");
        var key = Path.Combine(own.StateFolder, "k.pem");
        RandomModelGenerator.Write(file, shape);
        await own.CliAsync("key", "create", "--out", key);
        await own.CliAsync("model", "import", file, "--name", "mine", "--version", "v1", "--sign-with", key);
        return own;
    }

    public async Task FlipOneByteAsync()
    {
        var adopted = Directory.GetFiles(Path.Combine(StateFolder, "models", "mine", "v1"), "*.gguf").Single();
        File.SetUnixFileMode(adopted, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var file = File.Open(adopted, FileMode.Open);
        file.Position = file.Length / 2;
        var flipped = (byte)(file.ReadByte() ^ 1);
        file.Position--;
        file.WriteByte(flipped);
    }

    public void Dispose() => Directory.Delete(StateFolder, recursive: true);

    private async Task CliAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ZAKENAK_HOME"] = StateFolder;
        foreach (var argument in arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "zakenak.dll")))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await error);
    }
}
