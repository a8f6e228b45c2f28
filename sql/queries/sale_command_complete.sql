-- A command about a whole sale has been carried out on every lot: $1 sale, $2 command id.
UPDATE sale_commands SET completed_at = clock_timestamp()
WHERE sale_id = $1::bigint AND command_id = $2::uuid AND completed_at IS NULL;
