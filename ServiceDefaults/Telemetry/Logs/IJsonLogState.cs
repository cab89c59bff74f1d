using System.Text.Json;

namespace Zakenak.ServiceDefaults;

/// <summary>What is logged so often that its line is written without strings and boxes on the way. Says the very same as its values and its text do.</summary>
public interface IJsonLogState
{
    /// <summary>Writes the message as a JSON string, under this name.</summary>
    void WriteMessage(Utf8JsonWriter json, JsonEncodedText name);

    /// <summary>Writes the values, each as a member of the object that is open.</summary>
    void WriteValues(Utf8JsonWriter json);
}
