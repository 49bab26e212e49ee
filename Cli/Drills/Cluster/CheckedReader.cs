using System.Diagnostics;
using JadeVector.Client;

namespace JadeVector.Cli.Drills.Cluster;

/// <summary>Reads by id and searches, at every consistency, and holds each answer against what is known of the ids in it.</summary>
internal sealed class CheckedReader(int number, ClusterDrillOptions options, DrillIds ids, DrillTally tally)
{
    private const int IdsPerGet = 10;
    private const int TopK = 10;
    private const double DistanceTolerance = 1e-3;

    private static readonly string[] Consistencies = ["bounded", "strong", "eventual"];

    private readonly Random _random = new((options.Seed * 7_919) + number);
    private long _requests;

    /// <summary>Reads until told to stop, from each server in turn.</summary>
    internal async Task RunAsync(IReadOnlyList<JadeClient> clients, string databaseId, TimeSpan pace, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            if (ids.Pick(_random) is { } id)
            {
                var client = clients[(int)(_requests++ % clients.Count)];
                var consistency = Consistencies[_random.Next(Consistencies.Length)];
                await Try(() => _random.Next(2) == 0 ? GetAsync(client, databaseId, consistency) : SearchAsync(client, databaseId, id));
            }

            await Task.Delay(pace, CancellationToken.None);
        }
    }

    private async Task Try(Func<Task> read)
    {
        try
        {
            await read();
            tally.CountRead();
        }
        catch (JadeApiException refused)
        {
            tally.CountFailedRead(refused.Code);
        }
        catch (Exception silence) when (silence is HttpRequestException or TimeoutException)
        {
            tally.CountFailedRead(silence.Message);
        }
    }

    private async Task GetAsync(JadeClient client, string databaseId, string consistency)
    {
        string[] wanted = [.. Enumerable.Range(0, IdsPerGet).Select(_ => ids.Pick(_random)!).Distinct()];
        var began = Stopwatch.GetTimestamp();
        var found = await client.GetAsync(databaseId, wanted, new ReadOptions { Consistency = consistency });
        for (var i = 0; i < wanted.Length; i++)
            Check($"{consistency} get", wanted[i], found[i], began, LagOf(consistency));
    }

    private async Task SearchAsync(JadeClient client, string databaseId, string id)
    {
        var query = DrillVectors.Values(id, ids.Known(id));
        var began = Stopwatch.GetTimestamp();
        var before = ids.Ceiling(id);
        var answer = await client.SearchAsync(
            databaseId, new SearchRequest { QueryVector = query, TopK = TopK, IncludeValues = true, IncludeMetadata = true });
        var hits = answer.Results;
        if (hits.Select(hit => hit.Id).Distinct(StringComparer.Ordinal).Count() != hits.Count) tally.Violate("a search returned an id twice");
        for (var i = 0; i < hits.Count; i++)
        {
            if (i > 0 && hits[i].Similarity > hits[i - 1].Similarity) tally.Violate("a search returned results out of order");
            Check("search", hits[i].Id, new StoredVector { Id = hits[i].Id, Values = hits[i].Values, Metadata = hits[i].Metadata }, began, options.BoundedLag);
            CheckDistance(query, hits[i]);
        }

        var isSettled = ids.Ceiling(id) == before && ids.Floor(id, began, options.BoundedLag) == before;
        if (isSettled && hits.All(hit => hit.Id != id)) tally.CountMiss();
    }

    private TimeSpan LagOf(string consistency) => consistency switch
    {
        "strong" => TimeSpan.Zero,
        "eventual" => options.EventualLag,
        _ => options.BoundedLag,
    };

    private void Check(string how, string id, StoredVector? vector, long began, TimeSpan lag)
    {
        var revision = vector is null ? DrillVectors.Absent : DrillVectors.RevisionOf(vector);
        var (floor, ceiling) = (ids.Floor(id, began, lag), ids.Ceiling(id));
        if (revision is null) tally.Violate($"{how}: {id} has values or metadata that nobody wrote");
        else if (revision < floor || revision > ceiling) tally.Violate($"{how}: {id} has revision {revision}, not {floor} to {ceiling}");
    }

    private void CheckDistance(float[] query, SearchResult hit)
    {
        var sum = 0.0;
        for (var i = 0; i < query.Length; i++) sum += ((double)query[i] - hit.Values![i]) * ((double)query[i] - hit.Values[i]);
        if (Math.Abs(Math.Sqrt(sum) - hit.Distance) > DistanceTolerance) tally.Violate($"search: {hit.Id} is {Math.Sqrt(sum)} away, not {hit.Distance}");
    }
}
