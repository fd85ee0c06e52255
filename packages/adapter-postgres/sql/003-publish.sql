-- Writes down what was accepted, and notifies whoever listens: ids and hashes of topics only.
-- judged: the writes of one call · origin: names the call to its own handle · channel: what all channels begin with
CREATE FUNCTION :"schema".presence_publish(judged :"schema".presence_judged[], origin text, channel text)
RETURNS void LANGUAGE plpgsql
-- Unlike what presence_save does elsewhere: here two lists of one length meet, and no table.
SET enable_hashjoin = on
AS $$
DECLARE
  sent bigint;
BEGIN
  WITH written AS (
    INSERT INTO :"schema".presence_change AS c (user_id, epoch, version, record, note, topics)
    SELECT (j.w).user_id, (j.w).epoch, (j.w).version,
      CASE WHEN (j.w).is_published THEN (j.w).published ELSE (j.w).record END, (j.w).note, (j.w).topics
    FROM unnest(judged) j
    WHERE j.outcome = 'ok' AND cardinality((j.w).topics) > 0
    ORDER BY (j.w).n
    RETURNING c.id, c.user_id
  ), entry AS (
    SELECT written.id, bucket.key AS bucket, written.id || '.' || (j.w).n || ':' || bucket.value AS text
    FROM written
    JOIN unnest(judged) j ON (j.w).user_id = written.user_id
    CROSS JOIN LATERAL jsonb_each_text((j.w).feed) bucket
  ), chunk AS (
    -- 8,000 bytes are an error; an entry has less than 1,000.
    SELECT bucket, id, text, sum(length(text) + 1) OVER (PARTITION BY bucket ORDER BY id) / 6900 AS number
    FROM entry
  ), payload AS (
    SELECT bucket, 'c' || origin || ' ' || string_agg(text, ' ' ORDER BY id) AS text FROM chunk GROUP BY bucket, number
  )
  SELECT count(pg_notify(channel || payload.bucket, payload.text)) INTO sent FROM payload;
END
$$;
