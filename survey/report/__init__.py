"""Reports, assembled from released aggregates and nothing else."""
