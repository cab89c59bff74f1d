using System.Collections;
using Aspire.Hosting.Kubernetes.Resources;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.EventEmitters;
using YamlDotNet.Serialization.NamingConventions;
using YamlDotNet.Serialization.ObjectGraphVisitors;

namespace EmbeddedHost.Publishing.Kubernetes;

/// <summary>Objects as YAML, the way Aspire's Kubernetes publisher writes them: text values quoted, nothing that is empty.</summary>
internal static class KubernetesYaml
{
    // A serializer keeps state while it writes.
    public static string Write(object value) => new SerializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .WithTypeConverter(new Int32OrStringConverter())
        .WithEventEmitter(next => new QuotedText(next))
        .WithEmissionPhaseObjectGraphVisitor(visitors => new NothingEmpty(visitors.InnerVisitor))
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull)
        .WithNewLine("\n")
        .WithIndentedSequences()
        .Build()
        .Serialize(value);

    private sealed class NothingEmpty(IObjectGraphVisitor<IEmitter> next) : ChainedObjectGraphVisitor(next)
    {
        public override bool EnterMapping(IPropertyDescriptor key, IObjectDescriptor value, IEmitter context, ObjectSerializer serializer) =>
            value.Value is not null && (value.Value is not IEnumerable items || items.Cast<object>().Any()) && base.EnterMapping(key, value, context, serializer);
    }

    private sealed class Int32OrStringConverter : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(Int32OrStringV1);

        public object ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer) => throw new NotSupportedException("Only written, never read.");

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) =>
            serializer(value is Int32OrStringV1 { Number: { } number } ? number : value?.ToString() ?? string.Empty);
    }

    // Keys stay as they are; every text value is quoted unless Helm makes a number or a branch of it.
    private sealed class QuotedText(IEventEmitter next) : ChainedEventEmitter(next)
    {
        private readonly Stack<(bool IsMapping, int Count)> _open = new();

        public override void Emit(ScalarEventInfo eventInfo, IEmitter emitter)
        {
            var isKey = _open.TryPeek(out var open) && open.IsMapping && open.Count % 2 == 0;
            Count();
            if (!isKey && eventInfo.Source.Value is string text && eventInfo.Source.Type == typeof(string))
                eventInfo = new(eventInfo.Source) { Style = HelmNames.IsPlain(text) ? ScalarStyle.ForcePlain : ScalarStyle.DoubleQuoted };

            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingStartEventInfo eventInfo, IEmitter emitter)
        {
            Count();
            _open.Push((true, 0));
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(MappingEndEventInfo eventInfo, IEmitter emitter)
        {
            _open.Pop();
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceStartEventInfo eventInfo, IEmitter emitter)
        {
            Count();
            _open.Push((false, 0));
            base.Emit(eventInfo, emitter);
        }

        public override void Emit(SequenceEndEventInfo eventInfo, IEmitter emitter)
        {
            _open.Pop();
            base.Emit(eventInfo, emitter);
        }

        private void Count()
        {
            if (_open.TryPop(out var open))
                _open.Push((open.IsMapping, open.Count + 1));
        }
    }
}
