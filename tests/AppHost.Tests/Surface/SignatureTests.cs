using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Aspire.Hosting;
using Aspire.Hosting.Testing;

namespace Zakenak.AppHost.Tests.Surface;

/// <summary>AppHost's source compiles against real Aspire as well: what it uses must have Aspire's exact signatures.</summary>
public class SignatureTests
{
    [Fact]
    public void Every_listed_signature_of_Aspire_is_there_to_the_letter()
    {
        var listed = Listed();
        Assert.NotEmpty(listed);
        Assert.Equal(listed.Distinct(), listed);

        // One assembly here, two in real Aspire.
        var offered = Signatures.Of(typeof(DistributedApplication).Assembly)
            .Concat(Signatures.Of(typeof(DistributedApplicationTestingBuilder).Assembly))
            .ToHashSet();
        Assert.Empty(listed.Except(offered));
    }

    [Fact]
    public void Every_member_that_AppHost_uses_is_listed()
    {
        var listed = Listed().ToHashSet();
        var used = UsedBy(typeof(Zakenak.AppHost.Suite).Assembly, typeof(DistributedApplication).Assembly).ToArray();
        Assert.True(used.Length > 100, $"{used.Length}");
        Assert.True(!used.Except(listed).Any(), string.Join('\n', used.Except(listed)));
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

    private static string[] Listed() =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "aspire-signatures.txt")).Where(line => line.Length > 0 && line[0] != '#')];

    // Read off the compiled code, so that nothing escapes: what the compiler resolved is what another compiler has to find.
    private static IEnumerable<string> UsedBy(Assembly user, Assembly used)
    {
        using var file = new PEReader(File.OpenRead(user.Location));
        Type[] any = [.. Enumerable.Repeat(typeof(object), 8)]; // whatever a generic user's own parameters stand for
        var members = file.GetMetadataReader().MemberReferences.Select(handle => user.ManifestModule.ResolveMember(MetadataTokens.GetToken(handle), any, any)!);
        foreach (var member in members.Where(member => member.DeclaringType!.Assembly == used))
        {
            // What is generic is listed as it was declared.
            var type = member.DeclaringType!.IsGenericType ? member.DeclaringType.GetGenericTypeDefinition() : member.DeclaringType;
            yield return Signatures.Of(type.Module.ResolveMember(member.MetadataToken)!);
        }
    }
}

internal static class SignatureSample
{
    public static string? P => null;

    public static Task<string?> M<T>(this T self, int? port = null, string name = "x", params string[]? args)
        where T : class => throw new InvalidOperationException($"{self}{port}{name}{args}");
}
