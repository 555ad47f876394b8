-- Removes the claim ARGV[1] from KEYS[1]; leaves an answer or another request's claim alone.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
