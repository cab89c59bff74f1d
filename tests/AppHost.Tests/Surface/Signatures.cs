using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Zakenak.AppHost.Tests.Surface;

/// <summary>Writes public members as text, one line each, with everything that a caller's source can depend on.</summary>
internal static class Signatures
{
    private static readonly Dictionary<Type, string> _keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(bool)] = "bool",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
    };

    private const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) => assembly.GetExportedTypes().SelectMany(Of);

    public static IEnumerable<string> Of(Type type)
    {
        var name = NameOf(type);
        if (type.IsEnum)
        {
            foreach (var value in Enum.GetNames(type))
                yield return $"{name}: {value} = {Convert.ToInt64(Enum.Parse(type, value), CultureInfo.InvariantCulture)}";
            yield break;
        }

        foreach (var constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Where(constructor => constructor.IsPublic || constructor.IsFamily))
            yield return Of(constructor);
        foreach (var method in type.GetMethods(Public).Where(method => !method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal)).OrderBy(method => method.ToString(), StringComparer.Ordinal))
            yield return Of(method);
        foreach (var property in type.GetProperties(Public).Where(property => property.GetMethod?.IsPublic ?? false).OrderBy(property => property.Name, StringComparer.Ordinal))
            yield return Of(property);
        foreach (var field in type.GetFields(Public))
            yield return Of(field);
    }

    /// <summary>The line of one member; that of the property for its accessors.</summary>
    public static string Of(MemberInfo member) => NameOf(member.DeclaringType!) + ": " + member switch
    {
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo { IsSpecialName: true } accessor when PropertyOf(accessor) is { } property => Property(property),
        MethodInfo method => Method(method),
        PropertyInfo property => Property(property),
        FieldInfo field => $"{Nullable(field.FieldType, new NullabilityInfoContext().Create(field), false)} {field.Name};",
        _ => throw new NotSupportedException($"{member}"),
    };

    private static PropertyInfo? PropertyOf(MethodInfo accessor) =>
        accessor.DeclaringType!.GetProperties(Public).SingleOrDefault(property => property.GetMethod == accessor || property.SetMethod == accessor);

    private static string Property(PropertyInfo property) =>
        $"{Nullable(property.PropertyType, new NullabilityInfoContext().Create(property), false)} {property.Name} {{ get; {(property.SetMethod is { IsPublic: true } set ? IsInit(set) ? "init; " : "set; " : "")}}}";

    private static string Method(MethodInfo method)
    {
        var generics = method.IsGenericMethodDefinition ? $"<{string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name))}>" : "";
        var constraints = method.IsGenericMethodDefinition ? string.Concat(method.GetGenericArguments().Select(Constraint)) : "";
        var result = Nullable(method.ReturnType, new NullabilityInfoContext().Create(method.ReturnParameter), false);
        return $"{(method.IsStatic ? "static " : "")}{result} {method.Name}{generics}({Parameters(method)}){constraints}";
    }

    private static string Parameters(MethodBase method)
    {
        var isExtension = method.IsDefined(typeof(ExtensionAttribute));
        return string.Join(", ", method.GetParameters().Select((parameter, i) => (i == 0 && isExtension ? "this " : "") + Parameter(parameter)));
    }

    private static string Parameter(ParameterInfo parameter)
    {
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        var prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : parameter.IsOut ? "out " : parameter.IsIn ? "in " : parameter.ParameterType.IsByRef ? "ref " : "";
        return $"{prefix}{Nullable(type, new NullabilityInfoContext().Create(parameter), true)} {parameter.Name}{Default(parameter)}";
    }

    private static string Default(ParameterInfo parameter) => !parameter.HasDefaultValue ? "" : " = " + parameter.DefaultValue switch
    {
        null => parameter.ParameterType.IsValueType && System.Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        var value => value.ToString(),
    };

    private static string Constraint(Type argument)
    {
        var parts = new List<string>();
        if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            parts.Add("class");
        parts.AddRange(argument.GetGenericParameterConstraints().Select(NameOf).Order(StringComparer.Ordinal));
        if (argument.GenericParameterAttributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            parts.Add("new()");
        return parts.Count == 0 ? "" : $" where {argument.Name} : {string.Join(", ", parts)}";
    }

    private static string Nullable(Type type, NullabilityInfo info, bool write)
    {
        if (System.Nullable.GetUnderlyingType(type) is { } value)
            return NameOf(value) + "?";

        string name;
        if (type.IsArray)
            name = Nullable(type.GetElementType()!, info.ElementType!, write) + "[]";
        else if (type.IsGenericType)
            name = Generic(type, type.GetGenericArguments().Select((argument, i) => Nullable(argument, info.GenericTypeArguments[i], write)));
        else
            name = NameOf(type);

        var state = write ? info.WriteState : info.ReadState;
        return !type.IsValueType && !type.IsGenericParameter && state == NullabilityState.Nullable ? name + "?" : name;
    }

    private static string NameOf(Type type) =>
        _keywords.TryGetValue(type, out var keyword) ? keyword
        : type.IsGenericParameter ? type.Name
        : type.IsArray ? NameOf(type.GetElementType()!) + "[]"
        : System.Nullable.GetUnderlyingType(type) is { } value ? NameOf(value) + "?"
        : type.IsGenericType ? Generic(type, type.GetGenericArguments().Select(NameOf))
        : type.FullName!;

    private static string Generic(Type type, IEnumerable<string> arguments)
    {
        var name = type.GetGenericTypeDefinition().FullName!;
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", arguments)}>";
    }

    private static bool IsInit(MethodInfo set) => set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
}
