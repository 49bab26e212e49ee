-- The reminders of grains in PostgreSQL, for Orleans' ADO.NET reminder provider. It runs after membership.sql, in the same way, and puts
-- its queries into the same table OrleansQuery; what the provider fixes is told there.
--
-- A reminder belongs to the service, not to the cluster: it outlives all silos. Each silo delivers those whose grain's hash lies in its
-- range (begin, end]; a range that is not rising goes round the end of the numbers. A change or removal names the version that it saw.

CREATE TABLE IF NOT EXISTS grain_reminder
(
    service text NOT NULL,
    grain text NOT NULL,
    name text NOT NULL,
    hash integer NOT NULL,
    first_at timestamptz NOT NULL,
    period bigint NOT NULL,             -- milliseconds
    version integer NOT NULL DEFAULT 0,

    PRIMARY KEY (service, grain, name)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('UpsertReminderRowKey', $text$
    INSERT INTO grain_reminder AS r (service, grain, name, hash, first_at, period)
    VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period)
    ON CONFLICT (service, grain, name) DO UPDATE
        SET hash = excluded.hash, first_at = excluded.first_at, period = excluded.period, version = r.version + 1
    RETURNING version AS Version
$text$),
('ReadReminderRowKey', $text$
    SELECT grain AS GrainId, name AS ReminderName, first_at AS StartTime, period AS Period, version AS Version
    FROM grain_reminder WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName
$text$),
('ReadReminderRowsKey', $text$
    SELECT grain AS GrainId, name AS ReminderName, first_at AS StartTime, period AS Period, version AS Version
    FROM grain_reminder WHERE service = @ServiceId AND grain = @GrainId
$text$),
('ReadRangeRows1Key', $text$
    SELECT grain AS GrainId, name AS ReminderName, first_at AS StartTime, period AS Period, version AS Version
    FROM grain_reminder WHERE service = @ServiceId AND hash > @BeginHash AND hash <= @EndHash
$text$),
('ReadRangeRows2Key', $text$
    SELECT grain AS GrainId, name AS ReminderName, first_at AS StartTime, period AS Period, version AS Version
    FROM grain_reminder WHERE service = @ServiceId AND (hash > @BeginHash OR hash <= @EndHash)
$text$),
('DeleteReminderRowKey', $text$
    WITH gone AS (
        DELETE FROM grain_reminder
        WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version
        RETURNING 1)
    SELECT count(*)::integer FROM gone
$text$),
('DeleteReminderRowsKey', $text$
    DELETE FROM grain_reminder WHERE service = @ServiceId
$text$)
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText WHERE OrleansQuery.QueryText <> excluded.QueryText;
