using JadeVector.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Orleans
{
    /// <summary>A grain that has reminders.</summary>
    public interface IRemindable : IGrain
    {
        /// <summary>A reminder is due, or was due while nobody could be told; an activation is made for it where there is none.</summary>
        Task ReceiveReminder(string reminderName, TickStatus status);
    }

    public static class GrainReminderExtensions
    {
        /// <summary>The longest time that a timer can be set to.</summary>
        private static readonly TimeSpan LongestMax = TimeSpan.FromDays(49);

        /// <summary>Sets a reminder that lasts until it is unregistered, over any number of activations and processes, in place of one of that name.</summary>
        /// <param name="dueTime">From now to the first tick.</param>
        /// <param name="period">From tick to tick, at least <see cref="EmbeddedGrainOptions.MinimumReminderPeriod"/>.</param>
        public static Task<IGrainReminder> RegisterOrUpdateReminder(this IGrainBase grain, string reminderName, TimeSpan dueTime, TimeSpan period)
        {
            RequireName(reminderName);
            if (grain is not IRemindable)
                throw new InvalidOperationException($"Grain {grain.GrainContext.GrainId} is not '{nameof(IRemindable)}', which it must be to have reminders.");
            ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, LongestMax);
            ArgumentOutOfRangeException.ThrowIfLessThan(period, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(period, LongestMax);
            var shortest = grain.GrainContext.ActivationServices.GetRequiredService<IOptions<EmbeddedGrainOptions>>().Value.MinimumReminderPeriod;
            if (period < shortest)
                throw new ArgumentException($"The period {period} of the reminder '{reminderName}' is less than the shortest allowed one, {shortest}.");
            return Register();

            async Task<IGrainReminder> Register() =>
                new GrainReminder(reminderName, await TableOf(grain).Put(grain.GrainContext.GrainId, reminderName, dueTime, period));
        }

        /// <summary>Ends a reminder; repeating it is harmless.</summary>
        /// <exception cref="ReminderException">It was registered again since the caller got hold of it.</exception>
        public static Task UnregisterReminder(this IGrainBase grain, IGrainReminder reminder) =>
            TableOf(grain).Remove(grain.GrainContext.GrainId, reminder.ReminderName, ((GrainReminder)reminder).Version);

        /// <summary>The grain's reminder of that name, or null.</summary>
        public static async Task<IGrainReminder?> GetReminder(this IGrainBase grain, string reminderName)
        {
            RequireName(reminderName);
            return await TableOf(grain).Find(grain.GrainContext.GrainId, reminderName) is { } version ? new GrainReminder(reminderName, version) : null;
        }

        private static IReminderTable TableOf(IGrainBase grain) =>
            grain.GrainContext.ActivationServices.GetRequiredService<IGrainFactory>().GetGrain<IReminderTable>(0);

        private static void RequireName(string reminderName)
        {
            if (string.IsNullOrWhiteSpace(reminderName))
                throw new ArgumentNullException(nameof(reminderName));
        }
    }
}

namespace Orleans.Runtime
{
    /// <summary>A reminder as it was registered.</summary>
    public interface IGrainReminder
    {
        string ReminderName { get; }
    }

    /// <summary>Which tick of a reminder it is.</summary>
    [GenerateSerializer]
    [Immutable]
    public readonly struct TickStatus(DateTime firstTickTime, TimeSpan period, DateTime timeStamp)
    {
        /// <summary>When the first tick was due.</summary>
        [Id(0)]
        public DateTime FirstTickTime { get; } = firstTickTime;

        [Id(1)]
        public TimeSpan Period { get; } = period;

        /// <summary>When this tick was sent.</summary>
        [Id(2)]
        public DateTime CurrentTickTime { get; } = timeStamp;

        public override string ToString() => $"<{FirstTickTime}, {Period}, {CurrentTickTime}>";
    }

    /// <summary>A reminder could not be changed.</summary>
    [GenerateSerializer]
    public sealed class ReminderException(string message) : OrleansException(message);
}
