-- Records, and what they are indexed under. Text compares by its bytes, for ids are no words of any language. Times are
-- ms of store time, as double precision: exact, and a number to every driver.

-- One row per user who is remembered.
CREATE TABLE :"schema".presence_record (
  user_id text COLLATE "C" PRIMARY KEY,
  rev text COLLATE "C" NOT NULL,
  -- hashRev of rev: digests are sums of these
  rev_hash bigint NOT NULL,
  epoch double precision NOT NULL,
  version double precision NOT NULL,
  -- when the record next changes by itself; NULL: never
  wake_at double precision,
  -- nodes whose leases keep a connection alive
  nodes text[] COLLATE "C" NOT NULL,
  -- as admins see the user, and as others do
  real_status text COLLATE "C" NOT NULL,
  real_spaces text[] COLLATE "C" NOT NULL,
  shown_status text COLLATE "C" NOT NULL,
  shown_spaces text[] COLLATE "C" NOT NULL,
  record jsonb NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX presence_record_wake_at ON :"schema".presence_record (wake_at, user_id) WHERE wake_at IS NOT NULL;

-- Who stands where with which status. The space '' is everywhere, and has a row for everybody.
CREATE TABLE :"schema".presence_standing (
  space text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  -- to whom: 1 others, 2 admins, 3 both
  viewers smallint NOT NULL,
  PRIMARY KEY (space, status, user_id) INCLUDE (viewers)
);

-- Who holds whom: one row per node that a record names.
CREATE TABLE :"schema".presence_holding (
  node_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (node_id, user_id)
);

-- The digest of each node that records name: how many do, and the sum of their rev_hash.
CREATE TABLE :"schema".presence_holder (
  node_id text COLLATE "C" PRIMARY KEY,
  users integer NOT NULL,
  rev_sum bigint NOT NULL
) WITH (fillfactor = 50);

-- Leases. lease_until 0: there never was one.
CREATE TABLE :"schema".presence_node (
  node_id text COLLATE "C" PRIMARY KEY,
  lease_until double precision NOT NULL DEFAULT 0,
  killed boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);
CREATE INDEX presence_node_lease_until ON :"schema".presence_node (lease_until);

-- One row: when any node renewed last, and until when nobody may be declared dead.
CREATE TABLE :"schema".presence_cluster (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  renewed_at double precision NOT NULL DEFAULT 0,
  hold_off_until double precision NOT NULL DEFAULT 0
);

-- What subscribers read back when they are notified: changes, and signals too large for a notification. Kept for a
-- minute. Not logged: whoever listened when the server crashed has lost its connection too, and reads everything anew.
CREATE UNLOGGED TABLE :"schema".presence_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- NULL: a signal
  user_id text COLLATE "C",
  epoch double precision,
  version double precision,
  -- NULL: forgotten
  record jsonb,
  -- the note of a change, or the signal
  note jsonb,
  topics text[] COLLATE "C" NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
