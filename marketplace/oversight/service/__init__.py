"""What oversight changes: signals that its checks raise."""
