using System.Diagnostics;
using System.Globalization;

namespace Zakenak.RandomModel;

/// <summary>The command line of the generator.</summary>
public static class GenerateCommand
{
    private const string Usage = """
        Writes a GGUF model with random weights, for load tests. Its answers mean nothing.

          dotnet run --project models/RandomModel -- --size 110m --out random-110m.gguf

          --size SIZE       tiny, 15m or 110m (default 15m)
          --out FILE        where to write it (default random-SIZE.gguf)
          --type TYPE       q8_0, f16 or f32 (default q8_0)
          --seed N          the same seed gives the same file (default 1)
          --kv-heads N      key-value heads; fewer than the query heads is grouped-query attention
          --tokenizer FILE  GGUF whose byte-level BPE tokenizer is copied (default the guide model's; "bytes" needs no file)
        """;

    /// <summary>Runs it; 0 is success, 2 a wrong command line, 1 anything else.</summary>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        if (args.Any(arg => arg is "--help" or "-h" or "-?"))
        {
            output.WriteLine(Usage);
            return 0;
        }

        try
        {
            Generate(GenerateOptions.Parse(args), output);
            return 0;
        }
        catch (ArgumentException e)
        {
            error.WriteLine(e.Message);
            error.WriteLine("Try --help.");
            return 2;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            error.WriteLine(e.Message);
            return 1;
        }
    }

    private static void Generate(GenerateOptions options, TextWriter output)
    {
        var tokenizer = options.TokenizerFile is null ? Tokenizer.Bytes() : Tokenizer.FromGguf(options.TokenizerFile);
        var started = Stopwatch.StartNew();
        RandomModelGenerator.Write(options.Out, options.Shape, tokenizer, options.Type, options.Seed, new ProgressLine(output));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Out}: {new FileInfo(options.Out).Length / 1e6:F1} MB in {started.Elapsed.TotalSeconds:F1} s"));
    }
}
