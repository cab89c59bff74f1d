using System.Diagnostics;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer.Fetching;

/// <summary>The verb as an init container runs it; what it fetches is tested beside a running suite.</summary>
public class FetchVerbTests
{
    [Theory]
    [InlineData("usage", "--dest", "there")]
    [InlineData("usage", "--model", "guide:v1")]
    [InlineData("usage", "--model", "guide", "--dest", "there")]
    [InlineData("name_not_allowed", "--model", "../guide:v1", "--dest", "there")]
    [InlineData("configuration", "--model", "guide:v1", "--dest", "there")]
    [InlineData("configuration", "--model", "guide:v1", "--dest", "there", "--Registry:Url=http://plain:1")]
    public async Task What_is_wrong_is_one_sentence_with_a_code_and_exit_code_3(string code, params string[] arguments)
    {
        var (exit, output, error) = await FetchAsync(arguments);

        Assert.Equal(3, exit);
        Assert.Empty(output);
        Assert.StartsWith(code + ": ", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_has_an_example()
    {
        var (exit, output, error) = await FetchAsync("--help");

        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("fetch --model NAME:VERSION --dest DIR", output, StringComparison.Ordinal);
        Assert.Contains("guide:v1", output, StringComparison.Ordinal);
    }

    private static async Task<(int Exit, string Output, string Error)> FetchAsync(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet", [typeof(Zakenak.ModelServer.Program).Assembly.Location, "fetch", .. arguments])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("ZAKENAK_HOME");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }
}
