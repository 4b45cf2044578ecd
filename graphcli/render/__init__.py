"""Events → text. Never decides; every byte of a payload goes through safe_text()."""
