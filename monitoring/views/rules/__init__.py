"""Pages of the rules: editions, permits, what a facility is judged by, and who confirmed it."""
