namespace PacsAiWorker.Pipeline;

/// <summary>
/// The one message between rooms: work of this kind and tier is due. It carries keys only, no pixels and nothing about a patient;
/// losing, repeating or reordering it changes when something happens, never what.
/// <para>
/// Flow: Receiving → score → study (→ explain) → report → deliver → commit. A second version of an image, a rejection note or a
/// person's confirmation → identity, which may send a study through it again. Beside it a flagged image → flag, which does not wait for the study, and
/// flag or study → notify. A recalled package → recall, which sends studies through it again; a peer that a person asks about → look. Each arrow is a row of the work table.
/// </para>
/// </summary>
/// <param name="WorkId">Row that caused the wake-up. Whoever wakes claims the most urgent work of the kind, not this row.</param>
/// <param name="Kind">identity, score, flag, study, explain, report, deliver, commit, notify, recall, look.</param>
/// <param name="Tier">0 stat, 1 urgent, 2 routine, 3 backfill.</param>
public sealed record WakeUp(Guid WorkId, string Kind, short Tier);
