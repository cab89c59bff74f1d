using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Primitives;
using Zakenak.Gateway.Edge;

namespace Zakenak.Services.Tests.Gateway.Edge;

public sealed class ForwardedAddressTests
{
    private static readonly string[] _proxies = ["10.0.0.0/8", "fd00::/8"];

    private static readonly GuardOptions _for = new() { TrustedProxies = _proxies };
    private static readonly GuardOptions _forwarded = new() { TrustedProxies = _proxies, ForwardedBy = ForwardedBy.Forwarded };

    private static string Find(GuardOptions options, string peer, params string[] lines) =>
        ForwardedAddress.Find(IPAddress.Parse(peer), new StringValues(lines), options).ToString();

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9", "198.51.100.1")] // not from a proxy: whatever it says
    [InlineData("10.0.0.1", "10.0.0.1")] // the proxy itself, as a health check does
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("10.0.0.1", "198.51.100.1", "127.0.0.1, 10.9.9.9, 198.51.100.1")] // what stands left of it is the client's own
    [InlineData("10.0.0.1", "198.51.100.1", "6.6.6.6", "7.7.7.7, 198.51.100.1 ,10.0.0.2")]
    [InlineData("10.0.0.1", "198.51.100.1", "6.6.6.6,198.51.100.1:4711", "10.0.0.2,fd00::1")]
    [InlineData("::ffff:10.0.0.1", "2001:db8::1", "[2001:db8::1]:80")]
    [InlineData("10.0.0.1", "2001:db8::1", "2001:db8::1")]
    [InlineData("10.0.0.1", "10.0.0.2", "198.51.100.1, nonsense, 10.0.0.2")] // nobody trusts over a hop that can't be read
    [InlineData("10.0.0.1", "10.0.0.1", "198.51.100.1, 1")]
    [InlineData("10.0.0.1", "10.0.0.1", "198.51.100.1, 0x7f000001")]
    [InlineData("10.0.0.1", "10.0.0.1", "198.51.100.1, 010.1.1.1")]
    [InlineData("10.0.0.1", "10.0.0.1", "198.51.100.1, ")]
    [InlineData("10.0.0.1", "10.0.0.1", "unknown")]
    [InlineData("10.0.0.1", "10.3.2.1", "10.3.2.1")] // all are proxies: the farthest
    public void The_client_is_the_right_most_address_that_is_no_trusted_proxys(string peer, string client, params string[] lines) =>
        Assert.Equal(client, Find(_for, peer, lines));

    [Theory]
    [InlineData("198.51.100.1", "for=198.51.100.1")]
    [InlineData("198.51.100.1", "for=6.6.6.6, proto=https;For=\"198.51.100.1:80\";by=10.0.0.9", "for=10.0.0.2")]
    [InlineData("2001:db8::1", "for=\"[2001:db8::1]:4711\"")]
    [InlineData("198.51.100.1", "for=\"6.6.6.6,7.7.7.7\", for=198.51.100.1")] // a comma within quotes separates nothing
    [InlineData("10.0.0.1", "for=198.51.100.1, for=_hidden")]
    [InlineData("10.0.0.1", "for=198.51.100.1, by=10.0.0.9")]
    [InlineData("10.0.0.1", "for=198.51.100.1, for=\"")]
    public void Of_Forwarded_too(string client, params string[] lines) => Assert.Equal(client, Find(_forwarded, "10.0.0.1", lines));

    [Fact]
    public void Whatever_a_client_sends_its_address_stays_what_the_proxy_saw() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<string[]>().Filter(a => a.All(s => s is not null && !s.Contains('"', StringComparison.Ordinal))),
            sent => Find(_for, "10.0.0.1", [.. sent, "198.51.100.1"]) == "198.51.100.1"
                && Find(_forwarded, "10.0.0.1", [.. sent, "for=198.51.100.1"]) == "198.51.100.1"
                && Find(_for, "10.0.0.1", [string.Join(',', [.. sent, "198.51.100.1"])]) == "198.51.100.1").QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_read_without_harm() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => Find(_for, "10.0.0.1", text ?? "") is not null && Find(_forwarded, "10.0.0.1", text ?? "") is not null)
            .QuickCheckThrowOnFailure();
}
