using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Audit;
using PacsAiWorker.Records.Stores;
using PacsAiWorker.Records.Work;
using PacsAiWorker.Web.Accounts;
using PacsAiWorker.Web.Api;
using PacsAiWorker.Web.Live;

namespace PacsAiWorker.Web;

/// <summary>The desk as a web application: who may come in, what is served, in this order.</summary>
internal static class DeskSite
{
    private const long MostBytesAsked = 8 << 20;

    public static WebApplication Build(WebOptions options, DeskPlace place, RecordsDatabase database, IDeskSources sources, PublishedHeads heads, TimeProvider clock, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = typeof(DeskSite).Assembly.GetName().Name, ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(options.Urls);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = MostBytesAsked;
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(place);
        builder.Services.AddSingleton(sources);
        builder.Services.AddSingleton(heads);
        builder.Services.AddSingleton(clock);
        builder.Services.AddRecords(database);
        builder.Services.AddSingleton<DeskTime>();
        builder.Services.AddSingleton<ChangeFeed>();
        builder.Services.AddHostedService(s => s.GetRequiredService<ChangeFeed>());
        builder.Services.AddSignIn(options, place);
        builder.Services.AddRazorPages().AddMvcOptions(o => o.Filters.Add<HandlerRights>());
        builder.Services.AddHttpInterface();

        var site = builder.Build();
        // A program gets problem details, a person a page.
        site.UseWhen(HttpInterface.IsAsked, b => b.UseExceptionHandler().UseStatusCodePages());
        site.UseWhen(c => !HttpInterface.IsAsked(c), b => b.UseExceptionHandler("/problem").UseStatusCodePagesWithReExecute("/problem", "?code={0}"));
        site.Use(SafeHeaders);
        site.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = new ManifestEmbeddedFileProvider(typeof(DeskSite).Assembly, "ui"),
            RequestPath = "/ui",
            OnPrepareResponse = c => c.Context.Response.Headers.CacheControl = "public, max-age=3600",
        });
        site.UseRouting();
        site.UseAuthentication();
        site.UseAuthorization();
        site.MapRazorPages();
        site.MapPictures();
        site.MapLive();
        site.MapHttpInterface();
        return site;
    }

    private static void AddRecords(this IServiceCollection services, RecordsDatabase database)
    {
        services.AddSingleton(_ => database);
        services.AddSingleton<AccountStore>();
        services.AddSingleton<AuditStore>();
        services.AddSingleton<ReaderStore>();
        services.AddSingleton<StudyStore>();
        services.AddSingleton<ModelStore>();
        services.AddSingleton<OverrideStore>();
        services.AddSingleton<ExpectedStore>();
        services.AddSingleton<IdentityStore>();
        services.AddSingleton<StopStore>();
        services.AddSingleton<RecallStore>();
        services.AddSingleton<FactStore>();
        services.AddSingleton<WorkTable>();
        services.AddSingleton<WorkDesk>();
        services.AddSingleton<DestinationDesk>();
    }

    private static void AddSignIn(this IServiceCollection services, WebOptions options, DeskPlace place)
    {
        // Every replica on this data folder reads the others' cookies, and a restart signs nobody out.
        services.AddDataProtection().SetApplicationName("PacsAiWorker").PersistKeysToFileSystem(OwnerOnly.Folder(Path.Combine(place.DataDirectory, "keys")));
        services.AddSingleton<Passwords>();
        services.AddSingleton<FirstSignIn>();
        services.AddAuthentication(DeskSchemes.Any)
            .AddPolicyScheme(DeskSchemes.Any, null, o => o.ForwardDefaultSelector = c => c.Request.Headers.Authorization.Count > 0 ? DeskSchemes.ServiceKey : CookieAuthenticationDefaults.AuthenticationScheme)
            .AddScheme<Microsoft.AspNetCore.Authentication.AuthenticationSchemeOptions, ServiceKeyHandler>(DeskSchemes.ServiceKey, null)
            .AddCookie(o => DeskCookie.Configure(o, options));
        services.AddAuthorizationBuilder()
            .AddRights()
            // What names no right is closed to whoever has not signed in; a test holds that everything names one.
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    /// <summary>Nothing from elsewhere, nothing inline, in nobody's frame; pages about patients stay in no cache.</summary>
    private static Task SafeHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return next(context);
    }
}
