-- Claims KEYS[1] with the claim ARGV[1] for ARGV[2] milliseconds, or answers the entry that is there. The same
-- claim is its holder's own, from before a restart.
local first = redis.call('GET', KEYS[1])
if first and first ~= ARGV[1] then return first end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
