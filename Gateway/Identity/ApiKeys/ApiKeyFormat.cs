using Zakenak.Gateway.State;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>Keys in the database: written as in the file.</summary>
internal sealed class ApiKeyFormat : IStateFormat<ApiKeyFile>
{
    public ApiKeyFile Empty => ApiKeyFile.Empty;

    public ApiKeyFile Read(ReadOnlySpan<byte> content) => ApiKeyFile.Read(content, "What the database has");

    public byte[] Write(ApiKeyFile value) => value.Write();
}
