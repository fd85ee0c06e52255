-- Reads members of sorted sets that are ordered by their bytes.
-- KEYS: the sorted sets   ARGV: how many of each at most, then for each set: from and to (as of ZRANGE BYLEX)
-- Returns a list of members for each set
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = redis.call('ZRANGE', key, ARGV[2 * i], ARGV[2 * i + 1], 'BYLEX', 'LIMIT', 0, ARGV[1])
end
return found
