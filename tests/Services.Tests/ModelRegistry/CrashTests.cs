using System.Net.Http.Json;
using System.Security.Cryptography;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.Services.Tests.ModelRegistry;

/// <summary>The real process, killed or on a disk that takes no more.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Kills = 8;
    private const int PieceBytes = 200_000;

    private readonly RegistryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Killed_at_any_point_it_serves_no_half_blob_loses_nothing_acknowledged_and_agrees_with_its_audit_log()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL");
        await using var registry = await RegistryProcess.CreateAsync(_home);
        var pushers = Enumerable.Range(0, 3).Select(i => new Pusher(_home, registry.Client, "model-" + i)).ToList();
        for (var kill = 0; kill < Kills; kill++)
        {
            await registry.StartAsync();
            await CheckAsync(registry.Client, pushers);
            using var stop = new CancellationTokenSource();
            var work = Task.WhenAll(pushers.Select(p => p.RunAsync(stop.Token)));
            await Task.Delay(RandomNumberGenerator.GetInt32(20, 500));
            await registry.KillAsync();
            await stop.CancelAsync();
            await work;
            CheckBlobs();
        }

        await registry.StartAsync();
        await CheckAsync(registry.Client, pushers);
        foreach (var pusher in pushers)
        {
            await pusher.FinishAsync();
        }

        await CheckAsync(registry.Client, pushers);
        Assert.True(pushers.Sum(p => p.Acknowledged.Count) > Kills, $"only {pushers.Sum(p => p.Acknowledged.Count)} changes were made: nothing was tested");
    }

    [Fact]
    public async Task A_full_disk_refuses_the_upload_by_its_code_and_it_goes_on_when_there_is_room()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the limit is set with ulimit");
        await using var registry = await RegistryProcess.CreateAsync(_home);
        await registry.StartAsync(maxFileKilobytes: 1000);
        var content = RandomNumberGenerator.GetBytes(1_500_000);
        var location = (await registry.Client.BeginAsync(content)).State!.Location!;
        Assert.Equal((204, null, 600_000), await registry.Client.PatchAsync(location, 0, content[..600_000]));
        var (status, code, offset) = await registry.Client.PatchAsync(location, 600_000, content[600_000..]);
        Assert.Equal((507, "insufficient_disk"), (status, code));
        Assert.InRange(offset!.Value, 600_000, 1000 * 1024);
        await registry.KillAsync();
        await registry.StartAsync();
        Assert.Equal((204, offset), await registry.Client.HeadAsync(location));
        Assert.Equal(201, (await registry.Client.PatchAsync(location, offset.Value, content[(int)offset.Value..])).Status);
        Assert.Equal(content, await registry.Client.GetByteArrayAsync("/v1/blobs/" + PushedModel.DigestOf(content)));
    }

    [Fact]
    public async Task A_change_that_cannot_be_recorded_is_not_made()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the limit is set with ulimit");
        await using var registry = await RegistryProcess.CreateAsync(_home);
        await registry.StartAsync(maxFileKilobytes: 20);
        var model = new PushedModel(_home);
        Assert.Equal(201, (await registry.Client.PushAsync(model)).Status);
        var sequence = 0;
        (int Status, string? Code, VersionDocument?) last;
        do
        {
            // Refusals are recorded too and leave the version's own file small.
            await registry.Client.PostAsync(model.Address + "/stage", "{}"u8.ToArray());
            last = await registry.Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, ++sequence, ModelStage.Staging));
        }
        while (last.Status == 200 && sequence < 200);

        Assert.Equal((503, "audit_unavailable"), (last.Status, last.Code));
        var version = (await registry.Client.GetVersionAsync(model.Address)).Version!;
        Assert.Equal(sequence, version.History.Count);
        Assert.Equal(sequence - 1, version.History[^1].Sequence);
        await registry.KillAsync();
        await registry.StartAsync();
        await CheckAsync(registry.Client, []);
        Assert.Equal(200, (await registry.Client.PostAsync(model.Address + "/stage", _home.Stage("guide", model.Digest, sequence, ModelStage.Staging))).Status);
    }

    [Fact]
    public async Task A_record_whose_change_was_never_made_is_taken_back_at_the_next_start_once()
    {
        await (await RunningRegistry.StartAsync(_home)).DisposeAsync();
        await using (var log = AuditLog.Open(new AuditLogOptions { Directory = Path.Combine(_home.Directory, "audit"), Name = ServiceNames.ModelRegistry }, TimeProvider.System))
        {
            await log.AppendAsync(new AuditRecord(RegistryHome.Operator, "version.promoted", "guide:v1", AuditOutcome.Done)
            {
                Details = new Dictionary<string, string> { ["change"] = "lost" },
            });
        }

        for (var start = 0; start < 2; start++)
        {
            await (await RunningRegistry.StartAsync(_home)).DisposeAsync();
            var undone = AuditHistory.Read(Path.Combine(_home.Directory, "audit")).Select(r => r.Record).Where(r => r.Action == "change.undone").ToList();
            Assert.Equal(("guide:v1", "lost", AuditOutcome.Failed), (undone.Single().Subject, undone.Single().Details["change"], undone.Single().Outcome));
        }
    }

    private void CheckBlobs()
    {
        var blobs = Path.Combine(_home.Directory, "blobs", "sha256");
        foreach (var path in Directory.Exists(blobs) ? Directory.GetFiles(blobs, "*", SearchOption.AllDirectories) : [])
        {
            Assert.Equal(Path.GetFileName(path), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        }
    }

    /// <summary>While nobody changes anything: what was acknowledged is there, and the log says exactly what the versions say.</summary>
    private async Task CheckAsync(HttpClient client, List<Pusher> pushers)
    {
        var made = new List<string>();
        foreach (var model in (await client.GetFromJsonAsync<ModelListing>("/v1/models"))!.Models)
        {
            foreach (var version in model.Versions)
            {
                var document = (await client.GetVersionAsync($"/v1/models/{model.Name}/versions/{version.Version}")).Version!;
                made.AddRange(document.History.Select(h => h.Change));
                foreach (var file in document.Files)
                {
                    Assert.Equal(file.Digest, PushedModel.DigestOf(await client.GetByteArrayAsync("/v1/blobs/" + file.Digest)));
                }
            }
        }

        var recorded = new List<string>();
        foreach (var (_, record) in AuditHistory.Read(Path.Combine(_home.Directory, "audit")).Where(r => r.Record.Details.ContainsKey("change")))
        {
            if (record.Action == "change.undone")
            {
                recorded.Remove(record.Details["change"]);
            }
            else
            {
                recorded.Add(record.Details["change"]);
            }
        }

        Assert.Equal(made.Order(), recorded.Order());
        Assert.All(pushers.SelectMany(p => p.Acknowledged), change => Assert.Contains(change, made));
    }

    /// <summary>Pushes version after version of one model in small pieces and changes its stage, from wherever the last connection broke.</summary>
    private sealed class Pusher(RegistryHome home, HttpClient client, string name)
    {
        private PushedModel? _model;
        private int _version;
        private long _sequence;

        /// <summary>Ids of the changes that the registry said were made.</summary>
        public HashSet<string> Acknowledged { get; } = [];

        public async Task RunAsync(CancellationToken stop)
        {
            try
            {
                while (!stop.IsCancellationRequested)
                {
                    await FinishAsync();
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // It was killed under us.
            }
        }

        public async Task FinishAsync()
        {
            if (_model is null)
            {
                _model = new PushedModel(home, name, $"v{++_version}", 1_000_000);
                _sequence = 0;
            }

            foreach (var content in _model.Files.Values)
            {
                await UploadAsync(content);
            }

            Take(await client.PutAsync(_model.Address, _model.Request));
            for (; _sequence < 3; _sequence++)
            {
                Take(await client.PostAsync(
                    _model.Address + "/stage", home.Stage(name, _model.Digest, _sequence + 1, ModelStage.Staging, version: _model.Version)));
            }

            _model = null;
        }

        private async Task UploadAsync(byte[] content)
        {
            var (status, code, state) = await client.BeginAsync(content);
            Assert.True(status is 200 or 201, $"{status} {code}");
            while (state!.Location is { } location)
            {
                var offset = (int)state.Offset;
                var (patched, why, now) = await client.PatchAsync(location, offset, content[offset..Math.Min(offset + PieceBytes, content.Length)]);
                Assert.True(patched is 201 or 204, $"{patched} {why}");
                state = new UploadState(patched == 201 ? null : location, now!.Value);
            }
        }

        // A statement whose answer was lost may have counted: sent again it is signed anew, and then it is a replay.
        private void Take((int Status, string? Code, VersionDocument? Version) answer)
        {
            Assert.True(answer.Status is 200 or 201 || answer.Code == "statement_replayed", $"{answer.Status} {answer.Code}");
            Acknowledged.UnionWith(answer.Version?.History.Select(h => h.Change) ?? []);
        }
    }
}
