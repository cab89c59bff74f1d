using System.Net;
using Zakenak.Gateway.Edge;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.Gateway.Edge;

public sealed class AddressTableTests
{
    private static readonly IPAddress _one = IPAddress.Parse("198.51.100.1");
    private static readonly IPAddress _other = IPAddress.Parse("198.51.100.2");

    private readonly ManualTime _time = new();

    [Fact]
    public void An_address_has_so_many_requests_at_once_and_then_so_many_a_minute()
    {
        using var table = new AddressTable(_time);
        for (var i = 0; i < 60; i++)
            Assert.Equal(0, table.Enter(_one, 60, 10).Seconds);
        Assert.Equal((1.0, false), (Math.Round(table.Enter(_one, 60, 10).Seconds, 3), table.Enter(_one, 60, 10).ForRefusals));
        Assert.Equal(0, table.Enter(_other, 60, 10).Seconds);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, table.Enter(_one, 60, 10).Seconds);
        Assert.NotEqual(0, table.Enter(_one, 60, 10).Seconds);
    }

    [Fact]
    public void An_address_with_too_many_refusals_waits_and_no_longer_than_a_minute()
    {
        using var table = new AddressTable(_time);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(0, table.Enter(_one, null, 10).Seconds);
            table.Refused(_one, 10);
        }

        Assert.True(table.Enter(_one, null, 10) is { ForRefusals: true, Seconds: > 0 and <= 6 });
        Assert.Equal(0, table.Enter(_other, null, 10).Seconds);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, table.Enter(_one, null, 10).Seconds);
    }

    [Fact]
    public void A_whole_network_of_64_bits_is_one_client_of_IPv6_and_a_mapped_address_is_one_of_IPv4()
    {
        Assert.Equal(AddressKey.Of(IPAddress.Parse("2001:db8::1")), AddressKey.Of(IPAddress.Parse("2001:db8::ffff:1")));
        Assert.NotEqual(AddressKey.Of(IPAddress.Parse("2001:db8::1")), AddressKey.Of(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Equal(AddressKey.Of(_one), AddressKey.Of(_one.MapToIPv6()));
        Assert.NotEqual(AddressKey.Of(IPAddress.Parse("0.0.0.1")), AddressKey.Of(IPAddress.Parse("::1")));
    }

    [Fact]
    public void Addresses_that_do_nothing_any_more_are_forgotten_and_the_table_never_grows_past_its_bound()
    {
        using var table = new AddressTable(_time);
        Assert.True(table.TryOpen(_one, 1, out var place));
        Assert.False(table.TryOpen(_one, 1, out _));
        for (uint i = 0; i < 70_000; i++)
            Assert.Equal(0, table.Enter(new IPAddress(0x0a000000 + i), 60, 10).Seconds);
        Assert.InRange(table.Count, 60_000, 64 * 1024);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(1, table.Count);
        AddressTable.Close(place);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, table.Count);
        Assert.True(table.TryOpen(_one, 1, out _));
    }
}
