using Microsoft.ML.LightGcn.Numerics;
using Microsoft.ML.LightGcn.Training;

namespace Microsoft.ML.LightGcn;

public sealed partial class LightGcnTrainer
{
    /// <summary>The settings of <see cref="LightGcnTrainer"/>. Each is checked when the trainer is made.</summary>
    public sealed partial class Options
    {
        internal const int DefaultEmbeddingDimension = 112;
        internal const int DefaultLayerCount = 2;
        internal const int DefaultEpochCount = 4;

        private const float MinimumLayerWeight = 1e-3f, MaximumLayerWeight = 1000;

        /// <summary>Name of the user column, a key column of known cardinality.</summary>
        public string UserColumnName { get; set; } = "User";

        /// <summary>Name of the item column, a key column of known cardinality.</summary>
        public string ItemColumnName { get; set; } = "Item";

        /// <summary>
        /// Name of a column of numbers, positive and finite, that say how much an interaction counts in propagation, for example by its rating or by how
        /// recent it is. Weights of equal interactions are added, and then divided by the mean weight of all interactions. Sampling ignores them. Null,
        /// the default, weighs all interactions the same.
        /// </summary>
        public string? InteractionWeightColumnName { get; set; }

        /// <summary>
        /// Edges beside the interactions: attributes of items and users, and items that belong together. They act in propagation alone, so there must be
        /// at least one layer. Each relation has a different name. The data are read when training starts.
        /// </summary>
        public IReadOnlyList<GraphRelation> Relations { get; set; } = [];

        /// <summary>
        /// Number of components of an embedding, 1 to 8,192; multiples of 16 are fastest. Rankings hardly gain from more than a thousand, and the
        /// spectral start holds matrices of dimension x dimension.
        /// </summary>
        public int EmbeddingDimension { get; set; } = DefaultEmbeddingDimension;

        /// <summary>Number of propagation layers, 0 to 64; 0 is matrix factorization. After a few layers, all nodes become alike.</summary>
        public int LayerCount { get; set; } = DefaultLayerCount;

        /// <summary>
        /// Weight of each layer in the final embedding: <see cref="LayerCount"/> + 1 numbers, from the embedding itself to the last layer. Each is -1,000
        /// to 1,000, and at least one is 0.001 or more in magnitude, so that single precision holds the sums and their products. Null is the mean,
        /// 1/(LayerCount + 1) each.
        /// </summary>
        public IReadOnlyList<float>? LayerWeights { get; set; }

        /// <summary>
        /// How propagation stores embeddings and gradients between layers. <see cref="PropagationPrecision.Bfloat16"/> is faster on large graphs and less
        /// exact; docs/tuning.md shows that quality changes no more than by chance. Null is the engine's choice: bfloat16 in the CPU and MPI engines,
        /// <see cref="PropagationPrecision.Float32"/> in TorchSharp's, which supports no other.
        /// </summary>
        public PropagationPrecision? PropagationPrecision { get; set; }

        /// <summary>
        /// The part of the scores that comes from item to item: sparse weights in closed form, summed over the user's history and added to the inner
        /// product of the embeddings. Null leaves it out: scores are then inner products alone, as a vector database computes them.
        /// </summary>
        public ItemNeighbourhood? Neighbourhood { get; set; } = new();

        /// <summary>What training minimises.</summary>
        public TrainingObjective Objective { get; set; } = new SampledSoftmaxObjective();

        /// <summary>How the positive (user, item) pairs of a batch are drawn.</summary>
        public PositiveSampling Positives { get; set; } = PositiveSampling.ByInteraction;

        /// <summary>
        /// Positive pairs in a batch, 1 to 16,777,216, and with sampled softmax at most about 2^31 / <see cref="EmbeddingDimension"/>, as an array holds
        /// a row for each; more than an epoch has means all of them. Null is a hundredth of the interactions, but not more than a sixth of the number
        /// of users, items and attributes, nor than 131,072, and at least 16: a step costs a propagation over the whole graph, so an epoch should have
        /// about as many steps on any data.
        /// </summary>
        public int? BatchSize { get; set; }

        /// <summary>
        /// Number of batches in an epoch, 1 to 1,000,000. Null is a full pass: as many samples as there are interactions. If <see cref="BatchSize"/> is
        /// null too, it is at most 100 batches, and with more than 400,000 interactions, N, at most 100 sqrt(400,000 / N), rounded up: a step's time
        /// grows with N, so the time of training then grows with the root of N.
        /// </summary>
        public int? StepsPerEpoch { get; set; }

        /// <summary>The maximum number of epochs, 1 to 100,000; the LightGCN paper uses 1,000.</summary>
        public int EpochCount { get; set; } = DefaultEpochCount;

