using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn;

public sealed partial class LightGcnTrainer
{
    public sealed partial class Options
    {
        /// <summary>
        /// The settings of the GoodBooks-10k notebook's LightGCN with popularity-biased negatives: 64 dimensions, 3 layers,
        /// 20 epochs of 300 batches of 4,096 samples by user, learning rate 0.002, weight decay 1e-6, Xavier initialisation, validation by NDCG@10 on
        /// 5,000 users.
        /// </summary>
        public static Options GoodBooksNotebook() => new()
        {
            EmbeddingDimension = 64,
            LayerCount = 3,
            PropagationPrecision = LightGcn.PropagationPrecision.Float32,
            Neighbourhood = null,
            Objective = new BprObjective { Negatives = NegativeSampling.PopularityBiased(2000, 0.7) },
            Positives = PositiveSampling.ByUser,
            BatchSize = 4096,
            StepsPerEpoch = 300,
            EpochCount = 20,
            LearningRate = 2e-3f,
            LearningRateDecay = LearningRateDecay.None,
            WeightDecay = 1e-6f,
            Initialization = EmbeddingInitialization.XavierUniform,
            ValidationUserCount = 5000,
        };

        /// <summary>
        /// The settings of the LightGCN paper's own code (He et al., 2020): 64 dimensions, 3 layers, 1,000 epochs of as many
        /// samples as there are interactions in batches of 2,048, learning rate 0.001, L2 of 1e-4 on the batch's embeddings,
        /// N(0, 0.1) initialisation, validation by recall@20.
        /// </summary>
        public static Options Paper() => new()
        {
            EmbeddingDimension = 64,
            LayerCount = 3,
            PropagationPrecision = LightGcn.PropagationPrecision.Float32,
            Neighbourhood = null,
            Objective = new BprObjective(),
            Positives = PositiveSampling.ByUser,
            BatchSize = 2048,
            EpochCount = 1000,
            LearningRate = 1e-3f,
            LearningRateDecay = LearningRateDecay.None,
            BatchL2 = 1e-4f,
            Initialization = EmbeddingInitialization.Normal(0.1f),
            ValidationMetric = RankingMetric.Recall,
            ValidationCutoff = 20,
        };

        /// <summary>
        /// Matrix factorization by Bayesian personalised ranking (Rendle et al., 2009): no propagation, 64 dimensions, 20 epochs in
        /// batches of 4,096, learning rate 0.002, L2 of 1e-4 on the batch's factors, N(0, 0.1) initialisation.
        /// </summary>
        public static Options MatrixFactorization() => new()
        {
            EmbeddingDimension = 64,
            LayerCount = 0,
            Neighbourhood = null,
            Objective = new BprObjective(),
            BatchSize = 4096,
            EpochCount = 20,
            LearningRate = 2e-3f,
            LearningRateDecay = LearningRateDecay.None,
            BatchL2 = 1e-4f,
            Initialization = EmbeddingInitialization.Normal(),
        };
    }
}
