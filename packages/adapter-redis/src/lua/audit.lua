-- Counts the users of a node in one partition, and shows its subscribers that they still hear.
-- KEYS: sums   ARGV: node, channel and text of the probe
-- Returns count and sum of the node's users
redis.call('SPUBLISH', ARGV[2], ARGV[3])
local part = redis.call('HMGET', KEYS[1], 'c' .. ARGV[1], 's' .. ARGV[1])
return { tonumber(part[1] or '0'), tonumber(part[2] or '0') }
