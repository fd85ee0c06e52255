-- What presence_save works on, and what it says of standings.

-- One compare-and-set, as the adapter sends it. record NULL: forget.
CREATE TYPE :"schema".presence_write AS (
  n integer,
  user_id text,
  expected text,
  writer text,
  rev text,
  rev_hash bigint,
  epoch double precision,
  version double precision,
  wake_at double precision,
  nodes text[],
  real_status text,
  real_spaces text[],
  shown_status text,
  shown_spaces text[],
  record jsonb,
  -- what subscribers are told where it is not the record
  published jsonb,
  is_published boolean,
  note jsonb,
  topics text[],
  -- hashes of the topics by the channel they go to
  feed jsonb
);

-- A write with its outcome (ok, conflict, fenced), and what stood before it; had false: nothing.
CREATE TYPE :"schema".presence_judged AS (
  w :"schema".presence_write,
  outcome text,
  had boolean,
  rev_hash bigint,
  nodes text[],
  real_status text,
  real_spaces text[],
  shown_status text,
  shown_spaces text[]
);

-- Rows of presence_standing of a user, without the user.
CREATE FUNCTION :"schema".presence_standings(
  real_status text, real_spaces text[], shown_status text, shown_spaces text[]
) RETURNS TABLE (space text, status text, viewers smallint) LANGUAGE sql IMMUTABLE AS $$
  SELECT each.space, each.status, sum(each.viewer)::smallint
  FROM (
    SELECT DISTINCT unnest(real_spaces || ''::text) AS space, real_status AS status, 2 AS viewer
    WHERE real_status IS NOT NULL
    UNION ALL
    SELECT DISTINCT unnest(shown_spaces || ''::text), shown_status, 1
    WHERE shown_status IS NOT NULL
  ) each
  GROUP BY each.space, each.status
$$;
