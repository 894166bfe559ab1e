"""The synthetic world that emoji-world learns: one emoji, one motion, one background a clip."""
