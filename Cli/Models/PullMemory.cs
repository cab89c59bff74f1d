using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Importing;
using Zakenak.ModelTrust.Policy;

namespace Zakenak.Cli.Models;

/// <summary>What pulls on this machine have seen: nobody brings back an older policy, nor an older stage statement. A file for each policy root, in the state folder.</summary>
internal sealed class PullMemory(string path)
{
    // Another pull holds it for as long as a small file takes to be written.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Remembers the policy and the evidence's stage statement, then decides by both and by what was seen before.</summary>
    public Refusal? Decide(ModelPolicy policy, VersionEvidence evidence, TimeProvider time)
    {
        try
        {
            ModelStore.Create(Path.GetDirectoryName(path)!);
            using var turn = TakeTurn(time);
            var opened = TrustMemory.Open(path);
            if (!opened.IsSuccess)
            {
                return opened.Refusal;
            }

            var memory = opened.Value;
            if (memory.Admit(policy) is { } outdated)
            {
                return outdated;
            }

            // A replay changes nothing here, and the decision says what it is.
            var seen = memory.Recall(evidence.Name, evidence.Version);
            var kept = policy.For(evidence.Name) is { } rule ? memory.Admit(rule, evidence) : null;
            return kept is { Code: RefusalCodes.WriteFailed } ? kept : policy.Decide(evidence with { Seen = seen }, time.GetUtcNow());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.WriteFailed, $"What was seen can't be kept in {path}: {e.Message}. Name a state folder that can be written with --state DIR.");
        }
    }

    private FileStream TakeTurn(TimeProvider time)
    {
        for (var began = time.GetTimestamp(); ;)
        {
            try
            {
                return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(began) < s_patience)
            {
                Thread.Sleep(s_pause);
            }
        }
    }
}
