-- Kills those of the given nodes for which no live lease stands; during a hold-off none.
-- KEYS: leases, killed, state   ARGV: now, how many at most, then nodes
-- Returns the dead ones in the order given; one more than asked for says that there are more, and is left alone
local now, limit, dead = tonumber(ARGV[1]), tonumber(ARGV[2]), {}
local held = redis.call('HGET', KEYS[3], 'holdOffUntil')
if tonumber(held or '0') > now then return dead end
for i = 3, #ARGV do
  local node = ARGV[i]
  local isKilled = redis.call('ZSCORE', KEYS[2], node)
  if isKilled or tonumber(redis.call('ZSCORE', KEYS[1], node) or '0') <= now then
    dead[#dead + 1] = node
    if #dead > limit then return dead end
    redis.call('ZADD', KEYS[2], 'GT', now, node)
  end
end
return dead
