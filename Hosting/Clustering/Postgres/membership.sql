-- The list of a cluster's silos in PostgreSQL (9.5 or later), for Orleans' ADO.NET clustering provider.
-- It runs at every start inside one transaction under a lock, and changes nothing that is there already but the queries.
--
-- The provider fixes three things: the table OrleansQuery with the texts below under their keys, the names of a text's parameters,
-- and the names of the columns it returns. The two tables are ours.
--
-- The protocol: every change of a silo's entry takes the cluster's version from v to v + 1 in the same statement, and happens not at
-- all when the version is not v any more. The update of the version's row comes first and locks it, so that of two changes one waits
-- and then finds another version. A sign of life is no change.

CREATE TABLE IF NOT EXISTS OrleansQuery
(
    QueryKey text PRIMARY KEY,
    QueryText text NOT NULL
);

CREATE TABLE IF NOT EXISTS cluster_version
(
    cluster text PRIMARY KEY,
    version integer NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS cluster_silo
(
    cluster text NOT NULL REFERENCES cluster_version,
    address text NOT NULL,
    port integer NOT NULL,
    generation integer NOT NULL,        -- tells apart the processes that had the same address and port, one after the other
    name text NOT NULL,
    host text NOT NULL,
    status integer NOT NULL,            -- Orleans' SiloStatus; 3 is active
    gateway_port integer NOT NULL,      -- 0 has none
    suspects text NULL,                 -- votes, in the provider's own form
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,

    PRIMARY KEY (cluster, address, port, generation)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $text$
    WITH created AS (
        INSERT INTO cluster_version (cluster) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT count(*)::integer FROM created
$text$),
('InsertMembershipKey', $text$
    WITH next AS (
        UPDATE cluster_version v SET version = v.version + 1
        WHERE v.cluster = @DeploymentId AND v.version = @Version AND NOT EXISTS (
            SELECT 1 FROM cluster_silo s
            WHERE s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING v.cluster),
    added AS (
        INSERT INTO cluster_silo (cluster, address, port, generation, name, host, status, gateway_port, started_at, alive_at)
        SELECT next.cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM next
        RETURNING 1)
    SELECT count(*)::integer FROM added
$text$),
('UpdateMembershipKey', $text$
    WITH next AS (
        UPDATE cluster_version v SET version = v.version + 1
        WHERE v.cluster = @DeploymentId AND v.version = @Version AND EXISTS (
            SELECT 1 FROM cluster_silo s
            WHERE s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
        RETURNING v.cluster),
    changed AS (
        UPDATE cluster_silo s SET status = @Status, suspects = @SuspectTimes, alive_at = @IAmAliveTime
        FROM next
        WHERE s.cluster = next.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
        RETURNING 1)
    SELECT count(*)::integer FROM changed
$text$),
('UpdateIAmAlivetimeKey', $text$
    UPDATE cluster_silo SET alive_at = @IAmAliveTime
    WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$text$),
('MembershipReadRowKey', $text$
    SELECT v.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName,
        s.host AS HostName, s.status AS Status, s.gateway_port AS ProxyPort, s.suspects AS SuspectTimes,
        s.started_at AS StartTime, s.alive_at AS IAmAliveTime, v.version AS Version
    FROM cluster_version v LEFT JOIN cluster_silo s
        ON s.cluster = v.cluster AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    WHERE v.cluster = @DeploymentId
$text$),
('MembershipReadAllKey', $text$
    SELECT v.cluster AS DeploymentId, s.address AS Address, s.port AS Port, s.generation AS Generation, s.name AS SiloName,
        s.host AS HostName, s.status AS Status, s.gateway_port AS ProxyPort, s.suspects AS SuspectTimes,
        s.started_at AS StartTime, s.alive_at AS IAmAliveTime, v.version AS Version
    FROM cluster_version v LEFT JOIN cluster_silo s ON s.cluster = v.cluster
    WHERE v.cluster = @DeploymentId
$text$),
('GatewaysQueryKey', $text$
    SELECT address AS Address, gateway_port AS ProxyPort, generation AS Generation
    FROM cluster_silo WHERE cluster = @DeploymentId AND status = @Status AND gateway_port > 0
$text$),
('CleanupDefunctSiloEntriesKey', $text$
    DELETE FROM cluster_silo WHERE cluster = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3
$text$),
('DeleteMembershipTableEntriesKey', $text$
    WITH silos AS (DELETE FROM cluster_silo WHERE cluster = @DeploymentId)
    DELETE FROM cluster_version WHERE cluster = @DeploymentId
$text$)
ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText WHERE OrleansQuery.QueryText <> excluded.QueryText;
