-- Compare-and-set of up to some hundred users: record, index, digest, change and notification in one transaction.
-- writes: a JSON list of presence_write, each of another user · origin, channel: see presence_publish · lock_ms: how long
-- to wait for a lock · returns: for each write its outcome, and after a conflict the record that stands
CREATE FUNCTION :"schema".presence_save(writes jsonb, origin text, channel text, lock_ms integer)
RETURNS TABLE (n integer, outcome text, standing jsonb) LANGUAGE plpgsql
-- A call is small and the tables are large, whatever the planner believes of them; what it calls is planned so too.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  ws :"schema".presence_write[] := array(
    SELECT w FROM jsonb_populate_recordset(NULL:::"schema".presence_write, writes) w);
  user_ids text[] := array(SELECT w.user_id FROM unnest(ws) w);
  writers text[] := array(SELECT DISTINCT w.writer FROM unnest(ws) w);
  killed text[];
  locked text[];
  created text[];
  judged :"schema".presence_judged[];
BEGIN
  PERFORM set_config('lock_timeout', lock_ms::text, true);
  -- Whoever kills a node waits for this lock; renewals do not.
  PERFORM FROM :"schema".presence_node WHERE node_id = ANY (writers) ORDER BY node_id FOR KEY SHARE;
  killed := array(SELECT node_id FROM :"schema".presence_node k WHERE k.node_id = ANY (writers) AND k.killed);
  locked := array(
    SELECT r.user_id FROM :"schema".presence_record r WHERE r.user_id = ANY (user_ids) ORDER BY r.user_id FOR UPDATE);

  WITH made AS (
    INSERT INTO :"schema".presence_record AS r (user_id, rev, rev_hash, epoch, version, wake_at, nodes,
      real_status, real_spaces, shown_status, shown_spaces, record)
    SELECT w.user_id, w.rev, w.rev_hash, w.epoch, w.version, w.wake_at, w.nodes,
      w.real_status, w.real_spaces, w.shown_status, w.shown_spaces, w.record
    FROM unnest(ws) w
    WHERE w.expected IS NULL AND w.record IS NOT NULL AND w.writer <> ALL (killed) AND w.user_id <> ALL (locked)
    ORDER BY w.user_id
    ON CONFLICT (user_id) DO NOTHING
    RETURNING r.user_id
  )
  SELECT coalesce(array_agg(made.user_id), '{}') INTO created FROM made;

  -- Of what was not locked above nothing is written, whatever has come since.
  judged := array(
    SELECT ROW(w,
      CASE
        WHEN w.writer = ANY (killed) THEN 'fenced'
        WHEN w.user_id = ANY (created) THEN 'ok'
        WHEN w.user_id = ANY (locked) THEN CASE WHEN r.rev = w.expected THEN 'ok' ELSE 'conflict' END
        WHEN r.user_id IS NULL AND w.expected IS NULL AND w.record IS NULL THEN 'ok'
        ELSE 'conflict'
      END,
      w.user_id = ANY (locked), r.rev_hash, r.nodes,
      r.real_status, r.real_spaces, r.shown_status, r.shown_spaces):::"schema".presence_judged
    FROM unnest(ws) w
    LEFT JOIN :"schema".presence_record r ON r.user_id = w.user_id);

  UPDATE :"schema".presence_record r
  SET rev = (j.w).rev, rev_hash = (j.w).rev_hash, epoch = (j.w).epoch, version = (j.w).version,
    wake_at = (j.w).wake_at, nodes = (j.w).nodes, real_status = (j.w).real_status, real_spaces = (j.w).real_spaces,
    shown_status = (j.w).shown_status, shown_spaces = (j.w).shown_spaces, record = (j.w).record
  FROM unnest(judged) j
  WHERE r.user_id = (j.w).user_id AND j.outcome = 'ok' AND j.had AND (j.w).record IS NOT NULL;

  DELETE FROM :"schema".presence_record r
  USING unnest(judged) j
  WHERE r.user_id = (j.w).user_id AND j.outcome = 'ok' AND j.had AND (j.w).record IS NULL;

  PERFORM :"schema".presence_move_standings(judged);
  PERFORM :"schema".presence_publish(judged, origin, channel);
  -- Last, for these rows are the ones that many calls share.
  PERFORM :"schema".presence_move_holdings(judged);

  RETURN QUERY
  SELECT (j.w).n, j.outcome,
    CASE WHEN j.outcome = 'conflict'
      THEN (SELECT r.record FROM :"schema".presence_record r WHERE r.user_id = (j.w).user_id) END
  FROM unnest(judged) j;
END
$$;
