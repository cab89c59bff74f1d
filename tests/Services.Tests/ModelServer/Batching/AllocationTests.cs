using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Zakenak.Engine;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Batching.Cells;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Loading;
using Zakenak.ModelServer.Structured;

namespace Zakenak.Services.Tests.ModelServer.Batching;

/// <summary>Alone in the process while it counts what the process allocates.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public class AllocationTests
{
    private const int Streams = 16;
    private const int Tokens = 500;

    [Fact]
    public async Task Sixteen_streams_allocate_at_most_300_bytes_for_a_token()
    {
        await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var backend = new EndlessBackend();
        await using var engine = new EngineThread(
            backend, new BatchingOptions(), new BatchingMetrics(services.GetRequiredService<IMeterFactory>()), TimeProvider.System, NullLogger.Instance);
        await engine.StartAsync([1]);
        var model = new LoadedModel("guide", "v1", "sha256:0", new SamplingDefaults(), DateTimeOffset.UnixEpoch, backend, new Vocabulary(backend), null!, engine);
        var least = double.MaxValue;
        for (var round = 0; round < 4; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await Task.WhenAll(Enumerable.Range(0, Streams).Select(i => StreamAsync(model, i)));
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)(Streams * Tokens));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{least:F0} bytes per token");
        Assert.InRange(least, 0, 300);
    }

    private static async Task StreamAsync(LoadedModel model, int seed)
    {
        var sequence = new Sequence([.. Enumerable.Range(seed, 40)], Tokens, new SamplerOptions(0, 1, 1)) { Tenant = "acme", Sharing = new PrefixSharing("acme") };
        Assert.Equal(SubmitResult.Accepted, model.Engine.Submit(sequence));
        var context = new DefaultHttpContext();
        using var body = new CountingStream();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        var request = new ChatRequest { Model = "guide", Turns = [], Seed = 1, Stream = true, IncludeUsage = true };
        var answer = new Answer(model, [sequence], request, AnswerPlan.Free, new CompletionIdentity("chatcmpl-1", 1, "guide:v1"), new RequestReport(0), TimeProvider.System);

        Assert.Null(await answer.SendAsync(context));
        Assert.True(body.Written > Tokens * 100);
    }

    private sealed class CountingStream : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => Written += count;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written += buffer.Length;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Allocates nothing, and answers with one letter for ever.</summary>
    private sealed class EndlessBackend : ILlamaBackend, ISampler
    {
        public ModelInfo Model { get; } = new("fake", 1, 1000, 4096, null);

        public int ContextTokens => 16384;

        public int BatchTokens => 512;

        public int MaxSequences => 64;

        public TokenLogprobs? Logprobs => null;

        public bool AcceptsGrammar(string gbnf) => true;

        public int[] Tokenize(string text, bool parseSpecial) => [];

        public int TokenToPiece(int token, Span<byte> destination)
        {
            destination[0] = (byte)'a';
            return 1;
        }

        public bool IsEndOfGeneration(int token) => false;

        public DecodeStatus Decode(ReadOnlySpan<BatchToken> batch)
        {
            // As long as a step of a small model: readers are not always behind.
            Thread.SpinWait(2000);
            return DecodeStatus.Done;
        }

        public ISampler CreateSampler(SamplerOptions options) => this;

        public int Sample(ISampler sampler, int batchIndex) => 7;

        public void RemoveCells(int sequence, int from, int to)
        {
        }

        public void CopyCells(int source, int destination, int from, int to)
        {
        }

        public void Dispose()
        {
        }
    }
}
