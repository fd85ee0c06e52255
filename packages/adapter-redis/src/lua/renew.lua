-- Renews the lease of a node, unless it was killed.
-- KEYS: leases, killed, state, marks of one partition, then sums of the partitions that are in reach
-- ARGV: node, until, now, silence after which a hold-off begins, its length, how long a node is remembered,
--   channel and text of the echo
-- Returns stands, isNew, end of the hold-off (a text), count and sum of the node's users in these partitions
local leases, killed, state, marks, node = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]
local now, forgotten = tonumber(ARGV[3]), tonumber(ARGV[3]) - tonumber(ARGV[6])
redis.call('ZREMRANGEBYSCORE', leases, '-inf', forgotten)
redis.call('ZREMRANGEBYSCORE', killed, '-inf', forgotten)
-- As long as it is marked, nothing it writes passes.
local stands = redis.call('ZSCORE', killed, node) == false and redis.call('ZSCORE', marks, node) == false
local isNew = stands and redis.call('ZSCORE', leases, node) == false
local renewed, held = unpack(redis.call('HMGET', state, 'renewedAt', 'holdOffUntil'))
held = tonumber(held or '0')
if stands then
  redis.call('ZADD', leases, 'GT', ARGV[2], node)
  if renewed and now - tonumber(renewed) >= tonumber(ARGV[4]) then held = math.max(held, now + tonumber(ARGV[5])) end
  local latest = math.max(now, tonumber(renewed or '0'))
  redis.call('HSET', state, 'renewedAt', string.format('%.17g', latest), 'holdOffUntil', string.format('%.17g', held))
  redis.call('SPUBLISH', ARGV[7], ARGV[8])
end
local count, sum = 0, 0
for i = 5, #KEYS do
  local part = redis.call('HMGET', KEYS[i], 'c' .. node, 's' .. node)
  count = count + tonumber(part[1] or '0')
  sum = sum + tonumber(part[2] or '0')
end
if held <= now then held = 0 end
return { stands and 1 or 0, isNew and 1 or 0, string.format('%.17g', held), count, sum }
