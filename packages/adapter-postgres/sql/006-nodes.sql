-- Extends the lease of a node, unless it was killed, and echoes on the node's topic.
-- lease_until, now_ms, after_ms, for_ms: as in renewNode · channel, echo: the notification of a renewal that stands
-- returns: whether the lease stands, whether it is new, the node's digest, and until when nobody may be declared dead
CREATE FUNCTION :"schema".presence_renew(
  node text, lease_until double precision, now_ms double precision, after_ms double precision, for_ms double precision,
  channel text, echo text, lock_ms integer
) RETURNS TABLE (stands boolean, is_new boolean, users integer, rev_sum bigint, hold_off_until double precision)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  lease :"schema".presence_node;
  cluster :"schema".presence_cluster;
  day CONSTANT double precision := 86400000;
BEGIN
  PERFORM set_config('lock_timeout', lock_ms::text, true);
  DELETE FROM :"schema".presence_node n
  WHERE n.node_id IN (
    SELECT o.node_id FROM :"schema".presence_node o
    WHERE o.lease_until <= now_ms - day
      AND NOT EXISTS (SELECT FROM :"schema".presence_holder h WHERE h.node_id = o.node_id AND h.users > 0)
    ORDER BY o.lease_until LIMIT 100 FOR UPDATE SKIP LOCKED);
  INSERT INTO :"schema".presence_node (node_id) VALUES (node) ON CONFLICT DO NOTHING;
  SELECT * INTO lease FROM :"schema".presence_node n WHERE n.node_id = node FOR NO KEY UPDATE;
  INSERT INTO :"schema".presence_cluster (one) VALUES (true) ON CONFLICT DO NOTHING;
  IF lease.killed THEN
    SELECT * INTO cluster FROM :"schema".presence_cluster;
  ELSE
    SELECT * INTO cluster FROM :"schema".presence_cluster FOR UPDATE;
    IF cluster.renewed_at > 0 AND now_ms - cluster.renewed_at >= after_ms THEN
      cluster.hold_off_until := greatest(cluster.hold_off_until, now_ms + for_ms);
    END IF;
    UPDATE :"schema".presence_cluster c
    SET renewed_at = greatest(c.renewed_at, now_ms), hold_off_until = cluster.hold_off_until;
    UPDATE :"schema".presence_node n
    SET lease_until = greatest(n.lease_until, presence_renew.lease_until) WHERE n.node_id = node;
    PERFORM pg_notify(channel, echo);
  END IF;
  RETURN QUERY
  SELECT NOT lease.killed, NOT lease.killed AND lease.lease_until = 0, coalesce(h.users, 0), coalesce(h.rev_sum, 0),
    CASE WHEN cluster.hold_off_until > now_ms THEN cluster.hold_off_until ELSE 0 END
  FROM (VALUES (node)) AS self (node_id)
  LEFT JOIN :"schema".presence_holder h ON h.node_id = self.node_id;
END
$$;

-- Nodes that records name and no live lease stands for, after the id `after`; kills the first `most` of them.
-- returns: the killed ones, and if there are more the last id that was looked at, as is_cursor
CREATE FUNCTION :"schema".presence_dead(now_ms double precision, after text, most integer, lock_ms integer)
RETURNS TABLE (node_id text, is_cursor boolean) LANGUAGE plpgsql
-- In the order of the index, up to the limit: never all nodes first.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  found text[] := array(
    SELECT h.node_id
    FROM :"schema".presence_holder h LEFT JOIN :"schema".presence_node n ON n.node_id = h.node_id
    WHERE h.node_id > after AND h.users > 0 AND (n.node_id IS NULL OR n.killed OR n.lease_until <= now_ms)
    ORDER BY h.node_id LIMIT most + 1);
  holding_off boolean;
BEGIN
  IF cardinality(found) = 0 THEN RETURN; END IF;
  PERFORM set_config('lock_timeout', lock_ms::text, true);
  INSERT INTO :"schema".presence_node (node_id) SELECT unnest(found[:most]) ORDER BY 1 ON CONFLICT DO NOTHING;
  -- Waits for what these nodes are saving: whoever scans their users afterwards sees it.
  PERFORM FROM :"schema".presence_node WHERE node_id = ANY (found[:most]) ORDER BY node_id FOR UPDATE;
  SELECT c.hold_off_until > now_ms INTO holding_off FROM :"schema".presence_cluster c FOR SHARE;
  IF holding_off THEN RETURN; END IF;
  UPDATE :"schema".presence_node n SET killed = true, lease_until = greatest(n.lease_until, now_ms)
  WHERE n.node_id = ANY (found[:most]) AND NOT n.killed AND n.lease_until <= now_ms;
  -- Who renewed in between is not dead.
  RETURN QUERY
  SELECT n.node_id, false FROM :"schema".presence_node n
  WHERE n.node_id = ANY (found[:most]) AND n.killed
  UNION ALL
  SELECT found[most], true WHERE cardinality(found) > most
  ORDER BY 2, 1;
END
$$;

-- Ends the lease of a node at once; whether no record names it any more.
CREATE FUNCTION :"schema".presence_remove(node text, lock_ms integer) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', lock_ms::text, true);
  INSERT INTO :"schema".presence_node (node_id) VALUES (node) ON CONFLICT DO NOTHING;
  PERFORM FROM :"schema".presence_node n WHERE n.node_id = node FOR UPDATE;
  UPDATE :"schema".presence_node n
  SET killed = true,
    lease_until = greatest(n.lease_until, (SELECT max(c.renewed_at) FROM :"schema".presence_cluster c))
  WHERE n.node_id = node;
  DELETE FROM :"schema".presence_holder h WHERE h.node_id = node AND h.users = 0;
  RETURN NOT EXISTS (SELECT FROM :"schema".presence_holder h WHERE h.node_id = node AND h.users > 0);
END
$$;
