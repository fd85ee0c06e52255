-- Moves a user within the indexes of a partition, from where the old head says to where the new one says.
-- The digest of a node is how many records name it and the sum of the hashes of their revs; every write changes it.
local function move(key, old, new)
  local gone, come = {}, {}
  for member in pairs(old) do if new[member] == nil then gone[#gone + 1] = member end end
  for member in pairs(new) do
    if old[member] == nil then
      come[#come + 1] = 0
      come[#come + 1] = member
    end
  end
  if #gone > 0 then redis.call('ZREM', key, unpack(gone)) end
  if #come > 0 then redis.call('ZADD', key, unpack(come)) end
end

local function count(head, change)
  if head == nil then return end
  for _, standing in ipairs(standings(head)) do redis.call('HINCRBY', sums, 'e' .. standing, change) end
  for _, node in ipairs(head.nodes) do
    if redis.call('HINCRBY', sums, 'c' .. node, change) == 0 then redis.call('HDEL', sums, 'c' .. node, 's' .. node) end
  end
end

local function sum(head, sign)
  if head == nil then return end
  for _, node in ipairs(head.nodes) do redis.call('HINCRBY', sums, 's' .. node, sign * head.hash) end
end

local function index(user, chunk, old, new)
  local was, is = old and old.wake or '', new and new.wake or ''
  if is == '' and was ~= '' then redis.call('ZREM', due, user) end
  if is ~= '' and was ~= is then redis.call('ZADD', due, is, user) end
  if old ~= nil and new ~= nil and old.places == new.places then
    for _, node in ipairs(new.nodes) do redis.call('HINCRBY', sums, 's' .. node, new.hash - old.hash) end
    return
  end
  local oldWide, oldNear = members(old, user)
  local newWide, newNear = members(new, user)
  move(chunk, oldWide, newWide)
  move(near, oldNear, newNear)
  count(new, 1)
  sum(new, 1)
  sum(old, -1)
  count(old, -1)
end
