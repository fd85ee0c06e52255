-- Moves users whose writes were accepted between the nodes that hold them, and keeps the digests.
CREATE FUNCTION :"schema".presence_move_holdings(judged :"schema".presence_judged[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM :"schema".presence_holding h
  USING (
    SELECT (j.w).user_id, unnest(j.nodes) AS node_id, (j.w).nodes FROM unnest(judged) j WHERE j.outcome = 'ok' AND j.had
  ) old
  WHERE h.node_id = old.node_id AND h.user_id = old.user_id AND old.node_id <> ALL (coalesce(old.nodes, '{}'));

  INSERT INTO :"schema".presence_holding (node_id, user_id)
  SELECT new.node_id, new.user_id
  FROM (SELECT (j.w).user_id, unnest((j.w).nodes) AS node_id, CASE WHEN j.had THEN j.nodes END AS nodes
    FROM unnest(judged) j WHERE j.outcome = 'ok') new
  WHERE new.node_id <> ALL (coalesce(new.nodes, '{}'))
  ON CONFLICT DO NOTHING;

  -- In the order of ids, like all rows that are locked: two calls that cross wait, and never for each other.
  INSERT INTO :"schema".presence_holder AS h (node_id, users, rev_sum)
  SELECT node_id, sum(users), sum(rev_hash)
  FROM (
    SELECT unnest(j.nodes) AS node_id, -1 AS users, -j.rev_hash AS rev_hash
    FROM unnest(judged) j WHERE j.outcome = 'ok' AND j.had
    UNION ALL
    SELECT unnest((j.w).nodes), 1, (j.w).rev_hash FROM unnest(judged) j WHERE j.outcome = 'ok'
  ) each
  GROUP BY node_id
  HAVING sum(users) <> 0 OR sum(rev_hash) <> 0
  ORDER BY node_id
  ON CONFLICT (node_id) DO UPDATE SET users = h.users + excluded.users, rev_sum = h.rev_sum + excluded.rev_sum;
END
$$;

-- Moves users whose writes were accepted between spaces and statuses.
CREATE FUNCTION :"schema".presence_move_standings(judged :"schema".presence_judged[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  moved :"schema".presence_judged[] := array(
    SELECT j FROM unnest(judged) j
    WHERE j.outcome = 'ok' AND (
      NOT j.had
      OR (j.real_status, j.real_spaces, j.shown_status, j.shown_spaces) IS DISTINCT FROM
        ((j.w).real_status, (j.w).real_spaces, (j.w).shown_status, (j.w).shown_spaces)));
BEGIN
  IF cardinality(moved) = 0 THEN RETURN; END IF;
  DELETE FROM :"schema".presence_standing s
  USING (
    SELECT (j.w).user_id, old.space, old.status
    FROM unnest(moved) j
    CROSS JOIN LATERAL :"schema".presence_standings(j.real_status, j.real_spaces, j.shown_status, j.shown_spaces) old
    WHERE j.had
    EXCEPT
    SELECT (j.w).user_id, new.space, new.status
    FROM unnest(moved) j
    CROSS JOIN LATERAL :"schema".presence_standings(
      (j.w).real_status, (j.w).real_spaces, (j.w).shown_status, (j.w).shown_spaces) new
  ) gone
  WHERE s.space = gone.space AND s.status = gone.status AND s.user_id = gone.user_id;

  INSERT INTO :"schema".presence_standing AS s (space, status, user_id, viewers)
  SELECT new.space, new.status, (j.w).user_id, new.viewers
  FROM unnest(moved) j
  CROSS JOIN LATERAL :"schema".presence_standings(
    (j.w).real_status, (j.w).real_spaces, (j.w).shown_status, (j.w).shown_spaces) new
  ON CONFLICT (space, status, user_id) DO UPDATE SET viewers = excluded.viewers WHERE s.viewers <> excluded.viewers;
END
$$;
