using System.Globalization;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>Gets, lists and searches all through the drill, strongly, and holds every answer against the model by id and value.</summary>
internal sealed class DrillReader(int number, CrashDrillOptions options, DrillModel model, DrillLedger ledger, DrillTarget target)
{
    private const int IdsPerGet = 20;
    private const int PageSize = 50;
    private const int TopK = 10;
    private const double DistanceTolerance = 1e-3;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly ReadOptions Strong = new() { Consistency = "strong" };

    private readonly Random _random = new((options.Seed * 7_919) + number);

    internal async Task RunAsync(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            try
            {
                await (_random.Next(4) switch { 0 => ListAsync(), 1 => SearchAsync(), _ => GetAsync() });
                ledger.Count(DrillEvent.Read);
                await Task.Delay(Pace, CancellationToken.None);
            }
            catch (Exception problem) when (problem is JadeApiException || DrillAnswers.IsSilence(problem))
            {
                if (problem is JadeApiException refused && !DrillAnswers.MayPass(refused)) ledger.Violate($"a read was refused: {refused.Message}");
                ledger.Count(DrillEvent.RefusedRead);
                await Task.Delay(RetryPause, CancellationToken.None);
            }
        }
    }

    private async Task GetAsync()
    {
        string[] ids = [.. Enumerable.Range(0, IdsPerGet).Select(_ => Pick()).Distinct()];
        int[] floors = [.. ids.Select(model.Floor)];
        var found = await target.Client.GetAsync(target.DatabaseId, ids, Strong);
        for (var i = 0; i < ids.Length; i++) Check("get", ids[i], found[i], floors[i]);
    }

    /// <summary>A page from somewhere. Writers move vectors from page to page meanwhile, so that what is missing in one says nothing.</summary>
    private async Task ListAsync()
    {
        var floors = model.Floors();
        string? cursor = null;
        for (var pages = _random.Next(1, 4); pages > 0; pages--)
        {
            var page = await target.Client.ListAsync(target.DatabaseId, PageSize, cursor, Strong);
            foreach (var vector in page.Vectors) Check("list", vector.Id, vector, floors.GetValueOrDefault(vector.Id));
            if (page.NextCursor is null) return;
            cursor = page.NextCursor;
        }
    }

    private async Task SearchAsync()
    {
        var query = DrillVectors.Values(Pick(), _random.Next(1, 100));
        var floors = model.Floors();
        var search = new SearchRequest { QueryVector = query, TopK = TopK, IncludeValues = true, IncludeMetadata = true };
        var hits = (await target.Client.SearchAsync(target.DatabaseId, search, Strong)).Results;
        if (hits.DistinctBy(hit => hit.Id).Count() != hits.Count) ledger.Violate("a search returned an id twice");
        for (var i = 0; i < hits.Count; i++)
        {
            var hit = hits[i];
            if (i > 0 && hit.Similarity > hits[i - 1].Similarity) ledger.Violate("a search returned results out of order");
            Check("search", hit.Id, new StoredVector { Id = hit.Id, Values = hit.Values, Metadata = hit.Metadata }, floors.GetValueOrDefault(hit.Id));
            if (hit.Values is { } values && Math.Abs(DrillVectors.Distance(query, values) - hit.Distance) > DistanceTolerance)
                ledger.Violate(string.Create(CultureInfo.InvariantCulture, $"search: {hit.Id} is {DrillVectors.Distance(query, values)} away, not {hit.Distance}"));
        }
    }

    private string Pick() => DrillVectors.IdOf(_random.Next(options.Writers), _random.Next(options.IdsPerWriter));

    private void Check(string how, string id, StoredVector? vector, int floor)
    {
        var revision = vector is null ? DrillVectors.Absent : DrillVectors.RevisionOf(vector);
        if (revision is null) ledger.Violate($"{how}: {id} has values or metadata that nobody wrote");
        else if (model.Observe(id, revision.Value, floor) is { } wrong) ledger.Violate($"{how}: {wrong}");
    }
}
