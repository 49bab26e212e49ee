using JadeVector.Hosting.Work;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Hosting.Work;

public sealed class SearchAdmissionTests
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan TooLong = TimeSpan.FromMilliseconds(20);

    private readonly ManualClock _clock = new();
    private readonly SearchAdmission _admission;

    public SearchAdmissionTests() => _admission = new SearchAdmission(threads: 2, WaitMax, _clock);

    [Fact]
    public void Takes_in_fewer_when_searches_wait_too_long_and_never_fewer_than_keep_the_threads_busy()
    {
        Enter("a", 100);
        WaitTooLong();
        Assert.Equal(80, _admission.Limit);
        Assert.False(_admission.TryEnter("a"));
        for (var i = 0; i < 50; i++)
            WaitTooLong();
        Assert.Equal(3, _admission.Limit);
    }

    [Fact]
    public void One_that_began_to_wait_before_the_last_cut_does_not_make_another()
    {
        Enter("a", 100);
        WaitTooLong();
        _clock.Advance(TooLong / 2);
        _admission.Waited(TooLong);
        Assert.Equal(80, _admission.Limit);
        _clock.Advance(TooLong / 2);
        _admission.Waited(TooLong);
        Assert.Equal(64, _admission.Limit);
    }

    [Fact]
    public void Takes_in_more_again_by_one_for_a_round_of_searches_that_did_not_wait()
    {
        Enter("a", 10);
        WaitTooLong();
        Assert.Equal(8, _admission.Limit);
        for (var i = 0; i < 9; i++)
            _admission.Waited(TimeSpan.Zero);
        Assert.Equal(9, _admission.Limit);
    }

    [Fact]
    public void Limit_stays_where_it_is_while_it_is_not_reached()
    {
        Enter("a", 10);
        WaitTooLong();
        for (var i = 0; i < 5; i++)
            _admission.Leave("a");
        for (var i = 0; i < 100; i++)
            _admission.Waited(TimeSpan.Zero);
        Assert.Equal(8, _admission.Limit);
    }

    [Fact]
    public void Flood_of_one_database_leaves_the_others_their_share()
    {
        Enter("flood", 100);
        WaitTooLong();
        Assert.False(_admission.TryEnter("flood"));
        Enter("small", 40);
        Assert.False(_admission.TryEnter("small"));
        Enter("third", 26); // 80 for three
        Assert.False(_admission.TryEnter("third"));
        for (var i = 0; i < 100; i++)
            _admission.Leave("flood");
        Assert.True(_admission.TryEnter("third")); // nobody else wants them
    }

    private void Enter(string database, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.True(_admission.TryEnter(database));
    }

    private void WaitTooLong()
    {
        _clock.Advance(TooLong);
        _admission.Waited(TooLong);
    }
}
