-- What the saves of one call change, by key: the last word on each field or member counts, and is written at the end.
local near, wide, wakes, counts = {}, {}, {}, {}

local function add(field, change)
  counts[field] = (counts[field] or 0) + change
end

-- The members of both sorted sets that lead to a user: `wide` by node and among all, `near` by space. `there` says
-- whether they are to be.
local function point(user, head, chunk, there)
  local own = wide[chunk] or {}
  wide[chunk] = own
  local change = there and 1 or -1
  local standing = string.sub(head.places, 1, 2)
  add('e' .. standing, change)
  if standing ~= 'ff' then own['p' .. user .. '\0' .. standing] = there end
  if string.find(standing, 'f', 1, true) then own['f' .. user .. '\0' .. standing] = there end
  for field in string.gmatch(head.places, '%z(%Z+)') do
    local kind = string.sub(field, 1, 1)
    if kind == 'n' then
      own[field .. '\0' .. user] = there
      local node = string.sub(field, 2)
      add('c' .. node, change)
      add('s' .. node, change * head.hash)
    else
      local key = string.byte(field, 3) - 47
      near[key] = near[key] or {}
      near[key][kind .. string.sub(field, 4) .. '\0' .. user .. '\0' .. string.sub(field, 2, 2)] = there
    end
  end
end

local function index(user, chunk, old, new)
  local was, is = old and old.wake or '', new and new.wake or ''
  if was ~= is then wakes[user] = is end
  if old and new and old.places == new.places then
    for node in string.gmatch(new.places, '%zn(%Z+)') do add('s' .. node, new.hash - old.hash) end
    return
  end
  if old then point(user, old, chunk, false) end
  if new then point(user, new, chunk, true) end
end

-- So many at a time, for the stack of the interpreter ends somewhere.
local function send(command, key, list)
  for from = 1, #list, 4000 do redis.call(command, key, unpack(list, from, math.min(#list, from + 3999))) end
end

local function move(key, members)
  local gone, come = {}, {}
  for member, there in pairs(members) do
    if there then
      come[#come + 1] = '0'
      come[#come + 1] = member
    else
      gone[#gone + 1] = member
    end
  end
  send('ZREM', key, gone)
  send('ZADD', key, come)
end

-- A node that no record names any more is not in the digests either.
local function write(key)
  local over = {}
  for field, change in pairs(counts) do
    local total = change ~= 0 and redis.call('HINCRBY', key, field, change)
    if total == 0 and string.sub(field, 1, 1) == 'c' then
      over[#over + 1] = field
      over[#over + 1] = 's' .. string.sub(field, 2)
    end
  end
  send('HDEL', key, over)
end
