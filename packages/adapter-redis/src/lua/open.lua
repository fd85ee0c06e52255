-- Says what this data is laid out for; whoever comes first decides.
-- KEYS: state   ARGV: layout, partitions
-- Returns layout and partitions as they stand
redis.call('HSETNX', KEYS[1], 'layout', ARGV[1])
redis.call('HSETNX', KEYS[1], 'partitions', ARGV[2])
return redis.call('HMGET', KEYS[1], 'layout', 'partitions')
