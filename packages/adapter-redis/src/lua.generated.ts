// Made by scripts/embed-lua.ts from the scripts of src/lua; do not edit.
export const SCRIPTS = {
  audit: {
    sha: '2be9cbcb814f8f50c6c46c8f5e6b0cd1ebc3cf3b',
    source: "redis.call('SPUBLISH', ARGV[2], ARGV[3])\nlocal part = redis.call('HMGET', KEYS[1], 'c' .. ARGV[1], 's' .. ARGV[1])\nreturn { tonumber(part[1] or '0'), tonumber(part[2] or '0') }",
  },
  count: {
    sha: 'a84f11a9d12970fe5b0cad6c03bc083bec683a4d',
    source: "local total = 0\nfor _, key in ipairs(KEYS) do\nfor i = 2, #ARGV do\nlocal from, to = '[' .. ARGV[i], '(' .. string.sub(ARGV[i], 1, -2) .. '\\1'\nif ARGV[1] == '' then\ntotal = total + redis.call('ZLEXCOUNT', key, from, to)\nelse\nfor _, member in ipairs(redis.call('ZRANGE', key, from, to, 'BYLEX')) do\nif string.sub(member, -1) == ARGV[1] then total = total + 1 end\nend\nend\nend\nend\nreturn total",
  },
  due: {
    sha: 'ee2b7b3ad56f1169b1b42f3cce78503a1bd7b216',
    source: "local function isBefore(a, b)\nfor i = 1, math.min(#a, #b) do\nlocal x, y = string.byte(a, i), string.byte(b, i)\nif x ~= y then return x < y end\nend\nreturn #a < #b\nend\nlocal function after(key, time, user)\nlocal low = redis.call('ZCOUNT', key, '-inf', '(' .. time)\nlocal high = low + redis.call('ZCOUNT', key, time, time)\nwhile low < high do\nlocal middle = math.floor((low + high) / 2)\nif isBefore(user, redis.call('ZRANGE', key, middle, middle)[1]) then high = middle else low = middle + 1 end\nend\nreturn low\nend\nlocal found = {}\nfor i, key in ipairs(KEYS) do\nlocal time, user, list = ARGV[2 * i + 1], ARGV[2 * i + 2], {}\nlocal total = redis.call('ZCOUNT', key, '-inf', ARGV[1])\nlocal from = time ~= '' and after(key, time, user) or 0\nif from < total then\nlist = redis.call('ZRANGE', key, from, math.min(total, from + tonumber(ARGV[2])) - 1, 'WITHSCORES')\nend\nfound[i] = list\nend\nreturn found",
  },
  kill: {
    sha: '27b44f278d47bd82864ccff0e0b6521ab67c9800',
    source: "local now, limit, dead = tonumber(ARGV[1]), tonumber(ARGV[2]), {}\nlocal held = redis.call('HGET', KEYS[3], 'holdOffUntil')\nif tonumber(held or '0') > now then return dead end\nfor i = 3, #ARGV do\nlocal node = ARGV[i]\nlocal isKilled = redis.call('ZSCORE', KEYS[2], node)\nif isKilled or tonumber(redis.call('ZSCORE', KEYS[1], node) or '0') <= now then\ndead[#dead + 1] = node\nif #dead > limit then return dead end\nredis.call('ZADD', KEYS[2], 'GT', now, node)\nend\nend\nreturn dead",
  },
  mark: {
    sha: 'a8938772ea90ac1606b545d91b7edd9168e4bb86',
    source: "for _, key in ipairs(KEYS) do\nredis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[2])\nfor i = 3, #ARGV do redis.call('ZADD', key, 'GT', ARGV[1], ARGV[i]) end\nend",
  },
  named: {
    sha: '934d6787eef3873e2ce8fb310aea85b8dabf3190',
    source: "local seen, nodes = {}, {}\nfor _, key in ipairs(KEYS) do\nfor _, field in ipairs(redis.call('HKEYS', key)) do\nif string.sub(field, 1, 1) == 'c' and not seen[field] then\nseen[field] = true\nnodes[#nodes + 1] = string.sub(field, 2)\nend\nend\nend\nreturn nodes",
  },
  now: {
    sha: 'bf1899f7bbe091a31c7a16d3cc4fb233a39b4e6a',
    source: "local time = redis.call('TIME')\nlocal ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)\nlocal highest, ahead = unpack(redis.call('HMGET', KEYS[1], 'highest', 'ahead'))\nhighest, ahead = tonumber(highest or '0'), tonumber(ahead or '0')\nif ms + ahead < highest then ahead = highest - ms end\nredis.call('HSET', KEYS[1], 'highest', ms + ahead, 'ahead', ahead)\nreturn ms + ahead",
  },
  open: {
    sha: '00515bd28a0305551571a1e845d471abe0906b4e',
    source: "redis.call('HSETNX', KEYS[1], 'layout', ARGV[1])\nredis.call('HSETNX', KEYS[1], 'partitions', ARGV[2])\nreturn redis.call('HMGET', KEYS[1], 'layout', 'partitions')",
  },
  publish: {
    sha: 'fd6746d557bfb9154c6d6bcb12fc20349af80e30',
    source: "for i, channel in ipairs(KEYS) do redis.call('SPUBLISH', channel, ARGV[i]) end",
  },
  range: {
    sha: '78ac3c323038e2183444300f9fad6cf7b1c4253e',
    source: "local found = {}\nfor i, key in ipairs(KEYS) do\nfound[i] = redis.call('ZRANGE', key, ARGV[2 * i], ARGV[2 * i + 1], 'BYLEX', 'LIMIT', 0, ARGV[1])\nend\nreturn found",
  },
  renew: {
    sha: 'c3b6ca8121340784aa0df86b1acc8f473e424ecf',
    source: "local leases, killed, state, marks, node = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]\nlocal now, forgotten = tonumber(ARGV[3]), tonumber(ARGV[3]) - tonumber(ARGV[6])\nredis.call('ZREMRANGEBYSCORE', leases, '-inf', forgotten)\nredis.call('ZREMRANGEBYSCORE', killed, '-inf', forgotten)\nlocal stands = redis.call('ZSCORE', killed, node) == false and redis.call('ZSCORE', marks, node) == false\nlocal isNew = stands and redis.call('ZSCORE', leases, node) == false\nlocal renewed, held = unpack(redis.call('HMGET', state, 'renewedAt', 'holdOffUntil'))\nheld = tonumber(held or '0')\nif stands then\nredis.call('ZADD', leases, 'GT', ARGV[2], node)\nif renewed and now - tonumber(renewed) >= tonumber(ARGV[4]) then held = math.max(held, now + tonumber(ARGV[5])) end\nlocal latest = math.max(now, tonumber(renewed or '0'))\nredis.call('HSET', state, 'renewedAt', string.format('%.17g', latest), 'holdOffUntil', string.format('%.17g', held))\nredis.call('SPUBLISH', ARGV[7], ARGV[8])\nend\nlocal count, sum = 0, 0\nfor i = 5, #KEYS do\nlocal part = redis.call('HMGET', KEYS[i], 'c' .. node, 's' .. node)\ncount = count + tonumber(part[1] or '0')\nsum = sum + tonumber(part[2] or '0')\nend\nif held <= now then held = 0 end\nreturn { stands and 1 or 0, isNew and 1 or 0, string.format('%.17g', held), count, sum }",
  },
  retire: {
    sha: 'e83f8764948170509aecdb757080ca2d138683e7',
    source: "local at = tonumber(redis.call('HGET', KEYS[3], 'renewedAt') or '0')\nif at == 0 then at = tonumber(redis.call('TIME')[1]) * 1000 end\nat = math.max(at, tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0'))\nredis.call('ZADD', KEYS[2], 'GT', at, ARGV[1])\nreturn string.format('%.17g', at)",
  },
  save: {
    sha: '2d4d63030d60fda24122ad0ccbfa283893737a04',
    source: "local function read(value)\nlocal rev, hash, wake, places = string.match(value, '^(%Z*)%z(%Z*)%z(%Z*)%z(.-)%z%z')\nif string.find(places, '^%Z+%zw%f[%z]') then\nplaces = string.sub(places, 1, 3) .. 'n' .. string.match(rev, '^(.*):') .. string.sub(places, 5)\nend\nreturn { rev = rev, hash = tonumber(hash, 36), wake = wake, places = places }\nend\nlocal near, wide, wakes, counts = {}, {}, {}, {}\nlocal function add(field, change)\ncounts[field] = (counts[field] or 0) + change\nend\nlocal function point(user, head, chunk, there)\nlocal own = wide[chunk] or {}\nwide[chunk] = own\nlocal change = there and 1 or -1\nlocal standing = string.sub(head.places, 1, 2)\nadd('e' .. standing, change)\nif standing ~= 'ff' then own['p' .. user .. '\\0' .. standing] = there end\nif string.find(standing, 'f', 1, true) then own['f' .. user .. '\\0' .. standing] = there end\nfor field in string.gmatch(head.places, '%z(%Z+)') do\nlocal kind = string.sub(field, 1, 1)\nif kind == 'n' then\nown[field .. '\\0' .. user] = there\nlocal node = string.sub(field, 2)\nadd('c' .. node, change)\nadd('s' .. node, change * head.hash)\nelse\nlocal key = string.byte(field, 3) - 47\nnear[key] = near[key] or {}\nnear[key][kind .. string.sub(field, 4) .. '\\0' .. user .. '\\0' .. string.sub(field, 2, 2)] = there\nend\nend\nend\nlocal function index(user, chunk, old, new)\nlocal was, is = old and old.wake or '', new and new.wake or ''\nif was ~= is then wakes[user] = is end\nif old and new and old.places == new.places then\nfor node in string.gmatch(new.places, '%zn(%Z+)') do add('s' .. node, new.hash - old.hash) end\nreturn\nend\nif old then point(user, old, chunk, false) end\nif new then point(user, new, chunk, true) end\nend\nlocal function send(command, key, list)\nfor from = 1, #list, 4000 do redis.call(command, key, unpack(list, from, math.min(#list, from + 3999))) end\nend\nlocal function move(key, members)\nlocal gone, come = {}, {}\nfor member, there in pairs(members) do\nif there then\ncome[#come + 1] = '0'\ncome[#come + 1] = member\nelse\ngone[#gone + 1] = member\nend\nend\nsend('ZREM', key, gone)\nsend('ZADD', key, come)\nend\nlocal function write(key)\nlocal over = {}\nfor field, change in pairs(counts) do\nlocal total = change ~= 0 and redis.call('HINCRBY', key, field, change)\nif total == 0 and string.sub(field, 1, 1) == 'c' then\nover[#over + 1] = field\nover[#over + 1] = 's' .. string.sub(field, 2)\nend\nend\nsend('HDEL', key, over)\nend\nlocal records, due, sums, killed, NEAR = KEYS[1], KEYS[2], KEYS[3], KEYS[4], 4\nlocal writes = tonumber(ARGV[3])\nlocal stored = redis.call('HMGET', records, unpack(ARGV, 4, 3 + writes))\nlocal fenced, results, heard, latest = {}, {}, {}, {}\nlocal function save(i)\nlocal user, at = ARGV[3 + i], 4 + writes + (i - 1) * 6\nlocal expected, writer, value = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]\nif fenced[writer] == nil then fenced[writer] = redis.call('ZSCORE', killed, writer) ~= false end\nif fenced[writer] then return '!' end\nlocal standing = latest[user]\nif standing == nil then standing = stored[i] or '' end\nlocal stands = string.sub(standing, 1, #expected + 1) == expected .. '\\0'\nif expected == '' then stands = standing == '' end\nif not stands then return standing == '' and '-' or '=' .. standing end\nlatest[user] = value\nindex(user, tonumber(ARGV[at]), standing ~= '' and read(standing) or nil, value ~= '' and read(value) or nil)\nfor bucket in string.gmatch(ARGV[at + 5], '%d+') do\nlocal told = heard[bucket] or { 'c' .. ARGV[1] }\nheard[bucket] = told\ntold[#told + 1] = i .. '\\0' .. ARGV[at + 4] .. '\\0' .. value\nend\nreturn '+'\nend\nfor i = 1, writes do results[i] = save(i) end\nlocal come, gone, soon, never = {}, {}, {}, {}\nfor user, value in pairs(latest) do\nif value == '' then gone[#gone + 1] = user else come[#come + 1], come[#come + 2] = user, value end\nend\nfor user, wake in pairs(wakes) do\nif wake == '' then never[#never + 1] = user else soon[#soon + 1], soon[#soon + 2] = wake, user end\nend\nsend('HSET', records, come)\nsend('HDEL', records, gone)\nsend('ZADD', due, soon)\nsend('ZREM', due, never)\nfor chunk, members in pairs(near) do move(KEYS[NEAR + chunk], members) end\nfor key, members in pairs(wide) do move(KEYS[key], members) end\nwrite(sums)\nfor bucket, told in pairs(heard) do redis.call('SPUBLISH', ARGV[2] .. bucket, table.concat(told, '\\0')) end\nreturn results",
  },
  tally: {
    sha: '99642abfb2be031e059f532c79230defe9caf322',
    source: "local totals = {}\nfor i = 1, #ARGV do totals[i] = 0 end\nfor _, key in ipairs(KEYS) do\nfor i, value in ipairs(redis.call('HMGET', key, unpack(ARGV))) do totals[i] = totals[i] + (tonumber(value) or 0) end\nend\nreturn totals",
  },
} as const
