using System.Collections.Frozen;

namespace JadeVector.Models.Embeddings;

/// <summary>English words that say little about a text's subject. Part of the embedder's definition: changing the list changes stored vectors' meaning.</summary>
internal static class StopWords
{
    private static readonly FrozenSet<string> Words = FrozenSet.ToFrozenSet(
        ("a about after all also an and any are as at be because been before being between both but by can could did do does "
        + "during each for from had has have he her him his how i if in into is it its many me more most much my no not of on one or "
        + "other our out over s she so some such than that the their them then there these they this those through to too under up "
        + "us very was we were what when where which while who whom whose why will with would you your").Split(' '),
        StringComparer.Ordinal);

    internal static bool Contains(string word) => Words.Contains(word);
}
