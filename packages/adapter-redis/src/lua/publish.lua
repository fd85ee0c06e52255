-- Publishes to the shard that the channel belongs to.
-- KEYS: channel   ARGV: text
redis.call('SPUBLISH', KEYS[1], ARGV[1])
