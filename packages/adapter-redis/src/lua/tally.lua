-- Adds up counters.
-- KEYS: sums of each partition   ARGV: fields
-- Returns the total of each field
local totals = {}
for i = 1, #ARGV do totals[i] = 0 end
for _, key in ipairs(KEYS) do
  for i, value in ipairs(redis.call('HMGET', key, unpack(ARGV))) do totals[i] = totals[i] + (tonumber(value) or 0) end
end
return totals
