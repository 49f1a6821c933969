using Microsoft.AspNetCore.Authorization;
using PacsAiWorker.Web.Accounts;

namespace PacsAiWorker.Web.Pages;

/// <summary>What is off, for a page that is open already.</summary>
[Authorize(Policy = Rights.See)]
public sealed class SilenceModel : DeskPage;
