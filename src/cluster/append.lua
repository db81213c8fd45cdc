-- Appends the entry with the next number, if the node is the primary of this term.
-- KEYS: meta, log. ARGV: run, log, number, term, jobs.
local m = redis.call('HMGET', KEYS[1], 'run', 'log', 'n', 'term')
if m[1] and (m[1] ~= ARGV[1] or m[4] ~= ARGV[4]) then return 'DEPOSED' end
local n = tonumber(ARGV[3])
if m[2] ~= ARGV[2] or tonumber(m[3]) < n - 1 then return 'LOST' end
if tonumber(m[3]) < n then
  -- The first write: where memory is short it is refused, and nothing has happened.
  redis.call('XADD', KEYS[2], ARGV[3] .. '-' .. ARGV[4], 'jobs', ARGV[5])
end
-- Where an earlier answer was lost, the entry is there: in one term only one process appends, in order. This is written all
-- the same, because WAIT waits for the last write of a connection.
redis.call('HSET', KEYS[1], 'n', ARGV[3], 'last', ARGV[4])
return 'OK'