        /// <summary>
        /// Adam's learning rate, 1E-30 to 10: a step moves a component by about so much. The minimum leaves the embeddings as they start; more than the
        /// maximum would overshoot whatever their scale. With <see cref="EmbeddingInitialization.Spectral"/> it is multiplied by min(1, r / d)^2, r the
        /// number of users or of items that have interactions, whichever is less, and d the <see cref="EmbeddingDimension"/>. Where r is less than d, the
        /// start holds the whole graph, and training would only learn the gaps by heart.
        /// </summary>
        public float LearningRate { get; set; } = 1e-2f;

        /// <summary>How the learning rate falls over the steps of all <see cref="EpochCount"/> epochs.</summary>
        public LearningRateDecay LearningRateDecay { get; set; } = LearningRateDecay.Linear;

        /// <summary>
        /// Adam's own L2, 0 to 100: this times the embedding is added to its gradient. 1 is already more than the gradient of any objective.
        /// </summary>
        public float WeightDecay { get; set; }

        /// <summary>
        /// L2 on the layer-0 embeddings of the batch, 0 to 100. The objective grows by this / 2 times the mean over the samples of the sum of squared
        /// norms: of the user's embedding, the positive's and, with <see cref="BprObjective"/>, the negative's.
        /// </summary>
        public float BatchL2 { get; set; }

        /// <summary>The embeddings before training.</summary>
        public EmbeddingInitialization Initialization { get; set; } = EmbeddingInitialization.Spectral();

        /// <summary>
        /// Seed of everything random in training; null draws one from the ML.NET context. The same seed, data and options give bit-identical embeddings
        /// for any number of threads in the CPU and MPI engines, on processors with the same vector width.
        /// </summary>
        public int? Seed { get; set; }

        /// <summary>Number of threads, 1 to 1,024; null is one for each processor.</summary>
        public int? NumberOfThreads { get; set; }

        /// <summary>The metric on validation interactions that chooses the best epoch and stops early.</summary>
        public RankingMetric ValidationMetric { get; set; } = RankingMetric.Ndcg;

        /// <summary>The cutoff K of <see cref="ValidationMetric"/>, at least 1; more than there are items means all.</summary>
        public int ValidationCutoff { get; set; } = 10;

        /// <summary>Number of validation users, at least 1, drawn with <see cref="Seed"/>; more than there are means all, as does null.</summary>
        public int? ValidationUserCount { get; set; }

        /// <summary>Stop after this many epochs without a better validation metric, at least 1; null never stops early.</summary>
        public int? Patience { get; set; }

        /// <summary>Receives every epoch as it ends, on the training thread.</summary>
        public IProgress<TrainingEpoch>? Progress { get; set; }

        /// <summary>Where and how often training writes checkpoints; the same run resumes from them by itself. Null writes none.</summary>
        public TrainingCheckpoints? Checkpoints { get; set; }

        /// <summary>Stops training with an <see cref="OperationCanceledException"/>; with <see cref="Checkpoints"/>, training writes one first.</summary>
        public CancellationToken CancellationToken { get; set; }

        /// <summary>
        /// Whether the model keeps the training interactions and relations. A <see cref="Recommender"/> needs them to leave out what was seen, for new
        /// users, for reasons and for popularity, and training needs them to continue from the attributes' embeddings. It must be true with a
        /// <see cref="Neighbourhood"/>, whose scores depend on the history. An edge takes 8 bytes in memory and 4 in ML.NET's file, and its weight 8 and
        /// 4 more; an edge between items takes 8 in the file, and its weight 8 more.
        /// </summary>
        public bool KeepHistory { get; set; } = true;

        /// <summary>What runs the updates; null is the managed CPU engine.</summary>
        public TrainingEngine? Engine { get; set; }

        internal Options Copy()
        {
            Options copy = (Options)MemberwiseClone();
            // A null is for the check to find.
            copy.Relations = Relations is null ? null! : [.. Relations];
            return copy;
        }

        /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
        internal void Validate()
        {
            Expect.UserAndItemColumn(UserColumnName, ItemColumnName);
            if (InteractionWeightColumnName is not null)
                Expect.ColumnName(InteractionWeightColumnName);
            Expect.Between(1, 8192, EmbeddingDimension);
            Expect.Between(0, 64, LayerCount);
            ValidateRelations();
            ValidateLayerWeights();
            if (PropagationPrecision is { } precision)
                Expect.Defined(precision, nameof(PropagationPrecision));
            ValidateNeighbourhood();
            Expect.NotNull(Objective);
            Objective.Validate();
            ValidateNegatives();
            Expect.Defined(Positives);
            Expect.Between(1, 1 << 24, BatchSize);
            Expect.Between(1, 1_000_000, StepsPerEpoch);
            Expect.Between(1, 100_000, EpochCount);
            Expect.Between(1e-30f, 10, LearningRate);
            Expect.Defined(LearningRateDecay);
            Expect.Between(0f, 100, WeightDecay);
            Expect.Between(0f, 100, BatchL2);
            Expect.NotNull(Initialization);
            Expect.Threads(NumberOfThreads);
            Expect.Defined(ValidationMetric);
            Expect.AtLeast(1, ValidationCutoff);
            Expect.AtLeast(1, ValidationUserCount);
            Expect.AtLeast(1, Patience);
            Checkpoints?.Validate();
        }

