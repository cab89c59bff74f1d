namespace Zakenak.ModelTrust.Tests.Cli;

public class UsageTests
{
    [Theory]
    [InlineData("key create")]
    [InlineData("model import")]
    [InlineData("model sign")]
    [InlineData("model verify")]
    [InlineData("model inspect")]
    [InlineData("model push")]
    [InlineData("model pull")]
    [InlineData("model promote")]
    [InlineData("model retire")]
    [InlineData("model revoke")]
    [InlineData("model list")]
    [InlineData("model show")]
    [InlineData("audit verify")]
    [InlineData("model attest")]
    [InlineData("policy create")]
    [InlineData("policy sign")]
    [InlineData("policy verify")]
    public async Task Help_has_an_example_and_the_exit_codes(string command)
    {
        var cli = new CommandLine(Path.GetTempPath());
        Assert.Equal(0, await cli.Run([.. command.Split(' '), "--help"]));
        Assert.Contains($"Example: zakenak {command}", cli.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes: 0", cli.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("model import")]
    [InlineData("model import f --name UPPER --version v1 --sign-with k")]
    [InlineData("model import f --name ../x --version v1 --sign-with k")]
    [InlineData("model import f --name a --version 1 --sign-with k")]
    [InlineData("model import f --name a --version v01 --sign-with k")]
    [InlineData("model import f --name a --version v1/.. --sign-with k")]
    [InlineData("key create --out k.pem --curve p192")]
    [InlineData("model verify d --public-key k --output yaml")]
    [InlineData("model pull guide --dest d")]
    [InlineData("model pull guide:v1")]
    [InlineData("model show ../guide:v1")]
    [InlineData("model promote guide:v1 --key k")]
    [InlineData("model promote guide:v1 --to 1 --key k")]
    [InlineData("model promote guide:v1 --to Retired --key k")]
    [InlineData("model promote guide:v1 --to Approved --key k --expires 90")]
    [InlineData("model promote guide:v1 --to Approved --key k --expires 0d")]
    [InlineData("model promote guide:v1 --to Approved --key k --expires 9999d")]
    [InlineData("model promote guide:v1 --to Approved --key k --policy p")]
    [InlineData("model revoke guide:v1 --key k")]
    [InlineData("model push d --promote Approved")]
    [InlineData("model push d --key k")]
    [InlineData("model push d --if-draft")]
    [InlineData("model list --registry http://localhost:1")]
    [InlineData("model list --registry https://localhost:1/path")]
    [InlineData("model list --identity-cert c --registry https://localhost:1")]
    [InlineData("model list --identity-cert c --identity-key k --trust-anchors t")]
    [InlineData("model attest d --digest x --name a:v1 --type approval --key k --out o")]
    [InlineData("model attest --name a:v1 --type approval --key k --out o")]
    [InlineData("model attest d --name a:v1 --type sbom --key k --out o")]
    [InlineData("model attest d --name a --type approval --key k --out o")]
    [InlineData("model attest d --name a:v1 --type bom --predicate p --key k --out o")]
    [InlineData("policy create --out p")]
    [InlineData("policy create --out p --signer k --model ../x")]
    [InlineData("policy create --out p --signer k --attestation bom")]
    [InlineData("policy sign p")]
    [InlineData("policy verify p")]
    public async Task A_wrong_command_line_is_said_in_one_line_with_exit_code_2(string line)
    {
        using var folder = new TemporaryFolder();
        var cli = new CommandLine(folder.Path);
        Assert.Equal(2, await cli.Run(line.Split(' ')));
        Assert.Single(cli.Error.TrimEnd().Split('\n'));
        Assert.Contains("--help", cli.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }
}
