-- Users by the time they want to be woken.
-- KEYS: due of each partition   ARGV: now, how many of each at most, then for each: time and user to begin after ('' both)
-- Returns for each a list of user, time, user, time…
local function isBefore(a, b)
  -- By bytes: `<` would go by the locale of the server.
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end

-- The rank of the first user behind the cursor: users of one time lie side by side, ordered by their bytes.
local function after(key, time, user)
  local low = redis.call('ZCOUNT', key, '-inf', '(' .. time)
  local high = low + redis.call('ZCOUNT', key, time, time)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if isBefore(user, redis.call('ZRANGE', key, middle, middle)[1]) then high = middle else low = middle + 1 end
  end
  return low
end

local found = {}
for i, key in ipairs(KEYS) do
  local time, user, list = ARGV[2 * i + 1], ARGV[2 * i + 2], {}
  local total = redis.call('ZCOUNT', key, '-inf', ARGV[1])
  local from = time ~= '' and after(key, time, user) or 0
  if from < total then
    list = redis.call('ZRANGE', key, from, math.min(total, from + tonumber(ARGV[2])) - 1, 'WITHSCORES')
  end
  found[i] = list
end
return found
