"""From named arrays to pictures; nothing here knows a model or a tensor."""
