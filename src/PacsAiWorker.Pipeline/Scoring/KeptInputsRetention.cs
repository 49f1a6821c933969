using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PacsAiWorker.Pipeline.Scoring;

/// <summary>Once a day, takes away the pictures of scores that are older than the site audits.</summary>
public sealed class KeptInputsRetention(KeptInputs inputs, InferenceOptions options, TimeProvider clock, ILogger<KeptInputsRetention> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (options.KeepInputsDays > 0)
        {
            await Task.Delay(Every, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }

            try
            {
                PipelineLog.InputsPurged(log, inputs.Purge(clock.GetUtcNow().UtcDateTime - TimeSpan.FromDays(options.KeepInputsDays)), options.KeepInputsDays);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                PipelineLog.InputNotKept(log, error.GetType().Name, error.Message);
            }
        }
    }
}
