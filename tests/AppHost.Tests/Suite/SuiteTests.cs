namespace Zakenak.AppHost.Tests.Suite;

/// <summary>Everything that starts the suite, one test at a time: it takes every core there is.</summary>
[CollectionDefinition(nameof(SuiteTests))]
public sealed class SuiteTests : ICollectionFixture<SuiteFixture>;
