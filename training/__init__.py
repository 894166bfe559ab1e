"""Training of emoji-world, the demo model of ondevice-sora. See README.md in this folder."""
