-- Claims KEYS[1] with the entry ARGV[1] for ARGV[2] milliseconds, or answers the entry that is there.
local first = redis.call('GET', KEYS[1])
if first then return first end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
