"""The figures behind every claim of speed, each beside its ceiling of the same run."""
