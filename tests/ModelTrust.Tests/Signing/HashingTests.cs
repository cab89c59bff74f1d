using System.Collections.Concurrent;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelTrust.Tests.Signing;

/// <summary>What hashing takes of the machine. Alone, because the whole process's memory is looked at.</summary>
[CollectionDefinition(nameof(HashingTests), DisableParallelization = true)]
[Collection(nameof(HashingTests))]
public class HashingTests
{
    private const int MegaByte = 1024 * 1024;

    [Fact]
    public void A_larger_model_takes_no_more_memory_beside_its_sealed_copy()
    {
        AllocatedFor(MegaByte); // what only the first takes
        var small = AllocatedFor(MegaByte);
        var large = AllocatedFor(64 * MegaByte);
        Assert.True(large - small < MegaByte, $"{small} bytes for 1 MiB, {large} for 64 MiB");
    }

    [Fact]
    public void Several_files_are_hashed_at_the_same_time()
    {
        Assert.SkipWhen(Environment.ProcessorCount == 1, "one core");
        using var folder = new SignedFolder();
        using var meeting = new Meeting();
        Assert.Null(ModelVerifier.Verify(folder.Root, folder.Signature, AllowedSigners.Only(folder.Key.PublicKey), progress: meeting).Refusal);
        Assert.True(meeting.WasKept, "One file was hashed after the other.");
    }

    private static long AllocatedFor(int modelBytes)
    {
        using var folder = new SignedFolder(dataBytes: modelBytes);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        folder.Sign();
        Assert.Null(folder.VerifyCode());
        using var model = folder.Open().Value;
        Assert.NotNull(model);
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    /// <summary>Lets no file go on until a second one is on its way.</summary>
    private sealed class Meeting : IProgress<HashProgress>, IDisposable
    {
        private readonly ConcurrentDictionary<int, bool> _threads = new();
        private readonly ManualResetEventSlim _met = new();

        public bool WasKept => _met.IsSet;

        public void Report(HashProgress value)
        {
            _threads[Environment.CurrentManagedThreadId] = true;
            if (_threads.Count > 1)
            {
                _met.Set();
            }

            _met.Wait(TimeSpan.FromSeconds(60));
        }

        public void Dispose() => _met.Dispose();
    }
}
