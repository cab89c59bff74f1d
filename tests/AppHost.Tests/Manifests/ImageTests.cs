using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace Zakenak.AppHost.Tests.Manifests;

/// <summary>What can be said of the images without a base to build them on.</summary>
public class ImageTests(PublishedSuite suite) : IClassFixture<PublishedSuite>
{
    [Fact]
    public void One_command_makes_the_image_of_every_service()
    {
        var images = XDocument.Load(Path.Combine(PublishedSuite.Repository, "AppHost", "Images", "Images.proj"));
        var services = images.Descendants("Service").First().Attribute("Include")!.Value.Split(';');

        // An image is made of what was published: without that the SDK finds no folder to take.
        Assert.Contains(images.Descendants("MSBuild"), task => task.Attribute("Targets")!.Value == "Publish;PublishContainer");
        Assert.Equal("@(Service);Cli", images.Descendants("Image").First().Attribute("Include")!.Value);
        var published = suite.Chart().Where(item => item.RunsPods()).Select(item => (string)item.Pod()["serviceAccountName"]!);
        Assert.Equal(published.Order(), services.Select(ServiceOf).Order());
        Assert.All(services, service => Assert.True(File.Exists(Path.Combine(PublishedSuite.Repository, service, $"{service}.csproj"))));
    }

    [Fact]
    public void An_image_has_no_shell_no_root_and_the_name_and_version_that_the_chart_asks_for()
    {
        var image = PropertiesOf("ModelServer", "ContainerFamily", "ContainerUser", "ContainerRepository", "ContainerImageTag", "ContainerGenerateLabelsImageCreated");
        var pod = suite.Chart().First(item => item.RunsPods() && (string)item.Pod()["serviceAccountName"]! == "model-server").Pod();

        Assert.EndsWith("-chiseled", (string)image["ContainerFamily"]!, StringComparison.Ordinal);
        Assert.Equal((string)image["ContainerUser"]!, pod["securityContext"]!["runAsUser"]!.ToJsonString());
        Assert.Equal($"{image["ContainerRepository"]}:{image["ContainerImageTag"]}", (string)pod["containers"]![0]!["image"]!);
        Assert.Equal("false", (string)image["ContainerGenerateLabelsImageCreated"]!);
    }

    [Theory]
    [InlineData("Gateway", "Gateway.dll")]
    [InlineData("Cli", "zakenak.dll")]
    public void An_image_starts_the_one_program_that_lies_in_it(string project, string assembly)
    {
        // As the SDK puts it together: the folder's name and the assembly's, with nothing between them.
        var image = PropertiesOf(project, "ContainerWorkingDirectory", "TargetFileName", "ContainerRepository");
        Assert.Equal($"/app/{assembly}", $"{image["ContainerWorkingDirectory"]}{image["TargetFileName"]}");
        Assert.Equal("zakenak/" + ServiceOf(project), (string)image["ContainerRepository"]!);
    }

    [Fact]
    public async Task An_image_of_the_smallest_service_is_made_on_a_stand_in_for_the_base()
    {
        var folder = Directory.CreateTempSubdirectory("zakenak-image-").FullName;
        try
        {
            using var registry = new StandInBase();
            var archive = Path.Combine(folder, "image.tar");
            var start = new ProcessStartInfo("dotnet", [
                "publish", Path.Combine(PublishedSuite.Repository, "CertAuthority"), "-t:PublishContainer", "-c", "Release", "-r", "linux-x64", "--self-contained", "false",
                $"-p:ArtifactsPath={folder}", $"-p:ContainerBaseImage={registry.Image}", $"-p:ContainerArchiveOutputPath={archive}", "-nodeReuse:false", "-v:q", "-nologo",
            ])
            {
                RedirectStandardOutput = true,
            };
            start.Environment["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Host;
            start.Environment["TMPDIR"] = folder; // the SDK leaves folders there
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, output);

            var image = StandInBase.ConfigOf(archive);
            Assert.Equal(["dotnet", "/app/CertAuthority.dll"], image["Entrypoint"]!.AsArray().Select(word => (string)word!));
            Assert.Equal(("1654", "/app/"), ((string)image["User"]!, (string)image["WorkingDir"]!));
            Assert.Equal(["8443/tcp", "9090/tcp"], image["ExposedPorts"]!.AsObject().Select(port => port.Key).Order(StringComparer.Ordinal));
            Assert.Equal("0.1.0", (string)image["Labels"]!["org.opencontainers.image.version"]!);
            if (Path.Exists(Path.Combine(PublishedSuite.Repository, ".git")))
                Assert.Matches("^[0-9a-f]{40}$", (string)image["Labels"]!["org.opencontainers.image.revision"]!);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string ServiceOf(string project) => System.Text.RegularExpressions.Regex.Replace(project, "(?<=[a-z])(?=[A-Z])", "-").ToLowerInvariant();

    private static JsonNode PropertiesOf(string project, params string[] names)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["msbuild", Path.Combine(PublishedSuite.Repository, project), "-getProperty:" + string.Join(',', names)])
        {
            RedirectStandardOutput = true,
        })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return JsonNode.Parse(output)!["Properties"]!;
    }
}
