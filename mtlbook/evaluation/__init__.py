"""What was found, and how sure we can be."""
