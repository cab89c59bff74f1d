using Zakenak.Gateway.Requests;

namespace Zakenak.Services.Tests.Gateway;

public class InferenceRequestTests
{
    [Fact]
    public void What_steps_took_is_given_back_once_the_last_first_though_one_of_them_fails()
    {
        var request = new InferenceRequest("req_1", api: null, startedAt: 0);
        var done = new List<int>();
        request.AtEnd(_ => done.Add(1));
        request.AtEnd(_ =>
        {
            done.Add(2);
            throw new InvalidOperationException("It broke.");
        });
        request.AtEnd(_ => done.Add(3));
        Assert.Throws<InvalidOperationException>(() => request.End());
        request.End();
        Assert.Equal([3, 2, 1], done);
    }

    [Fact]
    public void What_was_taken_before_a_route_stays_when_the_route_gives_back_its_own()
    {
        var request = new InferenceRequest("req_1", api: null, startedAt: 0);
        var done = new List<string>();
        request.AtEnd(_ => done.Add("place"));
        var before = request.Ends;
        request.AtEnd(_ => done.Add("tokens"));
        request.End(before);
        Assert.Equal(["tokens"], done);
        request.End();
        Assert.Equal(["tokens", "place"], done);
    }
}
