namespace Zakenak.ServiceDefaults;

/// <summary>Options that are bound to a section; several may share one.</summary>
internal sealed record DescribedSection(string Section, Type Options);
