using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

public sealed partial class RegistryClient
{
    private const string OffsetHeader = "upload-offset";
    private const string UploadsPath = "/v1/uploads/";

    /// <summary>Whether the registry holds a blob.</summary>
    public Task<Result<BlobPresence>> FindBlobAsync(string digest, CancellationToken cancellationToken = default) =>
        CallAsync(
            () => new(HttpMethod.Head, "v1/blobs/" + digest),
            isRepeatable: true,
            (_, _) => Task.FromResult<Result<BlobPresence>>(new BlobPresence(true)),
            cancellationToken,
            notFound: new BlobPresence(false));

    /// <summary>Begins the upload of a blob, or finds the one that was broken off. Asking twice is the same as asking once.</summary>
    public Task<Result<UploadState>> BeginUploadAsync(UploadRequest request, CancellationToken cancellationToken = default) =>
        CallAsync(
            () => new(HttpMethod.Post, "v1/uploads") { Content = JsonContent.Create(request) },
            isRepeatable: true,
            async (response, token) =>
            {
                var state = await ReadAsync<UploadState>(response, token).ConfigureAwait(false);

                // The bytes go where we are connected to and nowhere else, whatever the answer says.
                return state.IsSuccess && state.Value.Location?.StartsWith(UploadsPath, StringComparison.Ordinal) == false
                    ? RegistryProblem.Malformed("an upload's location is not under " + UploadsPath)
                    : state;
            },
            cancellationToken);

    /// <summary>How many bytes of an upload the registry holds.</summary>
    public Task<Result<UploadState>> GetUploadAsync(string location, CancellationToken cancellationToken = default) =>
        CallAsync(
            () => new(HttpMethod.Head, location),
            isRepeatable: true,
            (response, _) => Task.FromResult<Result<UploadState>>(
                OffsetOf(response) is { } offset ? new UploadState(location, offset) : RegistryProblem.Malformed("it lacks " + OffsetHeader)),
            cancellationToken,
            notFound: new Refusal(RefusalCodes.UploadNotFound, "The registry no longer knows this upload. Push again."));

    /// <summary>Gives an upload up; the registry forgets its bytes.</summary>
    public async Task<Refusal?> CancelUploadAsync(string location, CancellationToken cancellationToken = default) =>
        (await CallAsync<object>(
            () => new(HttpMethod.Delete, location), isRepeatable: true, (_, _) => Task.FromResult<Result<object>>(Done), cancellationToken).ConfigureAwait(false)).Refusal;

    /// <summary>Sends the next bytes of an upload, once. A broken connection is <c>registry_unreachable</c>: ask for the offset, then go on from there.</summary>
    /// <returns>The offset reached, with no location where the blob is complete.</returns>
    internal async Task<Result<UploadState>> AppendAsync(string location, long offset, FileSlice content, Patience patience)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = content };
            request.Headers.Add(OffsetHeader, offset.ToString(CultureInfo.InvariantCulture));
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.Created => new UploadState(null, offset + content.Count),
                HttpStatusCode.NoContent or HttpStatusCode.Conflict when OffsetOf(response) is { } now => new UploadState(location, now),
                _ when response.IsSuccessStatusCode => RegistryProblem.Malformed("it lacks " + OffsetHeader),
                var status when RegistryProblem.IsTransient(status) =>
                    new Refusal(RefusalCodes.RegistryUnreachable, (await RegistryProblem.ReadAsync(response, patience.Token).ConfigureAwait(false)).Message),
                _ => await RegistryProblem.ReadAsync(response, patience.Token).ConfigureAwait(false),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return content.Problem ?? RegistryProblem.Unreachable(_http.BaseAddress, e);
        }
    }

    private static long? OffsetOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(OffsetHeader, out var values)
        && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : null;
}
