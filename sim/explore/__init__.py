"""The mathematics of sweeps: designs, sensitivity, discovery, replications; pure functions on arrays and frames."""
