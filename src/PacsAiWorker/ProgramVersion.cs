using System.Reflection;

namespace PacsAiWorker;

/// <summary>Version of the product as built.</summary>
public static class ProgramVersion
{
    /// <summary>For example <c>0.1.0</c>, without the source revision.</summary>
    public static string Text { get; } = (typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
