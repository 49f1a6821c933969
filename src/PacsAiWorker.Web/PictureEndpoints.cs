using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using PacsAiWorker.Records;
using PacsAiWorker.Records.Queries;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web;

/// <summary>Pictures of the scan area: what a package saw, and heat maps. No raw DICOM leaves, and nothing from outside the scan area.</summary>
internal static class PictureEndpoints
{
    public static void MapPictures(this IEndpointRouteBuilder routes)
    {
        var pictures = routes.MapGroup("/pictures").RequireAuthorization(Rights.See).ExcludeFromDescription();
        pictures.MapGet("/score/{key:guid}", async (Guid key, RecordsDatabase database, IDeskSources sources, HttpContext context) =>
            Png(context, await StudyQuery.PictureOfAsync(database, key, context.RequestAborted) is { } place ? sources.Picture(place) : null));
        pictures.MapGet("/heat-map/{key:guid}", async (Guid key, RecordsDatabase database, HttpContext context) =>
            Png(context, await StudyQuery.HeatMapAsync(database, key, context.RequestAborted)));
    }

    private static IResult Png(HttpContext context, byte[]? picture)
    {
        if (picture is null)
        {
            return Results.NotFound();
        }

        // The browser of this reader alone may keep it: it never changes under its key.
        context.Response.Headers.CacheControl = "private, max-age=3600";
        return Results.Bytes(picture, "image/png", entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(picture))[..32]}\""));
    }
}
