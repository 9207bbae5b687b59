"""The package of `torch.utils.data`."""
