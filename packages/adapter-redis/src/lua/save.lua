-- Saves users of one partition, each on its own: record, index entries, digests and publication, or none of them.
-- KEYS: records, spaces, due, sums, killed, then the chunks of the wide index that the writes name
-- ARGV: id of this call, prefix of the channels, then for each write: user, number of its chunk's key, rev that must
--   stand ('' for nobody), writer, new value ('' forgets), what subscribers are told, buckets (numbers and commas)
-- Returns for each write: '+' saved, '!' the writer is killed, '-' in conflict with nobody, '=' and the standing value
-- @include places.lua
local records, near, due, sums, killed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
-- @include index.lua
local fenced, results, heard = {}, {}, {}

local function save(at)
  local user, expected, writer, value = ARGV[at], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  if fenced[writer] == nil then fenced[writer] = redis.call('ZSCORE', killed, writer) ~= false end
  if fenced[writer] then return '!' end
  local standing = redis.call('HGET', records, user)
  local stands = standing and string.sub(standing, 1, #expected + 1) == expected .. '\0'
  if expected == '' then stands = not standing end
  if not stands then return standing and '=' .. standing or '-' end
  local new = value ~= '' and read(value) or nil
  if new then redis.call('HSET', records, user, value) else redis.call('HDEL', records, user) end
  index(user, KEYS[tonumber(ARGV[at + 1])], standing and read(standing) or nil, new)
  for bucket in string.gmatch(ARGV[at + 6], '%d+') do
    heard[bucket] = heard[bucket] or { 'c' .. ARGV[1] }
    table.insert(heard[bucket], at .. '\0' .. ARGV[at + 5] .. '\0' .. value)
  end
  return '+'
end

for at = 3, #ARGV, 7 do results[#results + 1] = save(at) end
for bucket, changes in pairs(heard) do redis.call('SPUBLISH', ARGV[2] .. bucket, table.concat(changes, '\0')) end
return results
