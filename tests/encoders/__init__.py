"""Independent encoders of the datasets' own on-disk layouts; they share no code with the adapters that they test."""
