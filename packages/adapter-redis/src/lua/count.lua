-- Counts users of a space by status.
-- KEYS: spaces of each partition   ARGV: status ('' for the present), then beginnings of members: class, space, NUL
-- Returns the count
local total = 0
for _, key in ipairs(KEYS) do
  for i = 2, #ARGV do
    local from, to = '[' .. ARGV[i], '(' .. string.sub(ARGV[i], 1, -2) .. '\1'
    if ARGV[1] == '' then
      total = total + redis.call('ZLEXCOUNT', key, from, to)
    else
      for _, member in ipairs(redis.call('ZRANGE', key, from, to, 'BYLEX')) do
        if string.sub(member, -1) == ARGV[1] then total = total + 1 end
      end
    end
  end
end
return total
