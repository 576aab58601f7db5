"""What is learned from: generated problems and loaders of real ones."""
