"""What the chapters' experiments have in common."""
