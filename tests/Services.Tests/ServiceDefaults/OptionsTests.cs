using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class OptionsTests
{
    [Theory]
    [InlineData("Listen:TrafficPort", "70000", "Listen:TrafficPort:")]
    [InlineData("Listen:TrafficPort", "s3cret", "Listen:TrafficPort: not a value of the expected type (Int32)")]
    [InlineData("Listen:Address", "localhost", "Listen:Address:")]
    [InlineData("Service:Namespace", "Dev!", "Service:Namespace:")]
    [InlineData("Identity:TrustDomain", "UPPER", "Identity:TrustDomain:")]
    [InlineData("Identity:CertAuthorityUrl", "http://127.0.0.1:1", "Identity:CertAuthorityUrl:")]
    [InlineData("Identity:TokenFile", "", "Identity:TokenFile:")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address", "OTEL_EXPORTER_OTLP_ENDPOINT:")]
    public async Task A_wrong_value_stops_the_start_and_names_the_key_but_not_the_value(string key, string value, string expected)
    {
        var identity = new TestTrustDomain().CreateIdentity(ServiceNames.ModelServer);
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() =>
            EchoService.StartAsync(identity, b => b.Configuration.AddInMemoryCollection([new(key, value)])));
        Assert.Contains(expected, e.Message);
        Assert.DoesNotContain("s3cret", e.Message);
    }

    [Fact]
    public void Secrets_come_from_files_of_a_folder()
    {
        var folder = Directory.CreateTempSubdirectory("zakenak-secrets-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "Listen__TrafficPort"), "1234\n");
            File.WriteAllText(Path.Combine(folder.FullName, "..data"), "ignored");
            var builder = WebApplication.CreateSlimBuilder([$"--Service:SecretsDirectory={folder.FullName}", "--Listen:TrafficPort=1"]);
            builder.AddServiceDefaults(ServiceNames.Gateway);
            using var services = builder.Services.BuildServiceProvider();
            Assert.Equal(1234, services.GetRequiredService<IOptions<ListenerOptions>>().Value.TrafficPort);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_missing_folder_of_secrets_is_fine()
    {
        var builder = WebApplication.CreateSlimBuilder(["--Service:SecretsDirectory=/nowhere/at/all"]);
        builder.AddServiceDefaults(ServiceNames.Gateway);
        using var services = builder.Services.BuildServiceProvider();
        Assert.Equal("dev", services.GetRequiredService<ServiceContext>().Namespace);
    }
}
