-- Makes a node the primary, or says who is.
-- KEYS: meta, log. ARGV: run, node, address, lease in ms, the log that the node has, its last entry there, the term of
-- that entry, an id for a new log, the fingerprint of the secret, the format of entries, "now" if the primary is known to
-- be dead.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local m = redis.call('HMGET', KEYS[1], 'run', 'until', 'node', 'address', 'log', 'n', 'fingerprint', 'format', 'term')
local run, held, log, n = m[1], tonumber(m[2] or 0) > now, m[5], tonumber(m[6] or 0)
local mine, at, term = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
if m[7] and m[7] ~= ARGV[9] then return {'SECRET'} end
if m[8] and m[8] ~= ARGV[10] then return {'FORMAT', m[8]} end
if run and run ~= ARGV[1] and held and ARGV[11] ~= 'now' then return {'HELD', m[3], m[4]} end
local found = log and place(KEYS[1], KEYS[2], mine, at, term) or 'new'
if found == 'no' then
  -- Whoever led last and cannot go on must not keep others from it.
  if run == ARGV[1] then redis.call('HSET', KEYS[1], 'until', 0) end
  return {'BEHIND'}
end
local lost = 0
if found == 'new' or found == 'ahead' then
  -- Nobody has begun a log, or the engine has lost the end of it: the node's own history begins one.
  lost, n = at - n, 0
  log = at == 0 and not log and mine ~= '' and mine or ARGV[8]
  redis.call('DEL', KEYS[2])
  redis.call('HDEL', KEYS[1], 'trimmed')
  redis.call('HSET', KEYS[1], 'parent', string.format('%s %.0f-%.0f', mine, at, term), 'last', 0)
end
-- Later than every term that any node has seen, also where the engine has lost some of them.
local new = string.format('%.0f', math.max(tonumber(m[9] or 0) + 1, term + 1, now))
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'node', ARGV[2], 'address', ARGV[3], 'until', now + ARGV[4],
  'log', log, 'n', n, 'term', new, 'fingerprint', ARGV[9], 'format', ARGV[10])
return {'LEADS', log, n, tonumber(redis.call('HGET', KEYS[1], 'last')), tonumber(new), lost}
