"""How close the synthetic distributions are, beside what a fresh real sample scores."""
