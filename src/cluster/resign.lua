-- A node ends in order: another one need not wait for the end of its lease.
-- KEYS: meta, its own key. ARGV: run.
if redis.call('HGET', KEYS[1], 'run') == ARGV[1] then redis.call('HSET', KEYS[1], 'until', 0) end
if redis.call('HGET', KEYS[2], 'run') == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
