using Zakenak.ModelTrust.Gguf;

namespace Zakenak.ModelTrust.Tests.Gguf;

public class GgufHeaderTests
{
    /// <summary>Lengths and counts that overflow, wrap to small or to negative, or are merely far too large.</summary>
    public static TheoryData<ulong> HugeNumbers => new(
        1UL << 16, (1UL << 31) - 1, 1UL << 31, (1UL << 32) - 1, 1UL << 32, (1UL << 32) + 1, (1UL << 61) + 1, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - 7, ulong.MaxValue);

    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    public void A_sound_header_is_read(uint version)
    {
        var small = GgufFile.Small();
        var file = new GgufFile { Version = version, DataBytes = 64 };
        file.Metadata.AddRange(small.Metadata);
        file.Tensors.AddRange(small.Tensors);
        var header = Read(file).Value;
        Assert.NotNull(header);
        Assert.Equal("llama", header.Architecture);
        Assert.Equal("Small", header.Title);
        Assert.Equal(512, header.ContextLength);
        Assert.Equal("gpt2", header.Tokenizer);
        Assert.Equal(3, header.VocabularySize);
        Assert.Equal("{{ messages }}", header.ChatTemplate);
        Assert.Equal(16, header.ParameterCount);
        Assert.Equal(["F32", "F32"], header.Tensors.Select(tensor => tensor.Type.Name));
        Assert.Equal(0.5, header.Metadata["general.scale"].Real);
        Assert.Equal(1, header.Metadata["general.flag"].Whole);
        Assert.Equal(0, header.DataOffset % 32);
        Assert.Null(header.RequireServable());
    }

    [Fact]
    public void What_the_maker_recommends_for_sampling_is_read_in_full_or_in_part_or_not_at_all()
    {
        var both = Sampling((SamplingRecommendation.TemperatureKey, 6, Float(0.6f)), (SamplingRecommendation.TopPKey, 6, Float(0.95f)));
        Assert.Equal((0.6f, 0.95f), (both.Temperature, both.TopP));
        Assert.Empty(both.IgnoredKeys);

        var one = Sampling((SamplingRecommendation.TopPKey, 6, Float(0)));
        Assert.Equal((null, 0f), (one.Temperature, one.TopP));
        Assert.Empty(one.IgnoredKeys);

        var none = Sampling();
        Assert.Equal((null, null), (none.Temperature, none.TopP));
        Assert.Empty(none.IgnoredKeys);

        var bounds = Sampling((SamplingRecommendation.TemperatureKey, 6, Float(2)), (SamplingRecommendation.TopPKey, 6, Float(1)));
        Assert.Equal((2f, 1f), (bounds.Temperature, bounds.TopP));
    }

    [Fact]
    public void A_recommendation_of_the_wrong_type_or_out_of_range_is_ignored_by_its_name()
    {
        foreach (var (type, value) in new (uint, byte[])[]
        {
            (6, Float(float.NaN)),
            (6, Float(float.PositiveInfinity)),
            (6, Float(-0.1f)),
            (6, Float(2.1f)),
            (4, GgufFile.Bytes(1u)),
            (12, BitConverter.GetBytes(0.5)),
            (8, GgufFile.Text("0.5")),
            (9, [.. GgufFile.Bytes(6u), .. GgufFile.Bytes(1UL), .. Float(0.5f)]),
        })
        {
            var sampling = Sampling((SamplingRecommendation.TemperatureKey, type, value), (SamplingRecommendation.TopPKey, type, value));
            Assert.Equal((null, null), (sampling.Temperature, sampling.TopP));
            Assert.Equal([SamplingRecommendation.TemperatureKey, SamplingRecommendation.TopPKey], sampling.IgnoredKeys);
        }

        // What is warm for a temperature is too much for a nucleus.
        var warm = Sampling((SamplingRecommendation.TemperatureKey, 6, Float(1.5f)), (SamplingRecommendation.TopPKey, 6, Float(1.5f)));
        Assert.Equal((1.5f, null), (warm.Temperature, warm.TopP));
        Assert.Equal([SamplingRecommendation.TopPKey], warm.IgnoredKeys);
    }

    [Fact]
    public void A_file_that_is_something_else_says_so()
    {
        Assert.Equal(RefusalCodes.GgufMalformed, Code("PK\u0003\u0004 a zip file of some length"u8.ToArray()));
        Assert.Equal(RefusalCodes.GgufMalformed, Code([]));
        Assert.Equal(RefusalCodes.GgufNotSupported, Code(new GgufFile { Version = 1 }));
        Assert.Equal(RefusalCodes.GgufNotSupported, Code(new GgufFile { Version = 4 }));
        Assert.Equal(RefusalCodes.GgufNotSupported, Code(new GgufFile { Version = 3u << 24 }));
    }

    [Fact]
    public void Truncated_at_any_byte_it_is_refused()
    {
        var content = GgufFile.Small().ToArray();
        for (var length = 0; length < content.Length; length++)
        {
            Assert.Equal(RefusalCodes.GgufMalformed, Code(content[..length]));
        }
    }

