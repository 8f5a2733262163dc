using Microsoft.Extensions.DependencyInjection;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Hosting.Tests;

/// <summary>What an application adds to a model: steps, states and a trial.</summary>
public sealed class StateTests(Samples samples)
{
    [Fact]
    public async Task State_is_made_once_for_each_model_with_the_application_s_services()
    {
        int made = 0;
        await using Service service = await Service.StartAsync(
            samples.Zip,
            builder => builder
                .WithState((model, services) => new Catalogue(Interlocked.Increment(ref made), model.Recommender.ItemCount, services.GetRequiredService<Title>()))
                .WithState((model, _) => new Reversed(model.GetState<Catalogue>().Number * -1)),
            services => services.AddSingleton(new Title("books")));
        ServedRecommender first = service.Pool.Get();
        Assert.Equal(new Catalogue(1, first.Recommender.ItemCount, new Title("books")), first.GetState<Catalogue>());
        Assert.Same(first.GetState<Catalogue>(), service.Pool.Get().GetState<Catalogue>());
        service.Replace(samples.Own);
        await service.UntilVersionAsync(2);
        Assert.Equal((2, -2), (service.Pool.Get().GetState<Catalogue>().Number, service.Pool.Get().GetState<Reversed>().Number));
        Assert.Equal(1, first.GetState<Catalogue>().Number);
    }

    [Fact]
    public async Task State_that_was_not_added_is_said()
    {
        await using Service service = await Service.StartAsync(samples.Zip, builder => builder.WithState((_, _) => new Reversed(1)));
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(service.Pool.Get().GetState<Catalogue>);
        Assert.Equal(
            "The recommender: expected a state of the type Catalogue, found Reversed. Add it with services.AddRecommender().WithState((model, services) => new Catalogue(...)).",
            error.Message);
    }

    [Fact]
    public async Task A_model_whose_state_can_t_be_made_is_refused()
    {
        await using Service service = await Service.StartAsync(
            samples.Own, builder => builder.WithState((model, _) => model.Recommender.HasHistory ? new Reversed(1) : throw new ArgumentException("It keeps no history", nameof(model))));
        service.Replace(samples.WithoutHistory);
        await service.UntilLogAsync($"Refused the model at {service.ModelPath}: Its state Reversed can't be made: It keeps no history. The recommender serves model 1 on.");
        Assert.Equal(1, service.Pool.Get().Version);
    }

    [Fact]
    public async Task A_model_is_tried_with_its_state_before_it_serves()
    {
        await using Service service = await Service.StartAsync(samples.Own, builder => builder
            .WithState((_, _) => new Reversed(1))
            .Configure(options => options.Try = model =>
            {
                Assert.Equal(1, model.GetState<Reversed>().Number);
                model.Recommender.RecommendToNewUser(model.Recommender.GetItems("i3"));
            }));
        service.Replace(samples.WithoutHistory);
        await service.UntilLogAsync($"Refused the model at {service.ModelPath}: Try refused it: ");
        Assert.Equal(1, service.Pool.Get().Version);
    }

    [Fact]
    public async Task A_model_is_prepared_for_prediction_engines()
    {
        await using Service service = await Service.StartAsync(samples.Own, builder => builder.Configure(options => options.Prepare = FromIds));
        ServedRecommender model = service.Pool.Get();
        using PredictionEngine<Taste.Interaction, Prediction> engine =
            model.Context.Model.CreatePredictionEngine<Taste.Interaction, Prediction>(model.Transformer, new PredictionEngineOptions { OwnsTransformer = false });
        (string item, float score) = Samples.Found(model.Recommender).First();
        Assert.Equal(score, engine.Predict(new Taste.Interaction { UserId = "u3", ItemId = item }).Score, 1e-5f);
        service.Replace(samples.Zip);
        await service.UntilLogAsync($"Refused the model at {service.ModelPath}: Prepare refused it: Expected a file of the library's own.");
    }

    private static TransformerChain<ITransformer> FromIds(MLContext ml, ITransformer loaded)
    {
        LightGcnTransformer model = loaded as LightGcnTransformer ?? throw new InvalidOperationException("Expected a file of the library's own.");
        IDataView none = ml.Data.LoadFromEnumerable(Array.Empty<Taste.Interaction>());
        ITransformer keys = ml.Transforms.Conversion.MapValueToKey(model.UserColumnName, "UserId", keyData: ml.Model.GetUserKeyData(model))
            .Append(ml.Transforms.Conversion.MapValueToKey(model.ItemColumnName, "ItemId", keyData: ml.Model.GetItemKeyData(model)))
            .Fit(none);
        return new TransformerChain<ITransformer>(keys, model);
    }

    private sealed record Title(string Text);

    private sealed record Catalogue(int Number, int Items, Title Title);

    private sealed record Reversed(int Number);

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
}
