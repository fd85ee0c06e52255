-- Publishes texts to channels of one partition, one after the other.
-- KEYS: channels   ARGV: a text for each
for i, channel in ipairs(KEYS) do redis.call('SPUBLISH', channel, ARGV[i]) end
