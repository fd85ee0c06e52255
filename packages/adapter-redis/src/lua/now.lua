-- The time of the store, which never falls, also when another server takes over: after a step back of the server's
-- clock it goes on from the highest time that was answered, at the clock's pace.
-- KEYS: state
-- Returns ms
local time = redis.call('TIME')
local ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local highest, ahead = unpack(redis.call('HMGET', KEYS[1], 'highest', 'ahead'))
highest, ahead = tonumber(highest or '0'), tonumber(ahead or '0')
if ms + ahead < highest then ahead = highest - ms end
redis.call('HSET', KEYS[1], 'highest', ms + ahead, 'ahead', ahead)
return ms + ahead
