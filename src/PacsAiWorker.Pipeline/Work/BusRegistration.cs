using System.Net.Security;
using System.Security.Authentication;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace PacsAiWorker.Pipeline.Work;

/// <summary>MassTransit 8.4.0 as the carrier of wake-ups: in memory, or RabbitMQ with quorum queues, confirms and dead letters.</summary>
public static class BusRegistration
{
    /// <param name="kinds">Kinds this process works on: only their queues are declared and consumed here.</param>
    public static IServiceCollection AddWakeUpBus(this IServiceCollection services, MessagingOptions options, IReadOnlyList<string> kinds)
    {
        services.AddMassTransit(bus =>
        {
            bus.AddConsumer<WakeUpConsumer>();
            if (options.IsRabbitMq)
            {
                bus.UsingRabbitMq((context, cfg) => ConfigureRabbitMq(context, cfg, options, kinds));
            }
            else
            {
                bus.UsingInMemory((context, cfg) =>
                {
                    foreach (var queue in kinds.SelectMany(BusQueues.Of))
                    {
                        cfg.ReceiveEndpoint(queue, e => e.ConfigureConsumer<WakeUpConsumer>(context));
                    }
                });
            }
        });
        services.Configure<MassTransitHostOptions>(o =>
        {
            // The broker may be away when we start: receiving must not wait for it.
            o.WaitUntilStarted = false;
            o.StopTimeout = TimeSpan.FromSeconds(10);
        });
        return services;
    }

    private static void ConfigureRabbitMq(IBusRegistrationContext context, IRabbitMqBusFactoryConfigurator cfg, MessagingOptions options, IReadOnlyList<string> kinds)
    {
        var uri = new Uri(options.Uri);
        var tls = uri.Scheme == "amqps";
        var (user, password) = Credentials(uri);
        cfg.Host(uri.Host, (ushort)(uri.IsDefaultPort || uri.Port < 0 ? (tls ? 5671 : 5672) : uri.Port), uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : "/", host =>
        {
            host.Username(user);
            host.Password(password);
            host.PublisherConfirmation = true;
            host.Heartbeat(TimeSpan.FromSeconds(10));
            host.RequestedConnectionTimeout(3000);
            host.ContinuationTimeout(TimeSpan.FromSeconds(10));
            if (tls)
            {
                host.UseSsl(ssl =>
                {
                    ssl.ServerName = uri.Host;
                    ssl.Protocol = SslProtocols.Tls12 | SslProtocols.Tls13;

                    // Without this call 8.4.0 accepts any certificate chain.
                    ssl.EnforcePolicyErrors(SslPolicyErrors.RemoteCertificateChainErrors);
                });
            }
        });

        foreach (var queue in kinds.SelectMany(BusQueues.Of))
        {
            cfg.ReceiveEndpoint(queue, e =>
            {
                e.ConfigureConsumeTopology = false;
                e.SetQuorumQueue(options.Replicas);
                e.SetQueueArgument("x-delivery-limit", options.DeliveryLimit);

                // A place for wake-ups that nobody could take; nothing consumes it, depth above 0 is an alarm.
                e.BindDeadLetterQueue(BusQueues.DeadLetters, BusQueues.DeadLetters, dead =>
                {
                    dead.SetQueueArgument("x-queue-type", "quorum");
                    dead.SetQueueArgument("x-quorum-initial-group-size", options.Replicas);
                });
                e.SetQueueArgument("x-dead-letter-strategy", "at-least-once");
                e.SetQueueArgument("x-overflow", "reject-publish");
                e.PrefetchCount = 16;
                e.ConcurrentMessageLimit = 8;
                e.ConfigureConsumer<WakeUpConsumer>(context);
            });
        }
    }

    private static (string User, string Password) Credentials(Uri uri)
    {
        var parts = uri.UserInfo.Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
