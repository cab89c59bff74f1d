using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery.Pulling;

/// <summary><c>fetched.json</c>, the last thing that a pull writes: a folder without it is unfinished. It proves nothing else; signatures do.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Version"><c>v1</c>, <c>v2</c>, …</param>
/// <param name="Digest">Model digest, <c>sha256:HEX</c>.</param>
/// <param name="FetchedAt">When its files were whole.</param>
/// <param name="RegistryConfirmedAt">When the registry last gave the document.</param>
public sealed record FetchedModel(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("fetched_at")] DateTimeOffset FetchedAt,
    [property: JsonPropertyName("registry_confirmed_at")] DateTimeOffset RegistryConfirmedAt)
{
    public const string FileName = "fetched.json";

    internal const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const int MaxBytes = 16 * 1024;
    private static readonly JsonSerializerOptions Json = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, WriteIndented = true };

    /// <summary>What lies in a folder; <c>fetch_incomplete</c> where no pull has finished there.</summary>
    public static Result<FetchedModel> Read(string destination)
    {
        var path = Path.Combine(destination, FileName);
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= MaxBytes } && JsonSerializer.Deserialize<FetchedModel>(File.ReadAllBytes(path), Json) is { } fetched
                ? fetched
                : Incomplete(destination, "it has no " + FileName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return Incomplete(destination, $"its {FileName} can't be read ({e.GetType().Name})");
        }
    }

    /// <summary>Writes the file, at once or not at all.</summary>
    public Refusal? Write(string destination) =>
        AtomicFile.Write(Path.Combine(destination, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json), AtomicFile.Public);

    /// <summary>Writes <c>attestations/NNN.json</c>, for reading only: these and no others. Stopped halfway it leaves some of before, which prove themselves too.</summary>
    public static Refusal? WriteAttestations(string destination, byte[][] envelopes)
    {
        ArgumentNullException.ThrowIfNull(envelopes);
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(destination, "attestations"));
            var names = envelopes.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1:D3}.json")).ToList();
            foreach (var (envelope, name) in envelopes.Zip(names))
            {
                if (AtomicFile.Write(Path.Combine(folder.FullName, name), envelope, ReadOnly) is { } refusal)
                {
                    return refusal;
                }
            }

            foreach (var stale in folder.GetFiles("*.json").Where(file => !names.Contains(file.Name)))
            {
                stale.Delete();
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.WriteFailed, $"The attestations in {destination} can't be written: {e.Message}");
        }
    }

    private static Refusal Incomplete(string destination, string why) => new(
        RefusalCodes.FetchIncomplete, $"{destination} is no folder that a pull finished: {why}. Run the pull again; it goes on where it stopped.");
}
