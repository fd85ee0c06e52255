-- Forgets the oldest changes, if older than keep_ms; returns how many. Called again while it returns as many as it looks at.
CREATE FUNCTION :"schema".presence_prune(keep_ms double precision, most integer) RETURNS integer LANGUAGE sql AS $$
  WITH gone AS (
    DELETE FROM :"schema".presence_change
    WHERE id = ANY (array(
      SELECT oldest.id FROM (SELECT id, at FROM :"schema".presence_change ORDER BY id LIMIT most) oldest
      WHERE oldest.at < clock_timestamp() - keep_ms * interval '1 ms'))
    RETURNING 1
  )
  SELECT count(*)::integer FROM gone
$$;
