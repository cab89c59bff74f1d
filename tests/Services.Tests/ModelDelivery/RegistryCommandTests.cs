using System.Text.RegularExpressions;
using Zakenak.ModelDelivery.Pulling;
using Zakenak.ModelTrust.Signing;
using Zakenak.ModelTrust.Stages;
using Zakenak.ModelTrust.Tests.Cli;

namespace Zakenak.Services.Tests.ModelDelivery;

/// <summary>The commands against the real registry, over mutual TLS.</summary>
public sealed partial class RegistryCommandTests : IAsyncLifetime
{
    private Desk _desk = null!;

    private CommandLine Cli => _desk.Cli;

    public async ValueTask InitializeAsync()
    {
        _desk = await Desk.OpenAsync();
        _desk.Sign("small", "small:v1");
    }

    public ValueTask DisposeAsync() => _desk.DisposeAsync();

    [Fact]
    public async Task A_version_is_pushed_promoted_pulled_shown_retired_and_revoked()
    {
        await Succeed("model push small");
        Assert.Contains("Pushed small:v1", Cli.Output, StringComparison.Ordinal);
        await Refused("approval_missing", "model pull small:v1 --dest pulled");
        Assert.False(Directory.Exists(_desk.In("pulled")));

        await Succeed("model promote small:v1 --to Staging --key approver.pem");
        await Refused("stage_not_approved", "model pull small:v1 --dest pulled");
        await Succeed("model promote small:v1 --to Approved --key approver.pem --expires 12h --reason tested");
        Assert.Contains("small:v1 is Approved (statement 2", Cli.Output, StringComparison.Ordinal);
        await Succeed("model pull small:v1 --dest pulled");
        Assert.Equal(await File.ReadAllBytesAsync(_desk.In("small", "weights.bin")), await File.ReadAllBytesAsync(_desk.In("pulled", "model", "weights.bin")));
        Assert.True(FetchedModel.Read(_desk.In("pulled")).IsSuccess);
        var stage = StageStatement.Open(await File.ReadAllBytesAsync(_desk.In("pulled", "stage.json")), AllowedSigners.Only(_desk.Home.Approver.PublicKey));
        Assert.Equal((2, ModelStage.Approved, "tested"), (stage.Value!.Sequence, stage.Value.Stage, stage.Value.Reason));

        await Succeed("model list");
        Assert.Contains("small:v1", Cli.Output, StringComparison.Ordinal);
        Assert.Contains("Approved", Cli.Output, StringComparison.Ordinal);
        await Succeed("model show small:v1");
        Assert.Contains(FetchedModel.Read(_desk.In("pulled")).Value!.Digest, Cli.Output, StringComparison.Ordinal);
        Assert.Contains("promoted", Cli.Output, StringComparison.Ordinal);
        await Succeed("model show small:v1 --output json");
        Assert.Equal(3, Cli.Json["history"]!.AsArray().Count);

        await Succeed("model retire small:v1 --key approver.pem");
        await Refused("stage_not_approved", "model pull small:v1 --dest again");
        await Succeed("model promote small:v1 --to Approved --key approver.pem");
        await Refused("not_confirmed", "model revoke small:v1 --key approver.pem --reason leaks");
        Cli.Answer = "yes\n";
        await Refused("not_confirmed", "model revoke small:v1 --key approver.pem --reason leaks");
        Cli.Answer = "small:v1\n";
        await Succeed("model revoke small:v1 --key approver.pem --reason leaks");
        await Refused("revoked", "model pull small:v1 --dest again");
        await Refused("revoked", "model promote small:v1 --to Approved --key approver.pem");
        await Refused("revoked", "model push small --promote Approved --key approver.pem");
    }

    [Fact]
    public async Task Push_and_promote_in_one_changes_nothing_the_second_time()
    {
        await Succeed("model push small --promote Approved --key approver.pem --output json");
        Assert.Equal((true, 1, true), ((bool)Cli.Json["new"]!, (int)Cli.Json["statement"]!["sequence"]!, (bool)Cli.Json["statement"]!["changed"]!));
        await Succeed("model push small --promote Approved --key approver.pem --output json");
        Assert.Equal((false, 0, 1, false), ((bool)Cli.Json["new"]!, (int)Cli.Json["bytesSent"]!, (int)Cli.Json["statement"]!["sequence"]!, (bool)Cli.Json["statement"]!["changed"]!));

        // A word that has lost two thirds of its time is given anew.
        await Succeed("model push small --promote Approved --key approver.pem --expires 3000d --output json");
        Assert.Equal(2, (int)Cli.Json["statement"]!["sequence"]!);
    }

