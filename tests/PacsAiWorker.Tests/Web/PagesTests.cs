namespace PacsAiWorker.Tests.Web;

public sealed class PagesTests() : PagesContract(null);