        /// <summary>The settings of a run on so many interactions and nodes: nothing is left to a default.</summary>
        internal TrainingSettings Resolve(int interactionCount, int nodeCount, int seed) => new()
        {
            EmbeddingDimension = EmbeddingDimension,
            LayerCount = LayerCount,
            LayerWeights = LayerWeights is null ? [.. Enumerable.Repeat(1f / (LayerCount + 1), LayerCount + 1)] : [.. LayerWeights],
            PropagationPrecision = PropagationPrecision ?? Engine?.AutomaticPrecision ?? CpuTrainingEngine.Precision,
            Neighbourhood = Neighbourhood,
            Objective = Objective,
            Positives = Positives,
            BatchSize = BatchSize ?? TrainingPlan.AutomaticBatchSize(interactionCount, nodeCount),
            StepsPerEpoch = StepsPerEpoch ?? (BatchSize is null ? TrainingPlan.AutomaticSteps(interactionCount, nodeCount) : null),
            EpochCount = EpochCount,
            LearningRate = LearningRate,
            LearningRateDecay = LearningRateDecay,
            WeightDecay = WeightDecay,
            BatchL2 = BatchL2,
            Initialization = Initialization,
            ValidationMetric = ValidationMetric,
            ValidationCutoff = ValidationCutoff,
            ValidationUserCount = ValidationUserCount,
            Patience = Patience,
            Seed = seed,
            ThreadCount = NumberOfThreads ?? Engine?.AutomaticThreadCount ?? Environment.ProcessorCount,
        };

        /// <summary>The factories have checked everything of a relation by itself.</summary>
        private void ValidateRelations()
        {
            Expect.NotNull(Relations);
            HashSet<string> names = new(StringComparer.Ordinal);
            for (int r = 0; r < Relations.Count; r++)
            {
                if (Relations[r] is not { } relation)
                    throw Expect.Option($"{nameof(Relations)}[{r}]", "a relation", "null");
                if (!names.Add(relation.Name))
                    throw Expect.Option($"{nameof(Relations)}[{r}]", "a name of its own", $"'{relation.Name}' once more");
            }
            string? without = Relations.Count > 0 ? $"{nameof(Relations)} act"
                : InteractionWeightColumnName is not null ? $"{nameof(InteractionWeightColumnName)} acts"
                : null;
            if (LayerCount == 0 && without is not null)
                throw Expect.Option(nameof(LayerCount), $"at least 1, because {without} in propagation alone", 0);
        }

        private void ValidateNeighbourhood()
        {
            if (Neighbourhood is null)
                return;
            Neighbourhood.Validate();
            if (!KeepHistory)
                throw Expect.Option(
                    nameof(KeepHistory), $"true, because scores go by the history of the user; or null for {nameof(Neighbourhood)}", KeepHistory);
        }

        /// <summary>The negatives' gradient is summed in tables side by side, which an array has to hold.</summary>
        private void ValidateNegatives()
        {
            if (Objective is not SampledSoftmaxObjective softmax)
                return;
            long most = SoftmaxComparer.MaximumNegativeCount(EmbeddingDimension);
            string expected = $"at most {Expect.Text(most)} with {Expect.Text(EmbeddingDimension)} for {nameof(EmbeddingDimension)}";
            if (softmax.NegativeCount > most)
                throw Expect.Option("Objective.NegativeCount", expected, softmax.NegativeCount);
        }

        private void ValidateLayerWeights()
        {
            if (LayerWeights is not { } weights)
                return;
            if (weights.Count != LayerCount + 1)
                throw Expect.Option(nameof(LayerWeights), $"LayerCount + 1 = {LayerCount + 1} weights", weights.Count);
            for (int layer = 0; layer < weights.Count; layer++)
                Expect.Between(-MaximumLayerWeight, MaximumLayerWeight, weights[layer], $"{nameof(LayerWeights)}[{layer}]");
            float greatest = weights.Max(Math.Abs);
            if (greatest < MinimumLayerWeight)
                throw Expect.Option(
                    nameof(LayerWeights), $"a weight of at least {Expect.Text(MinimumLayerWeight)} in magnitude", $"{Expect.Text(greatest)} at most");
        }
    }
}
