using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Hashing;

namespace JadeVector.Models.Embeddings;

/// <summary>One thing that a text has: a word, a pair of words or a part of a word.</summary>
/// <param name="Hash">Tells features apart; evenly spread over 64 bits.</param>
/// <param name="Weight">What one occurrence counts.</param>
/// <param name="Count">Occurrences in the text.</param>
internal readonly record struct TextFeature(ulong Hash, double Weight, int Count);

/// <summary>Collects the features of one text, in order of first occurrence.</summary>
internal sealed class TextFeatures
{
    private const double WordWeight = 1, PairWeight = 0.5;

    /// <summary>All parts of one word together, as a Euclidean length beside <see cref="WordWeight"/>: what lets "rivers" find "river".</summary>
    private const double PartsWeight = 0.8;

    /// <summary>What is left of a weight for a stop word.</summary>
    private const double StopWordFactor = 0.15;

    private const int PartRunesMin = 3, PartRunesMax = 5;

    /// <summary>Parts are taken of so many runes of a word: a page of base64 is one word.</summary>
    private const int WordRunesMax = 64;

    // A word, a pair and a part of the same letters are three features.
    private const ulong PairSalt = 0x9E37_79B9_7F4A_7C15, PartSalt = 0xD1B5_4A32_D192_ED03;

    private readonly List<TextFeature> _features = [];
    private readonly Dictionary<ulong, int> _places = [];
    private readonly List<byte> _padded = [];
    private readonly List<int> _runeStarts = [];
    private string? _previous;

    private TextFeatures()
    {
    }

    internal static IReadOnlyList<TextFeature> Of(string text)
    {
        var features = new TextFeatures();
        foreach (var word in Words(text.ToLowerInvariant())) features.AddWord(word);
        return features._features;
    }

    /// <summary>
    /// Runs of letters, digits and their marks; each Chinese or Japanese character by itself, since those are written without spaces
    /// (their pairs do what words do). A text without any is one word without its white space.
    /// </summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var isUnspaced = IsUnspaced(rune);
            if (!isUnspaced && (Rune.IsLetterOrDigit(rune) || IsMark(rune)))
            {
                word.Append(rune);
                continue;
            }

            EndWord();
            if (isUnspaced) words.Add(rune.ToString());
        }

        EndWord();
        if (words.Count > 0) return words;
        var symbols = string.Concat(text.Where(character => !char.IsWhiteSpace(character)));
        return symbols.Length > 0 ? [symbols] : [];

        void EndWord()
        {
            if (word.Length > 0) words.Add(word.ToString());
            word.Clear();
        }
    }

    /// <summary>Kana and Han.</summary>
    private static bool IsUnspaced(Rune rune) => rune.Value is (>= 0x3041 and <= 0x30FF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x3FFFF);

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    private void AddWord(string word)
    {
        var isStopWord = StopWords.Contains(word);
        Add(HashOf(word), isStopWord ? WordWeight * StopWordFactor : WordWeight);
        if (_previous is { } previous)
        {
            var factor = isStopWord && StopWords.Contains(previous) ? StopWordFactor : 1;
            Add(HashOf($"{previous} {word}") ^ PairSalt, PairWeight * factor);
        }

        if (!isStopWord) AddParts(word);
        _previous = word;
    }

    private void AddParts(string word)
    {
        Pad(word);
        var bytes = CollectionsMarshal.AsSpan(_padded);
        var runes = _runeStarts.Count - 1;
        var partCount = 0;
        for (var length = PartRunesMin; length <= PartRunesMax; length++) partCount += Math.Max(0, runes - length + 1);
        if (partCount == 0) return;
        var weight = PartsWeight / Math.Sqrt(partCount);
        for (var length = PartRunesMin; length <= PartRunesMax; length++)
            for (var start = 0; start + length <= runes; start++)
                Add(XxHash64.Compute(bytes[_runeStarts[start].._runeStarts[start + length]]) ^ PartSalt, weight);
    }

    /// <summary>The word between &lt; and &gt; in UTF-8, with the place of every rune and of the end.</summary>
    private void Pad(string word)
    {
        _padded.Clear();
        _runeStarts.Clear();
        Span<byte> encoded = stackalloc byte[4];
        AppendRune(new Rune('<'), encoded);
        var taken = 0;
        foreach (var rune in word.EnumerateRunes())
        {
            if (taken++ == WordRunesMax) break;
            AppendRune(rune, encoded);
        }

        AppendRune(new Rune('>'), encoded);
        _runeStarts.Add(_padded.Count);
    }

    private void AppendRune(Rune rune, Span<byte> encoded)
    {
        _runeStarts.Add(_padded.Count);
        _padded.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
    }

    private void Add(ulong hash, double weight)
    {
        ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, hash, out var isKnown);
        if (isKnown)
        {
            // The same part may stand in words of different lengths: the first weight stays, the count grows.
            _features[place] = _features[place] with { Count = _features[place].Count + 1 };
            return;
        }

        place = _features.Count;
        _features.Add(new TextFeature(hash, weight, 1));
    }

    private static ulong HashOf(string text) => XxHash64.Compute(Encoding.UTF8.GetBytes(text));
}
