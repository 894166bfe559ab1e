"""The three networks of Open-Sora v1.2 in PyTorch, with the tensor names of the published checkpoints."""
