-- Whether a follower can read on. KEYS: meta, log. ARGV: the log that it has, its last entry there, the term of that entry.
if not redis.call('HGET', KEYS[1], 'log') then return 'ahead' end
return place(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
