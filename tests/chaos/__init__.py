"""Real processes, killed and cut off at seeded instants; LINE's and the model's records judge."""
