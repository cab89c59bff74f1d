using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace Zakenak.ServiceDefaults;

/// <summary>Reads from a class of options which keys it binds.</summary>
internal static class OptionReader
{
    private static readonly HashSet<Type> _numbers = [typeof(float), typeof(double), typeof(decimal)];
    private static readonly HashSet<Type> _integers = [typeof(int), typeof(long), typeof(uint), typeof(ulong), typeof(short), typeof(ushort), typeof(byte)];

    public static IEnumerable<ServiceSetting> Read(DescribedSection section) =>
        Read(section.Section, section.Options, Activator.CreateInstance(section.Options, nonPublic: true), Summaries.Of(section.Options.Assembly));

    private static IEnumerable<ServiceSetting> Read(string prefix, Type type, object? defaults, Summaries summaries) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(IsBound).SelectMany(p => Read(prefix, p, defaults, summaries));

    // What the binder fills: what can be set, and collections that can be added to.
    private static bool IsBound(PropertyInfo property) =>
        property.SetMethod is { IsPublic: true }
        || (property.PropertyType.IsGenericType && property.PropertyType != typeof(string) && property.PropertyType.GetInterfaces().Append(property.PropertyType)
            .Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICollection<>)));

    private static IEnumerable<ServiceSetting> Read(string prefix, PropertyInfo property, object? defaults, Summaries summaries)
    {
        var (suffix, type) = Unwrap(property.PropertyType);
        var (key, value) = ($"{prefix}:{property.Name}{suffix}", defaults is null ? null : property.GetValue(defaults));
        return NameOf(type) is not { } name
            ? Read(key, type, suffix.Length == 0 ? value : null, summaries)
            : [new ServiceSetting(key, name, property.IsDefined(typeof(RequiredAttribute)))
            {
                Default = TextOf(value),
                Mount = property.GetCustomAttribute<MountAttribute>()?.Kind,
                Summary = summaries.Of(property),
            }];
    }

    private static (string Suffix, Type Type) Unwrap(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Unwrap(value);
        }

        if (type == typeof(string) || !type.IsAssignableTo(typeof(IEnumerable)))
        {
            return ("", type);
        }

        var isMap = type.GetInterfaces().Append(type).Any(i => i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(IDictionary<,>) || i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)));
        var (suffix, element) = Unwrap(type.IsArray ? type.GetElementType()! : type.GetGenericArguments()[^1]);
        return ((isMap ? ":*" : ":0") + suffix, element);
    }

    /// <summary>Null for options within options.</summary>
    private static string? NameOf(Type type) =>
        type == typeof(bool) ? "boolean"
        : type == typeof(TimeSpan) ? "duration"
        : type == typeof(Uri) ? "address"
        : _integers.Contains(type) ? "integer"
        : _numbers.Contains(type) ? "number"
        : type.IsEnum ? string.Join('|', Enum.GetNames(type))
        : type == typeof(string) || type.IsValueType ? "text"
        : null;

    private static string? TextOf(object? value) => value switch
    {
        null => null,
        string { Length: 0 } => null,
        string text => text,
        IEnumerable => null,
        bool flag => flag ? "true" : "false",
        _ => string.Format(CultureInfo.InvariantCulture, "{0}", value),
    };
}
