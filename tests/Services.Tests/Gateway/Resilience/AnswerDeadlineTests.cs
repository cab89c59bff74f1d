using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Resilience;

namespace Zakenak.Services.Tests.Gateway;

public sealed class AnswerDeadlineTests : IDisposable
{
    private readonly HandTimer _time = new();
    private readonly AnswerDeadline _deadline;

    public AnswerDeadlineTests() => _deadline = new AnswerDeadline(_time, startedAt: 0, TimeSpan.FromHours(1), CancellationToken.None);

    public void Dispose() => _deadline.Dispose();

    [Fact]
    public void A_stream_whose_events_come_in_time_sets_its_timer_once_for_many_and_is_cut_when_they_stop()
    {
        _deadline.Allow(TimeSpan.FromMinutes(2));
        for (var i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _deadline.Allow(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(1, _time.Sets);
        _time.AdvanceAndRing(TimeSpan.FromSeconds(60));
        Assert.False(_deadline.Token.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromSeconds(60), _time.Due);
        _time.AdvanceAndRing(TimeSpan.FromSeconds(60));
        Assert.True(_deadline.Token.IsCancellationRequested);
        Assert.Equal((BackendFaults.Silent, false), (_deadline.Reason, _deadline.IsOver));
    }

    [Fact]
    public void A_step_that_may_take_less_than_the_one_before_is_cut_when_it_is_due()
    {
        _deadline.Allow(TimeSpan.FromMinutes(10));
        _deadline.Allow(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(1), _time.Due);
        _time.AdvanceAndRing(TimeSpan.FromSeconds(1));
        Assert.True(_deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void No_step_goes_beyond_the_requests_own_end()
    {
        _time.Advance(TimeSpan.FromMinutes(59));
        _deadline.Allow(TimeSpan.FromMinutes(2));
        Assert.Equal(TimeSpan.FromMinutes(1), _time.Due);
        _time.AdvanceAndRing(TimeSpan.FromMinutes(1));
        Assert.Equal((BackendFaults.Overdue, true), (_deadline.Reason, _deadline.IsOver));
    }

    [Fact]
    public void A_timer_that_rings_while_the_clock_stands_still_is_believed()
    {
        _deadline.Allow(TimeSpan.FromSeconds(1));
        _time.Ring();
        Assert.True(_deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_timer_that_rings_after_the_end_cuts_nothing()
    {
        _deadline.Allow(TimeSpan.FromSeconds(1));
        var token = _deadline.Token;
        _deadline.Dispose();
        _time.AdvanceAndRing(TimeSpan.FromSeconds(2));
        Assert.False(token.IsCancellationRequested);
    }

    /// <summary>A clock with one timer, both moved by hand.</summary>
    private sealed class HandTimer : TimeProvider, ITimer
    {
        private long _ticks;
        private Action _ring = () => { };

        public int Sets { get; private set; }

        public TimeSpan Due { get; private set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            Change(dueTime, period);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            (Due, Sets) = (dueTime, Sets + 1);
            return true;
        }

        public void Advance(TimeSpan span) => _ticks += span.Ticks;

        public void Ring() => _ring();

        public void AdvanceAndRing(TimeSpan span)
        {
            Advance(span);
            Ring();
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
