namespace Zakenak.Services.Tests.ModelRegistry;

public sealed class FileRegistryTests : RegistrySuite
{
    private protected override Task<Dictionary<string, string?>> SettingsAsync() => Task.FromResult(new Dictionary<string, string?>());
}
