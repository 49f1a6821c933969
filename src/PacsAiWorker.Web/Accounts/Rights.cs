using System.Reflection;
using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using PacsAiWorker.Records.Rows;

namespace PacsAiWorker.Web.Accounts;

/// <summary>What an account may do. Every page, action and address names one of these.</summary>
public static class Rights
{
    /// <summary>The list, the studies, their pictures.</summary>
    public const string See = "see";

    /// <summary>Say what one thinks of a result, and that a study is read.</summary>
    public const string Answer = "answer";

    /// <summary>Move studies and work: complete, retry, discard, stop messages.</summary>
    public const string Act = "act";

    /// <summary>Ask the record, see the quality figures, stop a package.</summary>
    public const string Review = "review";

    /// <summary>Make and block accounts, declare a PACS dead.</summary>
    public const string Administer = "administer";

    /// <summary>Who has each right: one table, shown on the accounts' page.</summary>
    public static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Holders = new Dictionary<string, IReadOnlyList<string>>
    {
        [See] = [AccountRoles.Viewer, AccountRoles.Coordinator, AccountRoles.Qa, AccountRoles.Admin, AccountRoles.Service],
        [Answer] = [AccountRoles.Viewer, AccountRoles.Coordinator, AccountRoles.Qa, AccountRoles.Admin, AccountRoles.Service],
        [Act] = [AccountRoles.Coordinator, AccountRoles.Admin],
        [Review] = [AccountRoles.Qa, AccountRoles.Admin, AccountRoles.Service],
        [Administer] = [AccountRoles.Admin],
    };

    /// <summary>Whether somebody has a right.</summary>
    public static bool May(this ClaimsPrincipal user, string right) => Holders[right].Any(user.IsInRole);

    internal static AuthorizationBuilder AddRights(this AuthorizationBuilder builder)
    {
        foreach (var (right, roles) in Holders)
        {
            builder.AddPolicy(right, p => p.RequireRole(roles));
        }

        return builder;
    }
}

/// <summary>The right that an action of a page needs beyond that of the page.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RightAttribute(string right) : Attribute
{
    public string Right { get; } = right;
}

/// <summary>Asks for the right of the action that a form names.</summary>
internal sealed class HandlerRights : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (context.HandlerMethod?.MethodInfo.GetCustomAttribute<RightAttribute>() is { } needed
            && !context.HttpContext.User.May(needed.Right))
        {
            context.Result = new ForbidResult();
            return;
        }

        await next();
    }
}
