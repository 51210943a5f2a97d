"""Every model that the appliance runs: where it comes from, its hashes, its licence."""
