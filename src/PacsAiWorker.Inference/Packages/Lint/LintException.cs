namespace PacsAiWorker.Inference.Packages.Lint;

/// <summary>A network breaks a rule. The message names node or tensor, the rule and the remedy.</summary>
internal sealed class LintException(string message) : Exception(message);
