using System.Globalization;
using System.Text;
using Zakenak.Gateway.State;

namespace Zakenak.StateWriter;

/// <summary>Counts up in the file of the first argument, as the gateway keeps its state, until it is killed; prints every number that was acknowledged.</summary>
public static class Program
{
    // Long enough that a write which is cut short would show.
    private static readonly string _padding = new('x', 20_000);

    public static async Task Main(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        await using var store = new FileStateStore(args[0], TimeSpan.FromSeconds(1), TimeProvider.System);
        while (true)
        {
            var stored = await store.ReadAsync(default);
            var number = stored.Content is { } content ? int.Parse(Encoding.UTF8.GetString(content).TrimEnd('x'), CultureInfo.InvariantCulture) + 1 : 1;
            if (await store.TryWriteAsync(stored, Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture) + _padding), default))
                Console.WriteLine(number);
        }
    }
}
