using FsCheck;
using FsCheck.Fluent;
using Zakenak.Contracts;

namespace Zakenak.Services.Tests.Gateway;

public class LoadReportTests
{
    [Fact]
    public void What_is_written_is_read() => Prop.ForAll(
        (from running in Gen.Choose(0, 1_000_000)
         from queued in Gen.Choose(0, 1_000_000)
         from slots in Gen.Choose(1, 1_000_000)
         from kv in Gen.Choose(0, 1000)
         select new LoadReport(running, queued, slots, kv)).ToArbitrary(),
        report => LoadReport.TryParse(report.ToString(), out var read) && read == report).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("slots=24,kv=0,later=1.5,running=1 ,queued=2", true)]
    [InlineData("", false)]
    [InlineData("running=1, queued=2, slots=24", false)]
    [InlineData("running=1, queued=2, slots=0, kv=1", false)]
    [InlineData("running=1, queued=2, slots=24, kv=1001", false)]
    [InlineData("running=-1, queued=2, slots=24, kv=1", false)]
    [InlineData("running=9999999, queued=2, slots=24, kv=1", false)]
    [InlineData("running=1, queued=2, slots=24, kv=1, =", false)]
    public void What_is_no_report_is_none(string text, bool isOne) => Assert.Equal(isOne, LoadReport.TryParse(text, out _));

    [Fact]
    public void No_text_breaks_the_reader() => Prop.ForAll<string?>(text => !LoadReport.TryParse(text, out var read) || read.Slots > 0).QuickCheckThrowOnFailure();
}