    [Fact]
    public async Task What_an_approver_said_is_left_alone_where_only_drafts_are_promoted()
    {
        const string Push = "model push small --promote Approved --if-draft --key approver.pem --output json";
        await Succeed(Push);
        Assert.Equal("Approved", (string?)Cli.Json["statement"]!["stage"]);
        await Succeed("model retire small:v1 --key approver.pem");
        await Succeed(Push);
        Assert.Null(Cli.Json["statement"]);
        await Succeed("model revoke small:v1 --key approver.pem --reason leaks --yes");
        await Succeed(Push.Replace(" --output json", "", StringComparison.Ordinal));
        Assert.Contains("It is revoked", Cli.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attestation_is_made_and_handed_in_by_one_line()
    {
        await Succeed("model push small");
        await Succeed("model attest small --name small:v1 --type approval --key approver.pem --out a.json --push");
        await Succeed("model promote small:v1 --to Approved --key approver.pem");
        await Succeed("model pull small:v1 --dest pulled");
        Assert.True(File.Exists(_desk.In("pulled", "attestations", "001.json")));
        await Succeed("key create --out stranger.pem");
        await Refused("signer_not_allowed", "model attest small --name small:v1 --type approval --key stranger.pem --out b.json --push");
    }

    [Fact]
    public async Task An_adopted_version_is_pushed_by_its_name()
    {
        _desk.Sign(Path.Combine(".zakenak", "models", "mine", "v3"), "mine:v3");
        await Succeed("model push mine:v3 --output json");
        Assert.Equal("mine:v3", (string?)Cli.Json["model"]);
        await Refused("model_not_found", "model push mine:v4");
        await Refused("version_not_found", "model pull mine:v4 --dest d");
    }

    [Fact]
    public async Task A_key_that_may_not_and_a_model_that_was_not_meant_are_refused()
    {
        await Succeed("key create --out stranger.pem");
        await Succeed("model push small");
        await Refused("signer_not_allowed", "model promote small:v1 --to Approved --key stranger.pem");
        await Refused("signer_not_allowed", "model promote small:v1 --to Approved --key approver.pem --public-key stranger.pub.pem");
        await Refused("digest_mismatch", "model promote small:v1 --to Approved --key approver.pem --digest sha256:" + new string('0', 64));
        await Refused("key_missing", "model promote small:v1 --to Approved --key none.pem");
        await Refused("signer_not_allowed", "model pull small:v1 --dest d --public-key stranger.pub.pem");
        await Refused("digest_mismatch", "model pull small:v1 --dest d --public-key signer.pub.pem --digest sha256:" + new string('0', 64));
        await Succeed("model pull small:v1 --dest d --public-key signer.pub.pem");
        Assert.Equal(0, await Cli.Run("model", "sign", "small", "--key", "stranger.pem", "--name", "small:v2"));
        await Refused("signer_not_allowed", "model push small");
    }

    [Fact]
    public async Task The_commands_of_the_documentation_work_in_their_order()
    {
        _desk.Sign(Path.Combine(".zakenak", "models", "mine", "v1"), "mine:v1");
        File.Copy(_desk.In("approver.pem"), _desk.In(".zakenak", "trust", "operator.pem"));
        Directory.CreateSymbolicLink(_desk.In(".zakenak", "registry"), _desk.Home.Directory);
        var repository = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(repository.FullName, "Zakenak.sln")))
        {
            repository = repository.Parent!;
        }

        var commands = Command().Matches(await File.ReadAllTextAsync(Path.Combine(repository.FullName, "docs", "cli.md"))).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(8, commands.Count);
        foreach (var command in commands)
        {
            await Succeed(command);
        }
    }

    [Fact]
    public async Task What_a_pull_has_seen_does_not_come_back_older()
    {
        await Succeed("model push small --promote Approved --key approver.pem");
        var old = (Policy: await File.ReadAllBytesAsync(_desk.Policy), Signature: await File.ReadAllBytesAsync(_desk.Policy + ".sig"));
        _desk.WriteNextPolicy();
        await Succeed("model pull small:v1 --dest pulled");
        await File.WriteAllBytesAsync(_desk.Policy, old.Policy);
        await File.WriteAllBytesAsync(_desk.Policy + ".sig", old.Signature);
        await Refused("policy_outdated", "model pull small:v1 --dest pulled");

        // A registry that has forgotten a retirement is not believed, though an approver signed what it shows.
        _desk.WriteNextPolicy();
        var memory = Assert.Single(Directory.GetFiles(_desk.In(".zakenak", "seen"), "*.json"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(memory));
        var seen = await File.ReadAllTextAsync(memory);
        await File.WriteAllTextAsync(memory, seen.Replace("\"sequence\": 1", "\"sequence\": 2", StringComparison.Ordinal));
        await Refused("statement_replayed", "model pull small:v1 --dest pulled");
        await Succeed("model pull small:v1 --dest pulled --public-key signer.pub.pem");
        await File.WriteAllTextAsync(memory, "{}");
        await Refused("memory_malformed", "model pull small:v1 --dest pulled");
    }

    [Fact]
    public async Task An_identity_from_files_does_what_the_policy_lets_it()
    {
        var identity = await _desk.IdentityOptionsAsync();
        Directory.Delete(Path.Combine(_desk.State, "run"), recursive: true);
        Assert.True(await Cli.Run(["model", "push", "small", .. identity]) == 0, Cli.Error);
        Assert.True(await Cli.Run(["model", "list", "--output", "json", .. identity]) == 0, Cli.Error);
        Assert.Equal("small", (string?)Cli.Json["models"]![0]!["name"]);
        Assert.Equal(1, await Cli.Run("model", "list"));
    }

    private async Task Succeed(string line) => Assert.True(await Cli.Run(line.Split(' ')) == 0, $"{line}: {Cli.Error}");

    private async Task Refused(string code, string line)
    {
        Assert.True(await Cli.Run(line.Split(' ')) == 3, $"{line}: {Cli.Output}{Cli.Error}");
        Assert.Contains(code + ": ", Cli.Error, StringComparison.Ordinal);
    }

    [GeneratedRegex("^dotnet run --project Cli -- (.+)$", RegexOptions.Multiline)]
    private static partial Regex Command();
}
