-- Forgets the oldest changes, if older than keep_ms; returns how many. Called again while it returns as many as it looks at.
CREATE FUNCTION :"schema".presence_prune(keep_ms double precision, most integer) RETURNS integer LANGUAGE sql AS $$
  WITH oldest AS (
    SELECT id, at FROM :"schema".presence_change ORDER BY id LIMIT most
  ), gone AS (
    DELETE FROM :"schema".presence_change c USING oldest
    WHERE c.id = oldest.id AND oldest.at < clock_timestamp() - keep_ms * interval '1 ms'
    RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;
