-- Whether a follower can read on. KEYS: meta, log. ARGV: the log that it has, its last entry there, the term of that entry.
return place(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
