using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>How a request to change a version ended.</summary>
/// <param name="Document">The version now; null where it was refused.</param>
/// <param name="Changed">False where it was so already.</param>
internal sealed record ChangeResult(VersionDocument? Document, bool Changed, Refusal? Refusal);
