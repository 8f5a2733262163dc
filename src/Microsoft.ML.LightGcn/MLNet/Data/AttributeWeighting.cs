namespace Microsoft.ML.LightGcn;

/// <summary>
/// How much an attribute says about an item. Items are the documents of text retrieval and attributes its terms.
/// </summary>
/// <remarks>
/// With c(i, a) the count of attribute a at item i, n(a) the number of items that have the attribute, and N the number of items
/// that have any. Every weight is above 0: an attribute that all items have gets the smallest weight, not none.
/// </remarks>
public enum AttributeWeighting
{
    /// <summary>
    /// ln(1 + c(i, a)) · (1 + ln((1 + N) / (1 + n(a)))): a logarithmic count (Dumais, 1991) times the inverse document frequency (Spärck Jones, 1972),
    /// smoothed so that it is at least 1, its value for an attribute that all items have.
    /// </summary>
    TfIdf,

    /// <summary>
    /// idf(a) · c(i, a) · (k1 + 1) / (c(i, a) + k1 · (1 - b + b · L(i) / mean L)), with L(i) the sum of the item's counts, k1 = 1.2 and
    /// b = 0.75 (Robertson and Zaragoza, 2009), and idf(a) = ln(1 + (N - n(a) + 0.5) / (n(a) + 0.5)), which is above 0 and least, near
    /// 1 / (2 N), for an attribute that all items have. Counts saturate: a weight stays below (k1 + 1) · idf(a).
    /// </summary>
    Bm25,
}
