using System.Globalization;

namespace Zakenak.RandomModel;

/// <summary>A parsed command line; a null tokenizer file is the byte tokenizer.</summary>
internal sealed record GenerateOptions(ModelShape Shape, string Out, WeightType Type, int Seed, string? TokenizerFile)
{
    private const string GuideModel = "models/guide/v1/guide-v1.gguf";

    /// <summary>Throws <see cref="ArgumentException"/> that names the option at fault.</summary>
    public static GenerateOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (args[i] is not ("--size" or "--out" or "--type" or "--seed" or "--kv-heads" or "--tokenizer"))
                throw new ArgumentException($"There is no option {args[i]}.");
            if (i + 1 == args.Length)
                throw new ArgumentException($"{args[i]} needs a value.");
            values[args[i]] = args[i + 1];
        }

        var size = values.GetValueOrDefault("--size", "15m");
        var shape = size switch
        {
            "tiny" => ModelShape.Tiny,
            "15m" => ModelShape.Small,
            "110m" => ModelShape.Medium,
            _ => throw new ArgumentException($"--size {size}: choose tiny, 15m or 110m."),
        };
        var type = values.GetValueOrDefault("--type", "q8_0") switch
        {
            "q8_0" => WeightType.Q8,
            "f16" => WeightType.F16,
            "f32" => WeightType.F32,
            var other => throw new ArgumentException($"--type {other}: choose q8_0, f16 or f32."),
        };
        if (values.TryGetValue("--kv-heads", out var heads))
            shape = shape with { KeyValueHeads = Number("--kv-heads", heads) };

        return new GenerateOptions(
            shape,
            values.GetValueOrDefault("--out", $"random-{size}.gguf"),
            type,
            Number("--seed", values.GetValueOrDefault("--seed", "1")),
            TokenizerFileFor(values.GetValueOrDefault("--tokenizer"), shape));
    }

    private static int Number(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ArgumentException($"{option} {value}: a whole number is needed.");

    // The tiny model is for tests that must not depend on a file; the others are to tokenise as a real model does.
    private static string? TokenizerFileFor(string? given, ModelShape shape) => given switch
    {
        "bytes" => null,
        null => shape == ModelShape.Tiny ? null : FindUpwards(GuideModel),
        _ => given,
    };

    private static string FindUpwards(string relative)
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, relative);
            if (File.Exists(path))
                return path;
        }

        throw new ArgumentException($"{relative} is not here: name a GGUF by --tokenizer, or --tokenizer bytes.");
    }
}
