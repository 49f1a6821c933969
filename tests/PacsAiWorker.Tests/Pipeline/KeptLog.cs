using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace PacsAiWorker.Tests.Pipeline;

/// <summary>Keeps what is logged, with the numbers of the events.</summary>
internal sealed class KeptLog<T> : ILogger<T>
{
    private readonly ConcurrentQueue<(int Number, string Text)> _lines = [];

    public IReadOnlyList<string> Of(int number) => [.. _lines.Where(l => l.Number == number).Select(l => l.Text)];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((eventId.Id, formatter(state, exception)));
}
