"""A payload → a question → a widget → a checked answer."""
