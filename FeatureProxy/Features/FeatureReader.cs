using Zakenak.Contracts;
using Zakenak.FeatureProxy.Store;
using Zakenak.ServiceDefaults;

namespace Zakenak.FeatureProxy.Features;

/// <summary>Decides what a grant opens, and reads it. All or nothing: one ref that is not granted refuses the request.</summary>
public sealed class FeatureReader(IFeatureStore store)
{
    private const string Any = "*";

    // The same for a view or entity outside the grant, another tenant's entity, and one that nobody has: which of them it was is nobody's to know.
    private static readonly Refusal _notGranted = new(
        StatusCodes.Status403Forbidden, "feature_not_granted", "The grant does not open a view and entity that was asked for.");

    /// <summary>One value for each ref in the order asked, or why not.</summary>
    /// <param name="grant">Already verified.</param>
    /// <param name="entity">View to entity id; has every view of the refs.</param>
    /// <param name="refs">What is asked for.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async ValueTask<(IReadOnlyList<FeatureValue>? Values, Refusal? Refusal)> ReadAsync(
        Grant grant, IReadOnlyDictionary<string, string> entity, IReadOnlyList<FeatureRef> refs, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(grant);
        ArgumentNullException.ThrowIfNull(entity);
        ArgumentNullException.ThrowIfNull(refs);
        if (refs.Any(r => !Opens(grant, r.View, entity[r.View])))
        {
            return (null, _notGranted);
        }

        // Names of features are no tenant's secret, so they come before any row: the answer says nothing about entities.
        foreach (var asked in refs)
        {
            var view = await store.FindViewAsync(asked.View, cancellationToken).ConfigureAwait(false);
            if (view is null || !view.Features.Contains(asked.Feature))
            {
                return (null, new Refusal(StatusCodes.Status400BadRequest, "feature_unknown", $"There is no feature {asked}."));
            }
        }

        var rows = new Dictionary<string, FeatureRow>(StringComparer.Ordinal);
        foreach (var view in refs.Select(r => r.View).Distinct(StringComparer.Ordinal))
        {
            // The store was asked for this tenant's row; that it is one is checked here all the same.
            var row = await store.FindRowAsync(view, grant.Tenant, entity[view], cancellationToken).ConfigureAwait(false);
            if (row is null || row.Tenant != grant.Tenant || row.View != view || row.Entity != entity[view])
            {
                return (null, _notGranted);
            }

            rows.Add(view, row);
        }

        return ([.. refs.Select(r => new FeatureValue(r.ToString(), rows[r.View].Values.GetValueOrDefault(r.Feature)))], null);
    }

    private static bool Opens(Grant grant, string view, string entity) =>
        grant.Features.Any(f => (f.View == view || f.View == Any) && (f.Entities.Contains(entity, StringComparer.Ordinal) || f.Entities.Contains(Any, StringComparer.Ordinal)));
}
