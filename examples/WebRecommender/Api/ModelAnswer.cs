namespace WebRecommender.Api;

/// <summary>The model that serves.</summary>
/// <param name="Version">1 for the model that the server started with, one more for each that was picked up.</param>
/// <param name="LoadedAt">When it was loaded.</param>
/// <param name="Readers">Readers that it knows.</param>
/// <param name="Books">Books that it knows.</param>
public sealed record ModelAnswer(int Version, DateTimeOffset LoadedAt, int Readers, int Books);
