-- Ends the lease of a node as if it was killed.
-- KEYS: leases, killed, state   ARGV: node
-- Returns since when it is dead (a text)
local at = tonumber(redis.call('HGET', KEYS[3], 'renewedAt') or '0')
if at == 0 then at = tonumber(redis.call('TIME')[1]) * 1000 end
at = math.max(at, tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0'))
redis.call('ZADD', KEYS[2], 'GT', at, ARGV[1])
return string.format('%.17g', at)
