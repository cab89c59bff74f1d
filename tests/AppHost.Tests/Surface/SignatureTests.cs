using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.Surface;

/// <summary>AppHost's source compiles against real Aspire as well: what it uses must have Aspire's exact signatures.</summary>
public class SignatureTests
{
    [Fact]
    public void Every_listed_signature_of_Aspire_is_there_to_the_letter()
    {
        var listed = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "aspire-signatures.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .ToArray();
        Assert.NotEmpty(listed);
        Assert.Equal(listed.Distinct(), listed);

        // One assembly here, two in real Aspire.
        var offered = Signatures.Of(typeof(DistributedApplication).Assembly)
            .Concat(Signatures.Of(typeof(DistributedApplicationTestingBuilder).Assembly))
            .ToHashSet();
        Assert.Empty(listed.Except(offered));
    }

    [Fact]
    public void A_signature_is_told_from_one_that_differs_in_a_default_a_null_or_a_name()
    {
        var text = Signatures.Of(typeof(SignatureSample)).ToArray();

        Assert.Equal(
            [
                "Zakenak.AppHost.Tests.Surface.SignatureSample: static System.Threading.Tasks.Task<string?> M<T>(this T self, int? port = null, string name = \"x\", params string[]? args) where T : class",
                "Zakenak.AppHost.Tests.Surface.SignatureSample: string? P { get; }",
            ],
            text);
    }
}

internal static class SignatureSample
{
    public static string? P => null;

    public static Task<string?> M<T>(this T self, int? port = null, string name = "x", params string[]? args)
        where T : class => throw new InvalidOperationException($"{self}{port}{name}{args}");
}
