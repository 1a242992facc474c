"""A finished before/after case with a believable story, to look at and to try the service on."""
