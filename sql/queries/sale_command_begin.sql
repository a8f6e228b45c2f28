-- Begins a command about a whole sale, or finds it begun: $1 sale, $2 command id, $3 who, $4 kind (pause, resume), $5 its content,
-- $6 whether the sale itself is meant, and not only some of its lots. A sale that is paused is no longer paced. What was begun
-- before and is not complete is over with a command about the sale itself, broken off or still under way (sale_command_stands.sql):
-- the rest of it would undo what came after it.
-- outcome: begun, again (begun before, not complete), complete, reused (the id is another command's), missing, shut (a draft or
-- closed: there is nothing to pause).
WITH sale AS MATERIALIZED (
    SELECT id, $4::text = 'pause' AND status IN ('draft', 'closed') AS shut FROM sales WHERE id = $1::bigint FOR UPDATE
), known AS MATERIALIZED (
    SELECT completed_at IS NOT NULL AS complete, kind = $4 AND content = $5::text AND user_id = $3::bigint AS same
    FROM sale_commands WHERE sale_id = $1 AND command_id = $2::uuid
), begun AS (
    INSERT INTO sale_commands (sale_id, command_id, user_id, kind, content)
    SELECT id, $2, $3, $4, $5 FROM sale WHERE NOT shut AND NOT EXISTS (SELECT FROM known)
    RETURNING sale_id
), over AS (
    UPDATE sale_commands c SET completed_at = clock_timestamp()
    FROM begun WHERE $6::boolean AND c.sale_id = begun.sale_id AND c.command_id <> $2 AND c.completed_at IS NULL
), marked AS (
    UPDATE sales s
    SET paused_at = CASE WHEN $4 = 'pause' THEN coalesce(s.paused_at, clock_timestamp()) END,
        version = s.version + 1, updated_at = now()
    FROM begun WHERE s.id = begun.sale_id AND $6 AND (s.paused_at IS NULL) = ($4 = 'pause')
), logged AS (
    INSERT INTO audit_log (user_id, action, sale_id, details)
    SELECT $3, 'sale_' || $4, sale_id, $5::jsonb FROM begun
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM sale) THEN 'missing'
            WHEN EXISTS (SELECT FROM begun) THEN 'begun'
            WHEN NOT EXISTS (SELECT FROM known) THEN 'shut'
            WHEN NOT (SELECT same FROM known) THEN 'reused'
            WHEN (SELECT complete FROM known) THEN 'complete'
            ELSE 'again' END AS outcome;
