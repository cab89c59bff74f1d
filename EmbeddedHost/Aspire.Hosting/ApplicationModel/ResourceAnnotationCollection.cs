using System.Collections.Immutable;
using System.Collections.ObjectModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Marks what may be attached to a resource.</summary>
public interface IResourceAnnotation;

/// <summary>What happens when an annotation of the same type is already there.</summary>
public enum ResourceAnnotationMutationBehavior
{
    Append,
    Replace,
}

/// <summary>A resource's annotations. Reading is safe while another thread adds: readers see a snapshot.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>
{
    public ResourceAnnotationCollection()
        : base(new SnapshotList())
    {
    }

    private sealed class SnapshotList : IList<IResourceAnnotation>
    {
        private ImmutableList<IResourceAnnotation> _items = [];

        public int Count => _items.Count;

        public bool IsReadOnly => false;

        public IResourceAnnotation this[int index]
        {
            get => _items[index];
            set => Change(items => items.SetItem(index, value));
        }

        public void Add(IResourceAnnotation item) => Change(items => items.Add(item));

        public void Clear() => Change(items => items.Clear());

        public bool Contains(IResourceAnnotation item) => _items.Contains(item);

        public void CopyTo(IResourceAnnotation[] array, int arrayIndex) => _items.CopyTo(array, arrayIndex);

        public IEnumerator<IResourceAnnotation> GetEnumerator() => _items.GetEnumerator();

        public int IndexOf(IResourceAnnotation item) => _items.IndexOf(item);

        // Collection<T>.Add reads Count and then inserts there; a racing removal must not turn that into an exception.
        public void Insert(int index, IResourceAnnotation item) => Change(items => items.Insert(Math.Min(index, items.Count), item));

        public bool Remove(IResourceAnnotation item)
        {
            var before = _items;
            Change(items => items.Remove(item));
            return before.Contains(item);
        }

        public void RemoveAt(int index) => Change(items => items.RemoveAt(index));

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        private void Change(Func<ImmutableList<IResourceAnnotation>, ImmutableList<IResourceAnnotation>> change) =>
            ImmutableInterlocked.Update(ref _items, change);
    }
}
