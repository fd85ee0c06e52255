-- Saves users of one partition, each on its own: record, index entries, digests and publication, or none of them.
-- KEYS: records, due, sums, killed, 8 chunks of the index by space, then chunks of the wide index as the writes name them
-- ARGV: id of this call, prefix of the channels, number of writes, their users, then for each write: number of its wide
--   key, rev that must stand ('' for nobody), writer, new value ('' forgets), what subscribers are told, buckets
--   (numbers and commas)
-- Returns for each write: '+' saved, '!' the writer is killed, '-' in conflict with nobody, '=' and the standing value
-- @include places.lua
-- @include index.lua
local records, due, sums, killed, NEAR = KEYS[1], KEYS[2], KEYS[3], KEYS[4], 4
local writes = tonumber(ARGV[3])
local stored = redis.call('HMGET', records, unpack(ARGV, 4, 3 + writes))
local fenced, results, heard, latest = {}, {}, {}, {}

local function save(i)
  local user, at = ARGV[3 + i], 4 + writes + (i - 1) * 6
  local expected, writer, value = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]
  if fenced[writer] == nil then fenced[writer] = redis.call('ZSCORE', killed, writer) ~= false end
  if fenced[writer] then return '!' end
  local standing = latest[user]
  if standing == nil then standing = stored[i] or '' end
  local stands = string.sub(standing, 1, #expected + 1) == expected .. '\0'
  if expected == '' then stands = standing == '' end
  if not stands then return standing == '' and '-' or '=' .. standing end
  latest[user] = value
  index(user, tonumber(ARGV[at]), standing ~= '' and read(standing) or nil, value ~= '' and read(value) or nil)
  for bucket in string.gmatch(ARGV[at + 5], '%d+') do
    local told = heard[bucket] or { 'c' .. ARGV[1] }
    heard[bucket] = told
    told[#told + 1] = i .. '\0' .. ARGV[at + 4] .. '\0' .. value
  end
  return '+'
end

for i = 1, writes do results[i] = save(i) end
local come, gone, soon, never = {}, {}, {}, {}
for user, value in pairs(latest) do
  if value == '' then gone[#gone + 1] = user else come[#come + 1], come[#come + 2] = user, value end
end
for user, wake in pairs(wakes) do
  if wake == '' then never[#never + 1] = user else soon[#soon + 1], soon[#soon + 2] = wake, user end
end
send('HSET', records, come)
send('HDEL', records, gone)
send('ZADD', due, soon)
send('ZREM', due, never)
for chunk, members in pairs(near) do move(KEYS[NEAR + chunk], members) end
for key, members in pairs(wide) do move(KEYS[key], members) end
write(sums)
for bucket, told in pairs(heard) do redis.call('SPUBLISH', ARGV[2] .. bucket, table.concat(told, '\0')) end
return results
