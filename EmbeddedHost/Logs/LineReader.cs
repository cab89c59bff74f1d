using System.Buffers;
using System.Text;

namespace EmbeddedHost.Logs;

/// <summary>Reads lines of bounded length from a process. What is too long is cut and says so; a process that never ends a line costs no memory.</summary>
internal static class LineReader
{
    public static async Task ReadAsync(Stream stream, int maxCharacters, Action<string> onLine)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(16 * 1024);
        var characters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        var decoder = Encoding.UTF8.GetDecoder();
        var line = new StringBuilder();
        long dropped = 0;
        try
        {
            int read;
            while ((read = await stream.ReadAsync(bytes).ConfigureAwait(false)) > 0)
            {
                var count = decoder.GetChars(bytes, 0, read, characters, 0);
                var rest = characters.AsSpan(0, count);
                int end;
                while ((end = rest.IndexOf('\n')) >= 0)
                {
                    Append(rest[..end]);
                    Flush();
                    rest = rest[(end + 1)..];
                }

                Append(rest);
            }

            if (line.Length > 0 || dropped > 0)
                Flush();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        void Append(ReadOnlySpan<char> text)
        {
            var fits = Math.Min(text.Length, maxCharacters - line.Length);
            line.Append(text[..fits]);
            dropped += text.Length - fits;
        }

        void Flush()
        {
            if (line.Length > 0 && line[^1] == '\r')
                line.Length--;
            if (dropped > 0)
                line.Append(System.Globalization.CultureInfo.InvariantCulture, $"… [{dropped} more characters]");
            onLine(line.ToString());
            line.Clear();
            dropped = 0;
        }
    }
}
