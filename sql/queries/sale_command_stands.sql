-- Whether a command about a whole sale ($1 sale, $2 command id) is still to be carried out: not after its end, and not after a
-- newer one has begun (sale_command_begin.sql), which waits here for the lot that is being decided. One row, or none. By primary key.
SELECT 1 AS stands FROM sale_commands WHERE sale_id = $1::bigint AND command_id = $2::uuid AND completed_at IS NULL FOR SHARE;