    [Theory]
    [MemberData(nameof(HugeNumbers))]
    public void Huge_counts_and_lengths_are_refused_without_a_huge_allocation(ulong huge)
    {
        Refused(new GgufFile { TensorCount = huge });
        Refused(new GgufFile { KeyCount = huge });
        Refused(Bent(file => file.Metadata.Add(("k", 8, GgufFile.Bytes(huge)))));
        Refused(Bent(file => file.Metadata.Add(("k", 9, [.. GgufFile.Bytes(0u), .. GgufFile.Bytes(huge)]))));
        Refused(Bent(file => file.Metadata.Add(("k", 9, [.. GgufFile.Bytes(8u), .. GgufFile.Bytes(huge)]))));
        Refused(Bent(file => file.Metadata.Add(("k", 9, [.. GgufFile.Bytes(9u), .. GgufFile.Bytes(huge)]))));
        Refused(Bent(file => file.Metadata.Add(("k", 9, [.. GgufFile.Bytes(8u), .. GgufFile.Bytes(1UL), .. GgufFile.Bytes(huge)]))));
        Refused(Bent(file => file.Tensors[1] = ("t", [huge, huge, huge, huge], 0, 32)));
        Refused(Bent(file => file.Tensors[1] = ("t", [huge], 0, 32)));
        Refused(Bent(file => file.Tensors[1] = ("t", [8], 0, huge)));
        Refused(Bent(file => file.Tensors[1] = ("t", [8], 0, huge & ~31UL)));

        static void Refused(GgufFile file)
        {
            var content = file.ToArray();
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(RefusalCodes.GgufMalformed, Code(content));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }
    }

    [Fact]
    public void Keys_and_values_that_break_the_format_are_refused()
    {
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Add("general.architecture", "again"))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Add("", "empty"))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Add("a\u0001", "control"))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Add(new string('k', 70_000), "long"))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("k", 8, [.. GgufFile.Bytes(1UL), 0xFF])))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("k", 7, [2])))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("k", 13, [0])))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("k", 9, [.. GgufFile.Bytes(77u), .. GgufFile.Bytes(0UL)])))));
    }

    [Fact]
    public void Nested_arrays_are_read_to_a_bound()
    {
        static byte[] Nest(int depth) => depth == 0
            ? [.. GgufFile.Bytes(0u), .. GgufFile.Bytes(1UL), 7]
            : [.. GgufFile.Bytes(9u), .. GgufFile.Bytes(1UL), .. Nest(depth - 1)];

        Assert.Null(Code(Bent(file => file.Metadata.Add(("k", 9, Nest(2))))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("k", 9, Nest(8))))));
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("k", 9, Nest(50_000 / 12))))));
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_refused()
    {
        foreach (var (bend, code) in new (Action<GgufFile>, string)[]
        {
            (file => file.Tensors[1] = ("token_embd.weight", [8], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("", [8], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = (new string('t', 64), [8], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [1, 1, 1, 1, 1], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [8, 0], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [8], 4, 32), RefusalCodes.GgufNotSupported),
            (file => file.Tensors[1] = ("t", [8], 43, 32), RefusalCodes.GgufNotSupported),
            (file => file.Tensors[1] = ("t", [8], uint.MaxValue, 32), RefusalCodes.GgufNotSupported),
            (file => file.Tensors[1] = ("t", [8], 8, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [8], 0, 31), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [8], 0, 0), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [9], 0, 32), RefusalCodes.GgufMalformed),
            (file => file.Tensors[1] = ("t", [8], 0, 64), RefusalCodes.GgufMalformed),
            (file => file.DataBytes = 63, RefusalCodes.GgufMalformed),
        })
        {
            Assert.Equal(code, Code(Bent(bend)));
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(3u)]
    [InlineData(1u << 31)]
    public void An_alignment_that_is_no_small_power_of_two_is_refused(uint alignment) =>
        Assert.Equal(RefusalCodes.GgufMalformed, Code(Bent(file => file.Metadata.Add(("general.alignment", 4, GgufFile.Bytes(alignment))))));

    [Fact]
    public void What_the_engine_can_not_serve_on_its_own_is_said_to_be_so()
    {
        foreach (var bend in new Action<GgufFile>[]
        {
            file => file.Metadata.RemoveAll(entry => entry.Key == "general.architecture"),
            file => file.Metadata.RemoveAll(entry => entry.Key == "tokenizer.ggml.model"),
            file => file.Metadata.RemoveAll(entry => entry.Key == "llama.context_length"),
            file => file.Tensors.Clear(),
            file => file.Add("general.type", "adapter"),
            file => file.Metadata.Add(("split.count", 2, [3, 0])),
        })
        {
            Assert.Equal(RefusalCodes.ModelNotServable, Read(Bent(bend)).Value?.RequireServable()?.Code);
        }
    }

    internal static GgufFile Bent(Action<GgufFile> bend)
    {
        var file = GgufFile.Small();
        bend(file);
        return file;
    }

    internal static string? Code(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return GgufHeader.Read(stream, content.Length).Refusal?.Code;
    }

    private static SamplingRecommendation Sampling(params (string Key, uint Type, byte[] Value)[] keys)
    {
        var header = Read(Bent(file => file.Metadata.AddRange(keys))).Value;
        Assert.NotNull(header);
        return header.Sampling;
    }

    private static byte[] Float(float value) => BitConverter.GetBytes(value);

    private static string? Code(GgufFile file) => Code(file.ToArray());

    private static Result<GgufHeader> Read(GgufFile file)
    {
        var content = file.ToArray();
        using var stream = new MemoryStream(content);
        return GgufHeader.Read(stream, content.Length);
    }
}
