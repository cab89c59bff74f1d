using System.Net;
using System.Net.Http.Headers;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

public sealed partial class RegistryClient
{
    /// <summary>Reads one piece of a blob; a broken connection is taken up again behind the last byte that came, for as long as there is patience.</summary>
    /// <param name="digest"><c>sha256:HEX</c>.</param>
    /// <param name="offset">Where the piece begins.</param>
    /// <param name="piece">Filled wholly.</param>
    /// <param name="meter">Told the bytes that came.</param>
    /// <param name="patience">Ends the reading.</param>
    internal async Task<Refusal?> ReadBlobAsync(string digest, long offset, Memory<byte> piece, TransferMeter meter, Patience patience)
    {
        var filled = 0;
        var failures = 0;
        Refusal? problem = null;
        while (filled < piece.Length)
        {
            try
            {
                if (failures > 0)
                {
                    await Task.Delay(Backoff.After(failures), _time, patience.Token).ConfigureAwait(false);
                }

                using var request = new HttpRequestMessage(HttpMethod.Get, "v1/blobs/" + digest);
                request.Headers.Range = new RangeHeaderValue(offset + filled, offset + piece.Length - 1);
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
                if (response.StatusCode != HttpStatusCode.PartialContent)
                {
                    problem = response.IsSuccessStatusCode
                        ? RegistryProblem.Malformed("it sends whole files where a range was asked for")
                        : await RegistryProblem.ReadAsync(response, patience.Token).ConfigureAwait(false);
                    if (!RegistryProblem.IsTransient(response.StatusCode))
                    {
                        return problem;
                    }

                    failures++;
                    continue;
                }

                if (response.Content.Headers.ContentRange?.From != offset + filled)
                {
                    return RegistryProblem.Malformed("it sends another range than was asked for");
                }

                using var body = await response.Content.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
                int read;
                while (filled < piece.Length && (read = await body.ReadAsync(piece[filled..], patience.Token).ConfigureAwait(false)) > 0)
                {
                    filled += read;
                    failures = 0;
                    meter.Cross(read);
                }

                failures++; // counts only where the answer ended early
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                failures++;
                problem = RegistryProblem.Unreachable(_http.BaseAddress, e);
            }
            catch (OperationCanceledException) when (patience.IsLost)
            {
                return RegistryProblem.Stalled(patience, problem);
            }
        }

        return null;
    }
}
