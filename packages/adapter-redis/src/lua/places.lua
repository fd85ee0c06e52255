-- What a stored value begins with: fields that end in NUL, which no name contains.
--   rev, hash of the rev (base 36), wakeAt or nothing, standing for others, standing for admins,
--   nodes…, nothing, spaces…, nothing; then the record itself, which no script looks into.
-- A space is written as class, status, name. Class: b for both audiences, o for others only, a for admins only.
local function read(value)
  local at = 1
  local function take()
    local stop = string.find(value, '\0', at, true)
    local field = string.sub(value, at, stop - 1)
    at = stop + 1
    return field
  end
  local head = { rev = take(), hash = tonumber(take(), 36), nodes = {}, spaces = {}, from = 0 }
  local from = at
  head.wake, head.shown, head.real = take(), take(), take()
  for _, list in ipairs({ head.nodes, head.spaces }) do
    local name = take()
    while name ~= '' do
      list[#list + 1] = name
      name = take()
    end
  end
  head.places = string.sub(value, from, at - 1)
  return head
end

-- How somebody with this head counts among all users, wherever they stand: one entry, or two where audiences differ.
local function standings(head)
  if head.shown == head.real then return { 'b' .. head.real } end
  return { 'o' .. head.shown, 'a' .. head.real }
end

-- The members of both sorted sets that lead to a user: `wide` by node and by standing, `near` by space.
local function members(head, user)
  local wide, near = {}, {}
  if head == nil then return wide, near end
  for _, node in ipairs(head.nodes) do wide['n' .. node .. '\0' .. user] = 0 end
  for _, standing in ipairs(standings(head)) do wide['e' .. standing .. '\0' .. user] = 0 end
  for _, space in ipairs(head.spaces) do
    near[string.sub(space, 1, 1) .. string.sub(space, 3) .. '\0' .. user .. '\0' .. string.sub(space, 2, 2)] = 0
  end
  return wide, near
end
