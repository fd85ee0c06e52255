-- Marks killed nodes, so that nothing they write passes from now on; forgets marks that are old.
-- KEYS: killed of each partition   ARGV: time of the kill, marks up to this time are forgotten, then nodes
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[2])
  for i = 3, #ARGV do redis.call('ZADD', key, 'GT', ARGV[1], ARGV[i]) end
end
