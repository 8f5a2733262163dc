using System.IO.Compression;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.LightGcn.Tests.MLNet;

/// <summary>Keys of data meet keys of a model: a key must mean the same user or item in both.</summary>
public sealed class KeyMapTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly Taste.Interaction[] _rows;
    private readonly IDataView _data, _keyed, _turned;
    private readonly LightGcnTransformer _model;
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public KeyMapTests()
    {
        Random random = new(2);
        _rows = [.. Enumerable.Range(0, 300).Select(_ => new Taste.Interaction { UserId = $"u{random.Next(30) + 10}", ItemId = $"i{random.Next(20) + 10}" })];
        _data = _ml.Data.LoadFromEnumerable(_rows);
        _keyed = Map(_rows).Transform(_data);
        _turned = Map([.. _rows.Reverse()]).Transform(_data);
        _model = Trainer().Fit(_keyed);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Another_map_of_the_same_size_is_refused_wherever_keys_meet_a_model()
    {
        foreach (ITransformer model in new ITransformer[] { _model, _ml.Ranking.Trainers.ItemKnn("User", "Item").Fit(_keyed), _ml.Ranking.Trainers.Popularity("User", "Item").Fit(_keyed) })
        {
            Refused(() => model.Transform(_turned));
            Refused(() => model.GetOutputSchema(_turned.Schema));
            Refused(() => model.GetRowToRowMapper(_turned.Schema));
            Refused(() => _ml.Ranking.EvaluateTopN(model, _turned));
            Refused(() => _ml.Ranking.EvaluateTopN(model, _keyed, seen: _turned));
            Refused(() => _ml.Transforms.RecommendItems(_ml.Model.CreateRecommender(model)).Fit(_turned));
            ITransformer step = _ml.Transforms.RecommendItems(_ml.Model.CreateRecommender(model)).Fit(_keyed);
            step.Transform(_keyed);
            Refused(() => step.Transform(_turned));
            Refused(() => step.GetOutputSchema(_turned.Schema));
            Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Ranking.EvaluateTopN(_ml.Model.RestoreLightGcn(Reload(model)), _turned));
        }
        Refused(() => Trainer().Fit(_keyed, _turned), "the training data");
        Refused(() => _ml.Ranking.EvaluateTopN(new FactorModel(new float[30], new float[20], 1), _keyed, seen: _turned), "the held-out data");
        Refused(() => _ml.Data.SaveInteractionSplitAsNumPy(new InteractionSplit(_keyed, _turned, _keyed), _folder), "the train part");
        // A model of the data's own map takes them.
        Assert.Equal(300, _model.Transform(_keyed).GetColumn<float>("Score").Count());

        void Refused(Action action, string owner = "the model")
        {
            string message = Assert.Throws<ArgumentOutOfRangeException>(action).Message;
            string other = _rows[^1].UserId, own = _rows[0].UserId;
            Assert.True(
                message.Contains($"The keys of user column 'User' are not those of {owner}: key 1 is '{other}' in the column and '{own}' in {owner}", StringComparison.Ordinal)
                || message.Contains($"The keys of user column 'User' are not those of {owner}: key 1 is '{own}' in the column and '{other}' in {owner}", StringComparison.Ordinal), message);
            Assert.Contains(owner == "the model" ? "keyData: ml.Model.GetUserKeyData(model)" : "Transform both with one fitted ml.Transforms.Conversion.MapValueToKey", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_map_of_one_other_item_is_refused_by_the_item_column()
    {
        Taste.Interaction[] renamed = [.. _rows.Select(row => row.ItemId == _rows[0].ItemId ? new Taste.Interaction { UserId = row.UserId, ItemId = "i9" } : row)];
        IDataView view = _ml.Data.LoadFromEnumerable(renamed);
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => _model.Transform(Map(renamed).Transform(view))).Message;
        Assert.Contains($"The keys of item column 'Item' are not those of the model: key 1 is 'i9' in the column and '{_rows[0].ItemId}' in the model", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_that_grew_at_its_end_is_taken_and_what_is_new_is_unknown()
    {
        Taste.Interaction[] more = [.. _rows, new() { UserId = "new", ItemId = _rows[0].ItemId }, new() { UserId = _rows[0].UserId, ItemId = "new" }];
        IDataView grown = Map(more).Transform(_ml.Data.LoadFromEnumerable(more));
        float[] scores = [.. _model.Transform(grown).GetColumn<float>("Score")];
        Assert.Equal(_model.Transform(_keyed).GetColumn<float>("Score"), scores[..300]);
        Assert.All(scores[300..], score => Assert.True(float.IsNaN(score)));
        TopNMetrics metrics = _ml.Ranking.EvaluateTopN(_model, grown, options: new() { Cutoffs = [5] });
        Assert.Equal((1L, 1L), (metrics.UnknownUserHeldOutCount, metrics.UnknownItemHeldOutCount));
        Assert.Equal(_ml.Ranking.EvaluateTopN(_model, _keyed, options: new() { Cutoffs = [5] })[RankingMetric.Ndcg, 5], metrics[RankingMetric.Ndcg, 5]);
        // The other way round: data whose map is yet to grow.
        LightGcnTransformer later = Trainer().Fit(grown);
        Assert.All(later.Transform(_keyed).GetColumn<float>("Score"), score => Assert.True(float.IsFinite(score)));
        _ml.Transforms.RecommendItems(_ml.Model.CreateRecommender(_model)).Fit(grown);
        Trainer().Fit(_ml.Data.TakeRows(_keyed, 200), grown);
    }

    [Fact]
    public void The_models_own_map_keys_other_data_as_the_models_were()
    {
        Taste.Interaction[] others = [.. _rows.Reverse(), new() { UserId = "stranger", ItemId = "i10" }];
        IDataView view = _ml.Data.LoadFromEnumerable(others);
        foreach (ITransformer model in new[] { _model, Reload(_model) })
        {
            IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("User", "UserId", keyData: _ml.Model.GetUserKeyData(model))
                .Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId", keyData: _ml.Model.GetItemKeyData(model))).Fit(view).Transform(view);
            float[] scores = [.. _model.Transform(keyed).GetColumn<float>("Score")];
            Assert.Equal(_model.Transform(_keyed).GetColumn<float>("Score").Reverse(), scores[..300]);
            Assert.True(float.IsNaN(scores[300]));
        }
    }

    [Fact]
    public void Maps_of_every_type_of_id_come_back_out()
    {
        Check(n => n);
        Check(n => (uint)n);
        Check(n => -(long)n);
        Check(n => (ulong)n << 40);
        Check(n => (byte)n);
        Check(n => n / 8f);
        Check(n => n / 3d);
        Check(n => $"id {n}, \"quoted\"");
        Check(n => new DateTime(2020, 1, 1).AddHours(n));
        Check(n => new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.FromHours(2)).AddHours(n));
        Check(n => TimeSpan.FromSeconds(n));

        void Check<T>(Func<int, T> idOf)
        {
            IDataView rows = _ml.Data.LoadFromEnumerable(_rows.Select((row, n) => new Typed<T> { UserId = idOf(int.Parse(row.UserId[1..], null)), ItemId = idOf(n % 20) }));
            IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(rows).Transform(rows);
            ITransformer loaded = Reload(_ml.Ranking.Trainers.ItemKnn("User", "Item").Fit(keyed), keyed.Schema);
            IDataView again = _ml.Transforms.Conversion.MapValueToKey("User", "UserId", keyData: _ml.Model.GetUserKeyData(loaded)).Fit(rows).Transform(rows);
            Assert.Equal(keyed.GetColumn<uint>("User"), again.GetColumn<uint>("User"));
        }
    }

    [Fact]
    public void Equal_times_are_one_id_however_they_are_written()
    {
        DateTime time = new(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        Recommender recommender = Create(n => time.AddDays(n));
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend(DateTime.SpecifyKind(time.AddDays(12), DateTimeKind.Local)).Source);
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend(DateTime.SpecifyKind(time.AddDays(12), DateTimeKind.Unspecified)).Source);
        DateTimeOffset instant = new(2020, 1, 2, 3, 0, 0, TimeSpan.FromHours(3));
        recommender = Create(n => instant.AddDays(n));
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend(instant.AddDays(12).ToOffset(TimeSpan.FromHours(-5))).Source);
        // Text without an offset means the same on every machine.
        Assert.Equal(RecommendationSource.KnownUser, recommender.Recommend("2020-01-14T00:00:00").Source);

        Recommender Create<T>(Func<int, T> idOf)
        {
            IDataView rows = _ml.Data.LoadFromEnumerable(_rows.Select(row => new Typed<T> { UserId = idOf(int.Parse(row.UserId[1..], null)), ItemId = idOf(int.Parse(row.ItemId[1..], null)) }));
            IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(rows).Transform(rows);
            return _ml.Model.CreateRecommender(_ml.Ranking.Trainers.ItemKnn("User", "Item").Fit(keyed));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_saved_pipeline_whose_map_was_altered_is_damaged(bool mapsBothAtOnce)
    {
        IEstimator<ITransformer> map = mapsBothAtOnce
            ? _ml.Transforms.Conversion.MapValueToKey([new("User", "UserId"), new("Item", "ItemId")])
            : _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"));
        ITransformer pipeline = map.Append(Trainer()).Fit(_data);
        string path = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(pipeline, _data.Schema, path);
        _ml.Model.RestoreLightGcn(_ml.Model.Load(path, out _));

        // Two ids change places in the map of the pipeline, and nowhere else.
        string first = _rows[0].UserId, second = _rows.First(row => row.UserId != first).UserId;
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Update))
        {
            foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.FullName.EndsWith("Vocabulary/Model.key", StringComparison.Ordinal)).ToArray())
            {
                byte[] content;
                using (Stream stream = entry.Open())
                {
                    using MemoryStream copy = new();
                    stream.CopyTo(copy);
                    content = copy.ToArray();
                }
                string text = Encoding.Latin1.GetString(content);
                string swapped = text.Replace(Bytes(first), Bytes("###"), StringComparison.Ordinal).Replace(Bytes(second), Bytes(first), StringComparison.Ordinal)
                    .Replace(Bytes("###"), Bytes(second), StringComparison.Ordinal);
                if (swapped == text)
                    continue;
                using Stream target = entry.Open();
                target.Write(Encoding.Latin1.GetBytes(swapped));
            }
        }
        // ML.NET keeps the text of a map as UTF-16.
        static string Bytes(string id) => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(id));

        ITransformer altered = _ml.Model.Load(path, out _);
        foreach (Action restore in new Action[] { () => _ml.Model.RestoreLightGcn(altered), () => _ml.Model.GetLightGcn(altered), () => _ml.Model.CreateRecommender(altered) })
            Assert.Contains($"the pipeline maps '{second}' to key 1 of column 'User', which is '{first}' in the model", Assert.Throws<InvalidDataException>(restore).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_saved_pipeline_that_makes_its_keys_anew_is_not_damaged()
    {
        ITransformer pipeline = _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId"))
            .Append(_ml.Ranking.Trainers.ItemKnn("User", "Item"))
            .Append(_ml.Transforms.Conversion.MapValueToKey("U2", "UserId", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue))
            .Append(_ml.Transforms.CopyColumns("User", "U2")).Append(_ml.Ranking.Trainers.ItemKnn("User", "Item")).Fit(_data);
        ITransformer restored = _ml.Model.RestoreLightGcn(Reload(pipeline, _data.Schema));
        Assert.Equal(pipeline.Transform(_data).GetColumn<float>("Score"), restored.Transform(_data).GetColumn<float>("Score"));
    }

    [Fact]
    public void Keys_without_values_are_taken_for_the_models_own_if_they_are_as_many()
    {
        List<string> log = [];
        _ml.Log += (_, e) => log.Add(e.Message);
        IDataView bare = KeyRows.Create(_ml, 30, 20, [(0, 0), (1, 1)]);
        Assert.Equal([_model.Model.Score(0, 0), _model.Model.Score(1, 1)], _model.Transform(bare).GetColumn<float>("Score"));
        _ml.Ranking.EvaluateTopN(_model, bare);
        Assert.Contains(log, line => line.Contains("Only one of user column 'User' and the model has key values", StringComparison.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Transform(KeyRows.Create(_ml, 31, 20, [(0, 0)])));
    }

    [Fact]
    public void A_map_that_stopped_at_its_limit_is_named_with_the_option_that_raises_it()
    {
        List<string> log = [];
        _ml.Log += (_, e) => log.Add(e.Message);
        IDataView full = KeyRows.Create(_ml, 1_000_000, 3, [(0, 0), (1, 1), (-1, 2)]);
        ITransformer model = _ml.Ranking.Trainers.Popularity("User", "Item").Fit(full);
        string warning = Assert.Single(log, line => line.Contains("maximumNumberOfKeys", StringComparison.Ordinal));
        Assert.Contains("Column 'User' has exactly 1,000,000 keys, where MapValueToKey stops by default, and 1 rows have no user.", warning, StringComparison.Ordinal);
        log.Clear();
        _ml.Ranking.EvaluateTopN(model, full);
        Assert.Single(log, line => line.Contains("maximumNumberOfKeys", StringComparison.Ordinal));
        log.Clear();
        _ml.Ranking.Trainers.Popularity("User", "Item").Fit(KeyRows.Create(_ml, 1_000_000, 3, [(0, 0), (1, 1)]));
        _ml.Ranking.Trainers.Popularity("User", "Item").Fit(KeyRows.Create(_ml, 999_999, 3, [(0, 0), (-1, 1)]));
        Assert.DoesNotContain(log, line => line.Contains("maximumNumberOfKeys", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "user column 'User'", "\"u\\uD83D\"")]
    [InlineData(false, "item column 'Item'", "\"\\uDE00 i\"")]
    public void Text_that_UTF8_can_not_carry_is_refused_with_its_row(bool isUser, string column, string text)
    {
        // Made here, because the data of a test are carried as UTF-8 too.
        (string user, string item) = isUser ? ("u\ud83d", "i1") : ("u1", "\ude00 i");
        Taste.Interaction[] rows = [.. _rows, new() { UserId = user, ItemId = item }];
        IDataView keyed = Map(rows).Transform(_ml.Data.LoadFromEnumerable(rows));
        foreach (Action fit in new Action[] { () => Trainer().Fit(keyed), () => _ml.Ranking.Trainers.ItemKnn("User", "Item").Fit(keyed), () => _ml.Ranking.Trainers.Ease("User", "Item").Fit(keyed), () => _ml.Ranking.Trainers.GraphFilter("User", "Item").Fit(keyed), () => _ml.Ranking.Trainers.Popularity("User", "Item").Fit(keyed) })
        {
            string message = Assert.Throws<ArgumentException>(fit).Message;
            Assert.Contains(column, message, StringComparison.Ordinal);
            Assert.Contains(text, message, StringComparison.Ordinal);
            Assert.Contains("first in row 300", message, StringComparison.Ordinal);
        }
        // On the other ways to a file: a history beside factors, and splits of keys and of text.
        int users = (int)((KeyDataViewType)keyed.Schema["User"].Type).Count, items = (int)((KeyDataViewType)keyed.Schema["Item"].Type).Count;
        foreach (Action write in new Action[]
        {
            () => _ml.Model.CreateRecommender(new FactorModel(new float[users], new float[items], 1), keyed),
            () => _ml.Data.SaveInteractionSplit(new InteractionSplit(keyed, keyed, keyed), _folder),
            () => _ml.Data.SaveInteractionSplit(new InteractionSplit(_data, _data, _ml.Data.LoadFromEnumerable(rows)), _folder),
        })
            Assert.Contains(text, Assert.Throws<ArgumentException>(write).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
        IDataView attributes = _ml.Data.LoadFromEnumerable(new[] { new Attributed { Item = "i10", Attribute = "fine 😀" }, new Attributed { Item = "i11", Attribute = $"cut {user}{item}" } });
        LightGcnTrainer.Options options = Taste.QuickOptions();
        options.Relations = [GraphRelation.ItemAttribute("tags", attributes)];
        string error = Assert.Throws<ArgumentException>(() => _ml.Ranking.Trainers.LightGcn(options).Fit(_keyed)).Message;
        Assert.Contains("attribute column 'Attribute' of relation 'tags'", error, StringComparison.Ordinal);
        Assert.Contains("in row 1", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Whole_emoji_and_any_other_text_survive_every_file()
    {
        Taste.Interaction[] rows = [.. _rows.Select(row => new Taste.Interaction { UserId = $"{row.UserId} 😀\0\u200d", ItemId = $"\"{row.ItemId}\",\n𝔘" })];
        IDataView view = _ml.Data.LoadFromEnumerable(rows), keyed = Map(rows).Transform(view);
        LightGcnTransformer model = Trainer().Fit(keyed);
        Assert.Equal(model.Model.Users.Names, _ml.Model.GetLightGcn(Reload(model, keyed.Schema)).Model.Users.Names);
    }

    private LightGcnTrainer Trainer() => _ml.Ranking.Trainers.LightGcn(Taste.QuickOptions());

    private ITransformer Map(Taste.Interaction[] rows) =>
        _ml.Transforms.Conversion.MapValueToKey("User", "UserId").Append(_ml.Transforms.Conversion.MapValueToKey("Item", "ItemId")).Fit(_ml.Data.LoadFromEnumerable(rows));

    private ITransformer Reload(ITransformer model, DataViewSchema? schema = null)
    {
        using MemoryStream stream = new();
        _ml.Model.Save(model, schema ?? _keyed.Schema, stream);
        stream.Position = 0;
        return _ml.Model.Load(stream, out _);
    }

    private sealed class Typed<T>
    {
        public T UserId { get; set; } = default!;

        public T ItemId { get; set; } = default!;
    }

    private sealed class Attributed
    {
        public string Item { get; set; } = "";

        public string Attribute { get; set; } = "";
    }
}
