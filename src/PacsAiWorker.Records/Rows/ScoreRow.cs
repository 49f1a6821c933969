namespace PacsAiWorker.Records.Rows;

/// <summary>What one model said of one frame, with what is needed to say it again.</summary>
public sealed class ScoreRow
{
    public Guid Id { get; set; }
    public Guid InstanceId { get; set; }
    public InstanceRow? Instance { get; set; }
    public Guid StudyId { get; set; }

    public required string ModelId { get; set; }
    public required string ModelVersion { get; set; }

    /// <summary>SHA-256 of the network, and of the whole package.</summary>
    public required string ModelSha256 { get; set; }
    public required string ModelIdentity { get; set; }

    /// <summary>1-based; 0 for a single-frame object.</summary>
    public int Frame { get; set; }

    /// <summary>JSON arrays in the order of the package's classes.</summary>
    public required string ClassIds { get; set; }
    public required string Logits { get; set; }
    public required string Probabilities { get; set; }

    public required string PredictedClass { get; set; }
    public double PositiveProbability { get; set; }
    public double Threshold { get; set; }
    public bool IsPositive { get; set; }

    /// <summary>Inclusive box in stored-image pixels and where it came from.</summary>
    public int CropX0 { get; set; }
    public int CropY0 { get; set; }
    public int CropX1 { get; set; }
    public int CropY1 { get; set; }
    public required string CropSource { get; set; }

    public required string Preprocessing { get; set; }

    /// <summary>Version of ONNX Runtime, provider, precision (fp32, tf32, fp16, int8) and digest of the library; older scores lack the precision.</summary>
    public required string Runtime { get; set; }

    /// <summary>SHA-256 of the tensor that went into the network.</summary>
    public required string InputSha256 { get; set; }
    public DateTime ScoredAt { get; set; }

    /// <summary>What of the frame was used, as a kept picture: its place among the kept inputs. Empty for scores from before there were any.</summary>
    public string InputPicture { get; set; } = "";

    /// <summary>Size of the batch it ran in, padding included, and how many of its rows were frames.</summary>
    public int BatchBucket { get; set; }
    public int BatchRows { get; set; }

    /// <summary>Milliseconds: reading and gating the image, filling the input, waiting for the device, running the batch.</summary>
    public double ReadMs { get; set; }
    public double FillMs { get; set; }
    public double WaitMs { get; set; }
    public double RunMs { get; set; }
}
