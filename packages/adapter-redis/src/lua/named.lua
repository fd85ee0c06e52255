-- Which nodes records name.
-- KEYS: sums of each partition
-- Returns their ids; a node that several partitions name is there once
local seen, nodes = {}, {}
for _, key in ipairs(KEYS) do
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) == 'c' and not seen[field] then
      seen[field] = true
      nodes[#nodes + 1] = string.sub(field, 2)
    end
  end
end
return nodes
