"""Payloads whose shape somebody published: what is asked, and how the answer has to look. PURE."""
